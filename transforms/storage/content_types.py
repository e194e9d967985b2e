"""What a store tells those who fetch an object that it is."""

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
    """Of an object, by its name. Of a compressed one it is that of the compression, as nobody is to undo it unasked.

    >>> content_type("data/assets-00000-of-00001.ndjson"), content_type("a.json.gz"), content_type("a/b")
    ('application/x-ndjson', 'application/gzip', 'application/octet-stream')
    """
    return _TYPES.get(PurePosixPath(path).suffix, "application/octet-stream")
