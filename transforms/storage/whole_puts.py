"""One object in one request, which a store takes as a whole or not at all.

A checksum goes with the bytes, so that the store itself refuses a body that was
damaged on its way: CRC-32 and, where nothing else protects it, SHA-256 to S3
(botocore does that), MD5 to the others.
"""

from collections.abc import Callable
from typing import Any, BinaryIO

from framehaul.transforms.storage.content_types import content_type

Put = Callable[[Any, str, BinaryIO, bool], None]
_ABOVE_ALL = 1 << 30  # drivers split what is larger than this


def put_whole(scheme: str, filesystem: Any, key: str, content: BinaryIO, *, new: bool) -> None:
    """Store ``content``, replacing an older object unless ``new``.

    Raises:
        FileExistsError: with ``new``, on a store that knows the condition.
    """
    content.seek(0)  # another attempt may have read it
    _PUTS[scheme](filesystem, key, content, new)


def _put_s3(filesystem: Any, key: str, content: BinaryIO, new: bool) -> None:
    """As a stream: to send 62 MiB of bytes takes 310 MiB."""
    bucket, name, _ = filesystem.split_path(key)
    condition = {"IfNoneMatch": "*"} if new else {}
    kind = content_type(key)
    try:
        filesystem.call_s3("put_object", Bucket=bucket, Key=name, Body=content, ContentType=kind, **condition)
    except OSError as error:
        status = _status(error)
        if new and status == 412:
            raise FileExistsError(key) from error
        if not new or status != 501:
            raise
        put_whole("s3", filesystem, key, content, new=False)  # a store that does not know the condition


def _status(error: OSError) -> int | None:
    response = getattr(error.__cause__, "response", None) or {}
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return int(status) if status else None


def _put_gcs(filesystem: Any, key: str, content: BinaryIO, new: bool) -> None:
    mode = "create" if new else "overwrite"
    kind = content_type(key)
    filesystem.pipe_file(key, content.read(), chunksize=_ABOVE_ALL, mode=mode, content_type=kind)


def _put_azure(filesystem: Any, key: str, content: BinaryIO, new: bool) -> None:
    settings = {"content_type": content_type(key)}
    filesystem.pipe_file(
        key, content.read(), overwrite=not new, validate_content=True, content_settings=settings
    )


def _put_memory(filesystem: Any, key: str, content: BinaryIO, new: bool) -> None:
    filesystem.pipe_file(key, content.read(), mode="create" if new else "overwrite")


_PUTS: dict[str, Put] = {
    "s3": _put_s3,
    "gs": _put_gcs,
    "az": _put_azure,
    "abfs": _put_azure,
    "memory": _put_memory,
}
