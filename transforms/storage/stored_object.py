"""Description of an object as its store gives it."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_MD5_IN_HEX = re.compile(r'"?([0-9a-f]{32})"?')


@dataclass(frozen=True)
class StoredObject:
    """One object.

    Attributes:
        size: in bytes.
        md5: in base64; ``None`` where the store does not tell. On S3 it is a guess: with keys of one's own,
            and in some stores, an ETag is something else that looks the same.
        modified: when it was written, by the clock of the store, in seconds since 1970; a listing may know it better
            than a look at the object. ``None`` where the store does not tell.
    """

    size: int
    md5: str | None
    modified: float | None = field(default=None, compare=False)


def describe_object(info: Mapping[str, Any], *, etag_is_md5: bool = True) -> StoredObject:
    """Describe an object from the info of a filesystem of fsspec.

    Args:
        etag_is_md5: whether an ETag of S3 that looks like an MD5 may be taken for one.
    """
    md5 = None if "ETag" in info and not etag_is_md5 else _md5(info)
    return StoredObject(int(info["size"]), md5, _modified_at(info))


def mismatch_text(url: str, size: int, found: StoredObject | None) -> str:
    """Sentence for an error: an object was written with ``size`` bytes, and the store says otherwise."""
    return (
        f"{url} was stored with {size} bytes, but the store "
        f"{'has no such object' if found is None else f'says {found.size} bytes'}"
    )


def _modified_at(info: Mapping[str, Any]) -> float | None:
    for name in ("mtime", "LastModified", "last_modified", "created"):  # disk and Google, S3, Azure, memory
        found = info.get(name)
        if isinstance(found, datetime):
            return found.timestamp()
        if isinstance(found, int | float):
            return float(found)
    return None


def _md5(info: Mapping[str, Any]) -> str | None:
    if "ETag" in info:  # S3
        found = _MD5_IN_HEX.fullmatch(str(info["ETag"]))
        return base64.b64encode(bytes.fromhex(found[1])).decode() if found else None
    if "md5Hash" in info:  # Google
        return str(info["md5Hash"])
    digest = (info.get("content_settings") or {}).get("content_md5")  # Azure
    return base64.b64encode(digest).decode() if digest else None
