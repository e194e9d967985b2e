"""Settings that go with every object that is written: how the store encrypts it, and its tags.

They are part of the request that makes the object, whole or in parts, so no object
is ever without them. Tags are S3's object tags and Azure's index tags, by which
lifecycle rules and searches of these stores choose; Google has nothing like that, so
they are custom metadata there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

NAMES = ("encryption", "tags", "expected_bucket_owner")
"""Names of settings among the options of a store that its driver does not know."""


@dataclass(frozen=True)
class ObjectSettings:
    """Settings of ``storage.<scheme>``, which the config has checked.

    Attributes:
        encryption: of S3 ``type``, ``key`` and ``bucket_key``, of Google ``key``, of Azure ``scope``.
        tags: by name.
    """

    encryption: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def etag_is_md5(self) -> bool:
        """Tell whether S3's ETag of an object sent in one request is its MD5; with a key of KMS it only looks so."""
        return self.encryption.get("type") != "aws:kms"

    def s3_arguments(self) -> dict[str, Any]:
        """Arguments of ``PutObject`` and ``CreateMultipartUpload``."""
        named = {
            "ServerSideEncryption": self.encryption.get("type"),
            "SSEKMSKeyId": self.encryption.get("key"),
            "BucketKeyEnabled": self.encryption.get("bucket_key"),
            "Tagging": urlencode(self.tags, quote_via=quote) or None,
        }
        return {name: value for name, value in named.items() if value is not None}

    def azure_arguments(self) -> dict[str, Any]:
        """Arguments of ``Put Blob`` and ``Put Block List``."""
        return {**self.azure_block_arguments(), **({"tags": dict(self.tags)} if self.tags else {})}

    def azure_block_arguments(self) -> dict[str, Any]:
        """Arguments of ``Put Block``: a block is encrypted when it arrives, and has no tags."""
        return {"encryption_scope": self.encryption["scope"]} if self.encryption else {}

    @property
    def google_key(self) -> str | None:
        """Full name of a key of Cloud KMS; ``None`` for that of the bucket."""
        return self.encryption.get("key")

    @property
    def google_metadata(self) -> dict[str, str] | None:
        """Custom metadata of an object; ``None`` where there is none."""
        return dict(self.tags) or None
