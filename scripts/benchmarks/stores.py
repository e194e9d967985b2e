"""The same export to a disk and to a server of S3 on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.variants import Variant
from storage.emulators import server
from storage.seaweed_server import KEY, SECRET


@contextmanager
def places(scratch: Path) -> Iterator[list[Variant]]:
    """A folder of this machine, and a bucket of SeaweedFS, which shares cores and disk with the run."""
    with server("seaweed", scratch) as found:
        found.filesystem().mkdir("benchmark")
        environment = {
            "AWS_ENDPOINT_URL": found.endpoint_url,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        bucket = {"url": "s3://benchmark/exports"}
        zstd = {"compression": "zstd"}
        yield [
            Variant("disk"),
            Variant("S3 (SeaweedFS)", bucket, environment),
            Variant("disk, zstd", zstd),
            Variant("S3, zstd", {**bucket, **zstd}, environment),
        ]
