"""Encryption, tags and owner under `storage`: checked per store, and kept as they were written."""

from typing import Any

import pytest

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.config_file import check_config
from framehaul.transforms.errors import ConfigError

GOOGLE_KEY = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/k"
ARN = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d"


def storage_of(storage: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return check_config({"source": {"tasks": ["t"]}, "storage": storage}, "the config").storage


RIGHT: list[dict[str, Any]] = [
    {"s3": {"encryption": {"type": "AES256"}}},
    {"s3": {"encryption": {"type": "aws:kms"}}},
    {"s3": {"encryption": {"type": "aws:kms", "key": ARN, "bucket_key": True}}},
    {"s3": {"encryption": {"type": "aws:kms", "key": "alias/exports"}}},
    {"s3": {"expected_bucket_owner": "012345678901", "key": {"env": "NAME"}}},
    {"s3": {"tags": {"cost center": "42", "owner": "team@example.org", "empty": ""}}},
    {"gs": {"encryption": {"key": GOOGLE_KEY}, "tags": {"team": "vision"}}},
    {"az": {"encryption": {"scope": "exports-2026"}, "tags": {"team": "vision"}}},
    {"abfs": {"encryption": {"scope": "exports-2026"}}},
]


@pytest.mark.parametrize("storage", RIGHT, ids=str)
def test_what_a_store_takes_is_kept_as_it_was_written(storage: dict[str, Any]) -> None:
    assert storage_of(storage) == storage


WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("s3", {"encryption": "aws:kms"}, "encryption", "write {type: AES256}, or {type: aws:kms, key: ARN"),
    ("s3", {"encryption": {}}, "encryption", "write {type: AES256}"),
    ("s3", {"encryption": {"type": "SSE-C"}}, "encryption.type", "'AES256' or 'aws:kms'"),
    ("s3", {"encryption": {"type": "AES256", "key": ARN}}, "encryption", "AES256 has no key"),
    ("s3", {"encryption": {"type": "aws:kms", "kee": ARN}}, "encryption", "write {type: AES256}"),
    ("s3", {"encryption": {"type": "aws:kms", "key": "a b"}}, "encryption.key", "the ARN, id or alias"),
    ("s3", {"encryption": {"key": GOOGLE_KEY}}, "encryption", "that is how gs has it; write {type:"),
    ("s3", {"encryption": {"scope": "exports"}}, "encryption", "that is how az has it; write {type:"),
    (
        "gs",
        {"encryption": {"type": "aws:kms", "key": ARN}},
        "encryption",
        "how s3 has it; write {key: projects/",
    ),
    ("gs", {"encryption": {"key": ARN}}, "encryption.key", "write {key: projects/"),
    ("gs", {"encryption": {"key": f"{GOOGLE_KEY}/cryptoKeyVersions/1"}}, "encryption.key", "write {key:"),
    ("az", {"encryption": {"key": GOOGLE_KEY}}, "encryption", "that is how gs has it; write {scope: NAME}"),
    ("az", {"encryption": {"scope": "a b"}}, "encryption.scope", "3 to 63 letters, digits and hyphens"),
    (
        "file",
        {"encryption": {"type": "AES256"}},
        "",
        "encryption is a setting of s3, gs, az, not of this store",
    ),
    ("memory", {"tags": {"team": "vision"}}, "", "tags is a setting of s3, gs, az, not of this store"),
    ("gs", {"expected_bucket_owner": "123456789012"}, "", "is a setting of s3, not of this store"),
    ("s3", {"expected_bucket_owner": 123456789012}, "expected_bucket_owner", "in quotes"),
    ("s3", {"expected_bucket_owner": "12345"}, "expected_bucket_owner", "12 digits"),
    ("s3", {"tags": ["team"]}, "tags", "write {name: value"),
    ("s3", {"tags": {"cost": 42}}, "tags", "'cost' has a name or a value that is no text; put it in quotes"),
    ("s3", {"tags": {True: "on"}}, "tags", "True has a name or a value that is no text"),
    ("s3", {"tags": {"aws:team": "vision"}}, "tags", "'aws:team' begins with aws:"),
    ("s3", {"tags": {"rate": "5%"}}, "tags", "allowed are letters, digits, spaces and + - = . _ : / @"),
    ("az", {"tags": {"owner": "team@example.org"}}, "tags", "'owner' has a character"),
    ("gs", {"tags": {"": "x"}}, "tags", "a name has 1 to 128 characters"),
    ("s3", {"tags": {"x": "y" * 257}}, "tags", "a value at most 256"),
    ("s3", {"tags": {str(number): "" for number in range(11)}}, "tags", "11 are more than the 10"),
    ("s3", {"tags": {"from": "https://host/x?sig=abc"}}, "tags", "'from' holds a secret"),
]


@pytest.mark.parametrize(("store", "options", "where", "said"), WRONG, ids=lambda value: str(value)[:60])
def test_what_a_store_does_not_take_is_told_with_what_it_takes(
    store: str, options: dict[str, Any], where: str, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        storage_of({store: options})
    (problem,) = str(caught.value).splitlines()[1:]
    assert problem.startswith(f"  - storage.{store}{'.' if where else ''}{where}: ")
    assert said in problem


def test_the_name_of_a_key_is_no_secret_but_the_key_of_an_account_is() -> None:
    with pytest.raises(ConfigError, match=r"storage\.s3: key may hold a secret"):
        storage_of({"s3": {"encryption": {"type": "aws:kms", "key": ARN}, "key": "open"}})


def test_the_schema_knows_the_settings_of_each_store() -> None:
    schema = ExportConfig.model_json_schema()
    stores = schema["$defs"]["Stores"]["properties"]
    assert set(stores) == {"s3", "gs", "az", "abfs", "file", "memory"}
    assert set(schema["$defs"]["S3Store"]["properties"]) == {"encryption", "tags", "expected_bucket_owner"}
    assert schema["$defs"]["S3Store"]["additionalProperties"] is True, "options of the driver"
    assert schema["$defs"]["S3Encryption"]["additionalProperties"] is False
