"""Nothing that opens a store is shown."""

import pytest

from transforms.storage.options import StorageOptions
from transforms.storage.redaction import carries_secret, shown


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
        ("mail me@host, or see a:b", "mail me@host, or see a:b"),
        ("dump/tasks-*.ndjson", "dump/tasks-*.ndjson"),
    ],
)
def test_user_info_and_signatures_are_taken_out(text: str, fit: str) -> None:
    assert shown(text) == fit
    assert carries_secret(text) == (text != fit)
    assert "hunter2" not in shown(f"could not read {text}: nothing at {text}")


def test_secrets_of_the_options_are_taken_out_wherever_a_driver_repeats_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = StorageOptions(
        {"az": {"account_name": "a", "inner": {"connection_string": {"env": "CONNECT"}}}}
    )
    monkeypatch.setenv("CONNECT", "AccountName=a;Anything=hunter2")
    for url in ("az://box/a", "abfs://box/a"):
        assert options.shown(url, "cannot parse 'AccountName=a;Anything=hunter2'") == "cannot parse '***'"
    assert options.shown("s3://box/a", "a") == "a"
    monkeypatch.delenv("CONNECT")
    assert options.shown("az://box/a", "a") == "a"


def test_a_secret_of_a_letter_does_not_hide_every_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORT", "a")
    options = StorageOptions({"s3": {"key": {"env": "SHORT"}}})
    assert options.shown("s3://bucket", "a bad day") == "a bad day"
