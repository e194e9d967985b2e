"""Options of stores: secrets are names until they are used, and are never shown."""

import pytest

from framehaul.transforms.errors import ConfigError
from framehaul.transforms.storage.options import StorageOptions, scheme_of


@pytest.mark.parametrize(
    ("url", "scheme"),
    [
        ("s3://bucket/key", "s3"),
        ("file:///exports", "file"),
        ("exports/today", "file"),
        ("/exports", "file"),
        ("a:b/c", "file"),
        ("memory://", "memory"),
    ],
)
def test_the_scheme_of_a_plain_path_is_file(url: str, scheme: str) -> None:
    assert scheme_of(url) == scheme


def test_secrets_are_filled_in_from_the_environment_at_any_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMEHAUL_SECRET", "hunter2")
    given = {
        "endpoint_url": "http://127.0.0.1:9000",
        "secret": {"env": "FRAMEHAUL_SECRET"},
        "client_kwargs": {"headers": {"token": {"env": "FRAMEHAUL_SECRET"}, "env": "plain", "n": 3}},
    }
    assert StorageOptions({"s3": given}).resolve("s3://bucket/x") == {
        "endpoint_url": "http://127.0.0.1:9000",
        "secret": "hunter2",
        "client_kwargs": {"headers": {"token": "hunter2", "env": "plain", "n": 3}},
    }


def test_a_variable_is_read_when_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    options = StorageOptions({"s3": {"secret": {"env": "FRAMEHAUL_SECRET"}}})
    for value in ("first", "second"):
        monkeypatch.setenv("FRAMEHAUL_SECRET", value)
        assert options.resolve("s3://bucket/x")["secret"] == value


def test_a_variable_that_is_not_set_is_named_and_no_value_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMEHAUL_SECRET", "hunter2")
    given = {"key": {"env": "FRAMEHAUL_SECRET"}, "client_kwargs": {"secret": {"env": "FRAMEHAUL_NOT_SET"}}}
    with pytest.raises(ConfigError) as caught:
        StorageOptions({"s3": given}).resolve("s3://bucket/x")
    assert str(caught.value) == (
        "storage.s3.client_kwargs.secret names the environment variable FRAMEHAUL_NOT_SET, "
        "which is not set on this machine"
    )


def test_nothing_of_the_options_is_in_their_repr() -> None:
    assert repr(StorageOptions({"s3": {"endpoint_url": "http://user:hunter2@host"}})) == "StorageOptions()"


@pytest.mark.parametrize(
    ("url", "given", "found"),
    [
        ("s3://b/x", {"s3": {"anon": True}, "gs": {"project": "p"}}, {"anon": True}),
        ("gs://b/x", {"s3": {"anon": True}}, {}),
        ("abfs://b/x", {"az": {"account_name": "n"}}, {"account_name": "n"}),
        ("abfs://b/x", {"az": {"account_name": "n"}, "abfs": {"account_name": "m"}}, {"account_name": "m"}),
        ("exports", {}, {"auto_mkdir": True}),
        ("file:///exports", {"file": {"auto_mkdir": False}}, {"auto_mkdir": False}),
    ],
)
def test_a_store_gets_the_options_of_its_scheme(
    url: str, given: dict[str, dict[str, object]], found: dict[str, object]
) -> None:
    assert StorageOptions(given).resolve(url) == found
