"""Nothing that opens a store is shown."""

import aiohttp
import azure.core.exceptions
import botocore.exceptions
import google.auth.exceptions
import pytest

from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.redaction import carries_secret, redact
from framehaul.transforms.storage.remedies import explain


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("s3://bucket/a", "s3://bucket/a"),
        ("http://me:hunter2@host:9000", "http://***@host:9000"),
        ("http://me:hun@ter2@host/a@b", "http://***@host/a@b"),
        ("http://hunter2@host/a", "http://***@host/a"),
        ("s3://AKIA:hunter2@bucket/a", "s3://***@bucket/a"),
        ("az://container@account.dfs.core.windows.net/a", "az://container@account.dfs.core.windows.net/a"),
        ("abfs://container:hunter2@account/a", "abfs://***@account/a"),
        ("https://host/a?se=1&sig=hunter2%3D&sp=r", "https://host/a?***"),
        ("https://host/a?X-Amz-Credential=me&X-Amz-Signature=hunter2", "https://host/a?***"),
        ("https://host/a?X-Goog-Signature=hunter2 is gone", "https://host/a?*** is gone"),
        ("https://host/a?AWSAccessKeyId=me&Signature=hunter2&Expires=1", "https://host/a?***"),
        ("https://host/a?versionId=abc", "https://host/a?versionId=abc"),
        ("AccountName=me;AccountKey=hunter2==;x", "AccountName=me;AccountKey=***;x"),
        ("SharedAccessSignature=sv=1&sig=hunter2", "SharedAccessSignature=***"),
        ("https://host/a?se=1&amp;sig=hunter2", "https://host/a?***"),
        ("https://host/o?uploadType=resumable&upload_id=hunter2", "https://host/o?***"),
        ("the SAS sv=2026&sp=r&sig=hunter2 has expired", "the SAS sv=2026&sp=r&sig=*** has expired"),
        ("Authorization: Bearer hunter2.hunter2", "Authorization: Bearer ***"),
        ("SharedKey account:hunter2= is wrong", "SharedKey *** is wrong"),
        ('{"access_token": "hunter2", "expires": 5}', '{"access_token": ***, "expires": 5}'),
        ("{'client_secret': 'hunter2'}", "{'client_secret': ***}"),
        (
            "The MAC signature found in the HTTP request 'hunter2=' is not the same",
            "The MAC signature found in the HTTP request *** is not the same",
        ),
        ("mail me@host, or see a:b", "mail me@host, or see a:b"),
        ("dump/tasks-*.ndjson", "dump/tasks-*.ndjson"),
    ],
)
def test_user_info_and_signatures_are_taken_out(text: str, fit: str) -> None:
    assert redact(text) == fit
    assert carries_secret(text) == (text != fit)
    assert "hunter2" not in redact(f"could not read {text}: nothing at {text}")


def test_secrets_of_the_options_are_taken_out_wherever_a_driver_repeats_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = StorageOptions(
        {"az": {"account_name": "a", "inner": {"connection_string": {"env": "CONNECT"}}}}
    )
    monkeypatch.setenv("CONNECT", "AccountName=a;Anything=hunter2")
    for url in ("az://box/a", "abfs://box/a"):
        assert options.redact(url, "cannot parse 'AccountName=a;Anything=hunter2'") == "cannot parse '***'"
    for text in ("cannot parse", "https://host/q?c=AccountName%3Da%3BAnything%3Dhunter2"):
        assert "hunter2" not in options.redact("az://box/a", text)
    assert options.redact("s3://box/a", "a") == "a"
    monkeypatch.delenv("CONNECT")
    assert options.redact("az://box/a", "a") == "a"


def test_a_secret_of_a_letter_does_not_hide_every_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORT", "a")
    options = StorageOptions({"s3": {"key": {"env": "SHORT"}}})
    assert options.redact("s3://bucket", "a bad day") == "a bad day"


SIGNED = "https://host/a?X-Amz-Credential=me&X-Amz-Signature=hunter2"


@pytest.mark.parametrize(
    "error",
    [
        botocore.exceptions.EndpointConnectionError(endpoint_url=SIGNED),
        botocore.exceptions.ReadTimeoutError(endpoint_url=SIGNED),
        botocore.exceptions.ProxyConnectionError(proxy_url="http://me:hunter2@proxy:3128"),
        botocore.exceptions.ClientError(
            {"Error": {"Code": "SignatureDoesNotMatch", "Message": f"not for {SIGNED}"}}, "GetObject"
        ),
        azure.core.exceptions.ServiceRequestError(
            f"<HTTPSConnection {SIGNED.replace('X-Amz-Signature', 'sig')}>"
        ),
        azure.core.exceptions.ClientAuthenticationError(
            "Server failed to authenticate the request.\nAuthenticationErrorDetail:"
            "The MAC signature found in the HTTP request 'hunter2=' is not the same as any computed signature."
        ),
        google.auth.exceptions.RefreshError("invalid_grant", {"assertion": "hunter2"}),
        aiohttp.InvalidURL("http://me:hunter2@host:badport"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_drivers_say_is_shown_without_what_they_were_given(error: Exception) -> None:
    said = StorageOptions().redact("s3://bucket/a", explain(error, "s3"))
    assert said
    assert "hunter2" not in said


def test_secrets_that_the_tools_of_a_store_read_are_taken_out_though_no_config_names_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", "Something=hunter2")
    assert StorageOptions().redact("az://box/a", "cannot parse Something=hunter2") == "cannot parse ***"
