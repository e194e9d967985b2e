"""What goes with an object, in the words of each store's driver."""

from typing import Any

import pytest

from framehaul.transforms.storage.object_settings import ObjectSettings
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.stored_object import describe_object

MD5_IN_HEX = "5d41402abc4b2a76b9719d911017c592"


@pytest.mark.parametrize(
    ("settings", "arguments"),
    [
        (ObjectSettings(), {}),
        (ObjectSettings({"type": "AES256"}), {"ServerSideEncryption": "AES256"}),
        (
            ObjectSettings({"type": "aws:kms", "key": "k", "bucket_key": False}),
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "k", "BucketKeyEnabled": False},
        ),
        (
            ObjectSettings(tags={"cost center": "a+b/c", "ä": ""}),
            {"Tagging": "cost%20center=a%2Bb%2Fc&%C3%A4="},
        ),
    ],
    ids=str,
)
def test_s3_is_told_in_headers_with_tags_as_in_a_query(
    settings: ObjectSettings, arguments: dict[str, Any]
) -> None:
    assert settings.s3_arguments() == arguments


def test_a_block_of_azure_is_encrypted_and_has_no_tags() -> None:
    settings = ObjectSettings({"scope": "exports"}, {"team": "vision"})
    assert settings.azure_arguments() == {"encryption_scope": "exports", "tags": {"team": "vision"}}
    assert settings.azure_block_arguments() == {"encryption_scope": "exports"}
    assert ObjectSettings().azure_arguments() == ObjectSettings().azure_block_arguments() == {}


def test_no_driver_sees_our_settings_among_its_options() -> None:
    given = {
        "encryption": {"type": "AES256"},
        "tags": {"team": "vision"},
        "expected_bucket_owner": "1",
        "anon": True,
    }
    options = StorageOptions({"s3": given})
    assert options.resolve("s3://bucket/x") == {"anon": True}
    assert options.object_settings("s3://bucket/x") == ObjectSettings({"type": "AES256"}, {"team": "vision"})
    assert options.bucket_owner("s3://bucket/x") == "1"
    assert options.object_settings("gs://bucket/x") == ObjectSettings()


def test_settings_of_azure_hold_for_both_of_its_schemes() -> None:
    options = StorageOptions({"az": {"encryption": {"scope": "exports"}}})
    assert (
        options.object_settings("abfs://box/x") == options.object_settings("az://box/x") != ObjectSettings()
    )


@pytest.mark.parametrize(
    ("encryption", "is_told"), [({}, True), ({"type": "AES256"}, True), ({"type": "aws:kms"}, False)]
)
def test_an_etag_is_no_md5_where_a_key_of_kms_encrypts(encryption: dict[str, str], is_told: bool) -> None:
    """It has the same length, so nothing but the settings can tell."""
    found = describe_object(
        {"size": 5, "ETag": MD5_IN_HEX}, etag_is_md5=ObjectSettings(encryption).etag_is_md5
    )
    assert (found.md5 is not None) is is_told


def test_checksums_of_other_stores_stay_what_they_are() -> None:
    assert (
        describe_object({"size": 5, "md5Hash": "XUFAKrxLKna5cZ2REBfFkg=="}, etag_is_md5=False).md5 is not None
    )
