"""One object in one request, which a store takes as a whole or not at all.

A checksum goes with the bytes, so that the store itself refuses a body that was
damaged on its way: CRC-32 and, where nothing else protects it, SHA-256 to S3
(botocore does that), MD5 to the others.
"""

from collections.abc import Callable
from typing import Any, BinaryIO

import fsspec.asyn

from framehaul.transforms.storage.content_types import content_type
from framehaul.transforms.storage.object_settings import ObjectSettings

Put = Callable[[Any, str, BinaryIO, ObjectSettings, bool], None]


def put_whole(
    scheme: str, target: tuple[Any, str], content: BinaryIO, settings: ObjectSettings, *, new: bool
) -> None:
    """Store ``content``, replacing an older object unless ``new``.

    Args:
        target: a filesystem, and what it calls the object.

    Raises:
        FileExistsError: with ``new``, on a store that knows the condition.
    """
    content.seek(0)  # another attempt may have read it
    _PUTS[scheme](*target, content, settings, new)


def _put_s3(filesystem: Any, key: str, content: BinaryIO, settings: ObjectSettings, new: bool) -> None:
    """Send the content as a stream: to send 62 MiB as bytes takes 310 MiB."""
    bucket, name, _ = filesystem.split_path(key)
    also = {
        "ContentType": content_type(key),
        **settings.s3_arguments(),
        **({"IfNoneMatch": "*"} if new else {}),
    }
    try:
        filesystem.call_s3("put_object", Bucket=bucket, Key=name, Body=content, **also)
    except OSError as error:
        status = _status(error)
        if new and status == 412:
            raise FileExistsError(key) from error
        if not new or status != 501:
            raise
        # A store that does not know the condition.
        put_whole("s3", (filesystem, key), content, settings, new=False)


def _status(error: OSError) -> int | None:
    response = getattr(error.__cause__, "response", None) or {}
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return int(status) if status else None


def _put_gcs(filesystem: Any, key: str, content: BinaryIO, settings: ObjectSettings, new: bool) -> None:
    from gcsfs.core import simple_upload  # noqa: PLC0415 - where gcsfs is imported anyway

    bucket, name, _ = filesystem.split_path(key)
    fsspec.asyn.sync(
        *(filesystem.loop, simple_upload, filesystem, bucket, name, content.read()),
        metadatain=settings.google_metadata,
        consistency=filesystem.consistency,
        content_type=content_type(key),
        mode="create" if new else "overwrite",
        kms_key_name=settings.google_key,
    )


def _put_azure(filesystem: Any, key: str, content: BinaryIO, settings: ObjectSettings, new: bool) -> None:
    also = {"content_settings": {"content_type": content_type(key)}, **settings.azure_arguments()}
    filesystem.pipe_file(key, content.read(), overwrite=not new, validate_content=True, **also)


def _put_memory(filesystem: Any, key: str, content: BinaryIO, _: ObjectSettings, new: bool) -> None:
    filesystem.pipe_file(key, content.read(), mode="create" if new else "overwrite")


_PUTS: dict[str, Put] = {
    "s3": _put_s3,
    "gs": _put_gcs,
    "az": _put_azure,
    "abfs": _put_azure,
    "memory": _put_memory,
}
