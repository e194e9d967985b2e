"""Uploads in parts that nobody will finish: a killed run leaves them in an S3 store, which charges for them.

Google forgets an upload after a week, and so does Azure with parts that belong to no
list; neither charges for them, nor can they be listed. A MinIO before 2025 lists
uploads only by the whole name of their object, so none is found there; a lifecycle
rule (AbortIncompleteMultipartUpload) ends them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from framehaul.transforms.errors import StorageError
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import scheme_of


@dataclass(frozen=True)
class AbandonedUpload:
    """An upload that was begun.

    Attributes:
        path: of the object that it would become, relative to the base URL.
        begun: in seconds since 1970.
    """

    path: str
    upload_id: str
    begun: float


def list_uploads(store: ObjectStore) -> list[AbandonedUpload]:
    """All uploads under way below the base URL, whoever makes them.

    Raises:
        StorageError: the store does not let them be listed.
    """
    if scheme_of(store.base_url) != "s3":
        return []
    return store.ask("list the uploads of", "", lambda filesystem, key: list(_uploads_in(filesystem, key)))


def _uploads_in(filesystem: Any, key: str) -> Iterator[AbandonedUpload]:
    bucket, prefix, _ = filesystem.split_path(key)
    prefix = f"{prefix}/" if prefix else ""
    page: dict[str, str] = {}
    while True:
        answer = filesystem.call_s3("list_multipart_uploads", Bucket=bucket, Prefix=prefix, **page)
        for found in answer.get("Uploads", []):
            path = str(found["Key"]).removeprefix(prefix)
            yield AbandonedUpload(path, str(found["UploadId"]), found["Initiated"].timestamp())
        if not answer.get("IsTruncated") or not answer.get("NextKeyMarker"):
            return
        page = {
            "KeyMarker": answer["NextKeyMarker"],
            "UploadIdMarker": answer.get("NextUploadIdMarker", ""),
        }


def abort_upload(store: ObjectStore, upload: AbandonedUpload) -> None:
    """End an upload; one that is gone already is no error. Raises ``StorageError``."""

    def abort(filesystem: Any, key: str) -> None:
        bucket, name, _ = filesystem.split_path(key)
        try:
            filesystem.call_s3("abort_multipart_upload", Bucket=bucket, Key=name, UploadId=upload.upload_id)
        except FileNotFoundError:
            return

    store.ask("abort an upload of", upload.path, abort)


def list_uploads_if_allowed(store: ObjectStore) -> list[AbandonedUpload]:
    """List uploads like ``list_uploads``, but none where the store refuses: to list them is a permission of its own."""
    try:
        return list_uploads(store)
    except StorageError:
        return []
