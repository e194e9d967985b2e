"""Versions of files, which tell without reading whether a file is still the same."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def version_of(name: str, info: Mapping[str, Any]) -> str:
    """Version of a file as text, to be compared with a later one; empty where the store tells nothing.

    Checksums are taken where a store has them, so a file that was written again with
    the same bytes is the same: the ETag of S3, the MD5 of Google (the generation of an
    object composed of others, which has none). Azure's ETag and the time of a disk
    change with every writing.

    Args:
        name: path, on a disk.
        info: what a filesystem of fsspec says.
    """
    for key, words in (("ETag", "ETag"), ("md5Hash", "MD5"), ("generation", "generation"), ("etag", "ETag")):
        if info.get(key):
            return f"{words} {str(info[key]).strip(chr(34))}"
    modified = os.stat(name).st_mtime if info.get("islink") else info.get("mtime", info.get("created"))
    if isinstance(modified, int | float):
        modified = datetime.fromtimestamp(modified, UTC)
    return f"modified {modified:%Y-%m-%dT%H:%M:%S.%fZ}" if isinstance(modified, datetime) else ""
