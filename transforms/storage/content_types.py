"""Content types of objects, which a store tells whoever fetches one."""

from pathlib import PurePosixPath

# RFC 8259, 9110, 8878, 6713 and 7763, the registry of IANA (Parquet: 2024), and for NDJSON what its specification says.
_TYPES = {
    ".json": "application/json",
    ".ndjson": "application/x-ndjson",
    ".parquet": "application/vnd.apache.parquet",
    ".gz": "application/gzip",
    ".zst": "application/zstd",
    ".zip": "application/zip",
    ".sha256": "text/plain; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
}


def content_type(path: str) -> str:
    """Content type of an object, by its name.

    A compressed object has the type of its compression: with the type of its content,
    clients would decompress it without being asked.

    >>> content_type("data/assets-00000-of-00001.ndjson"), content_type("a.json.gz"), content_type("a/b")
    ('application/x-ndjson', 'application/gzip', 'application/octet-stream')
    """
    return _TYPES.get(PurePosixPath(path).suffix, "application/octet-stream")
