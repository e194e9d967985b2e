"""Uploads of one object in parts, in the way of each store; it becomes an object in one moment."""

import base64
import hashlib
import io
import json
import uuid
from collections.abc import Callable
from typing import Any, Protocol

import fsspec.asyn

from framehaul.transforms.storage.content_types import content_type
from framehaul.transforms.storage.failures import BrokenBodyError
from framehaul.transforms.storage.object_settings import ObjectSettings

_READ_BACK = 8 << 20


class Upload(Protocol):
    """One object under way. ``put`` and ``complete`` may be tried again after they have failed."""

    at_once: bool  # whether parts may be sent side by side

    def put(self, number: int, part: bytes) -> None: ...

    def complete(self, parts: int, md5: bytes) -> None: ...

    def abort(self) -> None: ...


def begin_upload(scheme: str, filesystem: Any, key: str, settings: ObjectSettings) -> Upload:
    return _UPLOADS[scheme](filesystem, key, settings)


class _S3Upload:
    """A multipart upload. What it becomes is known by an ETag made of those of its parts, or else by its bytes."""

    at_once = True

    def __init__(self, filesystem: Any, key: str, settings: ObjectSettings) -> None:
        self._filesystem = filesystem
        self._key = key
        bucket, name, _ = filesystem.split_path(key)
        self._upload = {"Bucket": bucket, "Key": name}
        also = {"ContentType": content_type(key), **settings.s3_arguments()}
        begun = filesystem.call_s3("create_multipart_upload", **self._upload, **also)
        self._upload["UploadId"] = begun["UploadId"]
        self._etags: dict[int, str] = {}

    def put(self, number: int, part: bytes) -> None:
        stored = self._filesystem.call_s3(
            "upload_part", **self._upload, PartNumber=number + 1, Body=io.BytesIO(part)
        )
        self._etags[number] = stored["ETag"]

    def complete(self, parts: int, md5: bytes) -> None:
        named = [{"PartNumber": number + 1, "ETag": self._etags[number]} for number in range(parts)]
        try:
            self._filesystem.call_s3(
                "complete_multipart_upload", **self._upload, MultipartUpload={"Parts": named}
            )
        except FileNotFoundError:  # NoSuchUpload: completed by an attempt whose answer was lost, or gone
            if not self._is_complete(parts, md5):
                raise

    def _is_complete(self, parts: int, md5: bytes) -> bool:
        """Tell whether the object is this one: by its ETag, or by its bytes, as a key of KMS makes another ETag."""
        self._filesystem.invalidate_cache()
        found = self._filesystem.info(self._key)
        if str(found.get("ETag", "")).strip('"') == self._etag(parts):
            return True
        digest = hashlib.md5(usedforsecurity=False)
        for start in range(0, int(found["size"]), _READ_BACK):
            digest.update(self._filesystem.cat_file(self._key, start=start, end=start + _READ_BACK))
        return digest.digest() == md5

    def _etag(self, parts: int) -> str:
        digests = b"".join(bytes.fromhex(self._etags[number].strip('"')) for number in range(parts))
        return f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{parts}"

    def abort(self) -> None:
        self._filesystem.call_s3("abort_multipart_upload", **self._upload)


class _GcsUpload:
    """A resumable upload: one part after another, each placed by its offset.

    Google ignores bytes that it already has, so a part may simply be sent again.
    The last part says how long the object is, so one is always held back.
    """

    at_once = False

    def __init__(self, filesystem: Any, key: str, settings: ObjectSettings) -> None:
        from gcsfs.core import initiate_upload  # noqa: PLC0415 - where gcsfs is imported anyway

        self._filesystem = filesystem
        bucket, name, _ = filesystem.split_path(key)
        self._type = content_type(key)
        begun = fsspec.asyn.sync(
            *(filesystem.loop, initiate_upload, filesystem, bucket, name, self._type),
            metadata=settings.google_metadata,
            kms_key_name=settings.google_key,
        )
        self._location = str(begun)
        self._offset = 0
        self._held: tuple[int, bytes] | None = None

    def put(self, number: int, part: bytes) -> None:
        if self._held is not None and self._held[0] < number:
            self._store(self._held[1], total=None)
        self._held = number, part

    def complete(self, parts: int, md5: bytes) -> None:
        part = self._held[1] if self._held else b""
        stored = self._store(part, total=self._offset + len(part)).get("md5Hash")
        if stored != base64.b64encode(md5).decode():
            raise OSError(f"the store says that the MD5 is {stored}, which is not that of what was sent")

    def _store(self, part: bytes, total: int | None) -> Any:
        """Send bytes until the store has them all; returns its answer about a finished object."""
        end = self._offset + len(part)
        first = self._offset
        while True:
            answer, kept = self._send(memoryview(part)[first - self._offset :], first, end, total)
            if answer or kept >= end:
                break
            if kept <= first:
                raise BrokenBodyError(f"the store keeps {kept} bytes of {end}")
            first = kept
        self._offset = end if total is None else self._offset
        return answer

    def _send(self, content: memoryview, first: int, end: int, total: int | None) -> tuple[Any, int]:
        """Send bytes once; returns the store's answer about the object, if it is finished, and the bytes it has."""
        placed = f"{first}-{end - 1}" if content else "*"
        headers, body = self._filesystem.call(
            "POST",
            self._location,
            headers={
                "Content-Range": f"bytes {placed}/{'*' if total is None else total}",
                "Content-Type": self._type,
            },
            data=bytes(content),
        )
        kept = int(headers["Range"].rpartition("-")[2]) + 1 if "Range" in headers else first
        return (json.loads(body) if total is not None and body.strip() else {}), kept

    def abort(self) -> None:
        self._filesystem.call("DELETE", self._location)


class _AzureUpload:
    """Blocks that become a blob when their list is stored; the store forgets blocks that never do.

    Their names are of this upload alone, so two writers of one blob do not mix.
    """

    at_once = True

    def __init__(self, filesystem: Any, key: str, settings: ObjectSettings) -> None:
        self._filesystem = filesystem
        self._container, self._blob, _ = filesystem.split_path(key)
        self._settings = settings
        self._name = uuid.uuid4().hex

    def put(self, number: int, part: bytes) -> None:
        also = self._settings.azure_block_arguments()
        self._call("stage_block", self._block(number), part, length=len(part), validate_content=True, **also)

    def complete(self, parts: int, md5: bytes) -> None:
        from azure.storage.blob import BlobBlock, ContentSettings  # noqa: PLC0415 - adlfs has imported it anyway

        blocks = [BlobBlock(self._block(number)) for number in range(parts)]
        content = ContentSettings(content_type=content_type(self._blob), content_md5=bytearray(md5))
        self._call("commit_block_list", blocks, content_settings=content, **self._settings.azure_arguments())

    def abort(self) -> None:
        """There is nothing to undo."""

    def _block(self, number: int) -> str:
        return f"{self._name}-{number:05d}"

    def _call(self, method: str, *arguments: Any, **options: Any) -> None:
        async def call() -> None:
            client = self._filesystem.service_client
            async with client.get_blob_client(container=self._container, blob=self._blob) as blob:
                await getattr(blob, method)(*arguments, **options)

        fsspec.asyn.sync(self._filesystem.loop, call)


_UPLOADS: dict[str, Callable[[Any, str, ObjectSettings], Upload]] = {
    "s3": _S3Upload,
    "gs": _GcsUpload,
    "az": _AzureUpload,
    "abfs": _AzureUpload,
}
