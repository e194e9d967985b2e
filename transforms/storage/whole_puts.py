"""One object in one request, which a store takes as a whole or not at all.

A checksum goes with the bytes, so that the store itself refuses a body that was
damaged on its way: CRC-32 and, where nothing else protects it, SHA-256 to S3
(botocore does that), MD5 to the others.
"""

import io
from collections.abc import Callable
from typing import Any

Put = Callable[[Any, str, io.BytesIO, bool], None]
_ABOVE_ALL = 1 << 30  # drivers split what is larger than this


def put_whole(scheme: str, filesystem: Any, key: str, content: io.BytesIO, *, new: bool) -> None:
    """Store ``content``, replacing an older object unless ``new``.

    Raises:
        FileExistsError: with ``new``, on a store that knows the condition.
    """
    _PUTS[scheme](filesystem, key, content, new)


def _put_s3(filesystem: Any, key: str, content: io.BytesIO, new: bool) -> None:
    """As a stream: to send 62 MiB takes 66 MiB so, but 310 MiB as bytes, and 128 MiB as a stream that shares them."""
    bucket, name, _ = filesystem.split_path(key)
    content.seek(0)  # another attempt may have read it
    condition = {"IfNoneMatch": "*"} if new else {}
    try:
        filesystem.call_s3("put_object", Bucket=bucket, Key=name, Body=content, **condition)
    except OSError as error:
        status = _status(error)
        if new and status == 412:
            raise FileExistsError(key) from error
        if not new or status != 501:
            raise
        _put_s3(filesystem, key, content, new=False)  # a store that does not know the condition


def _status(error: OSError) -> int | None:
    response = getattr(error.__cause__, "response", None) or {}
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return int(status) if status else None


def _put_gcs(filesystem: Any, key: str, content: io.BytesIO, new: bool) -> None:
    filesystem.pipe_file(key, content.getvalue(), chunksize=_ABOVE_ALL, mode="create" if new else "overwrite")


def _put_azure(filesystem: Any, key: str, content: io.BytesIO, new: bool) -> None:
    filesystem.pipe_file(key, content.getvalue(), overwrite=not new, validate_content=True)


def _put_memory(filesystem: Any, key: str, content: io.BytesIO, new: bool) -> None:
    filesystem.pipe_file(key, content.getvalue(), mode="create" if new else "overwrite")


_PUTS: dict[str, Put] = {
    "s3": _put_s3,
    "gs": _put_gcs,
    "az": _put_azure,
    "abfs": _put_azure,
    "memory": _put_memory,
}
