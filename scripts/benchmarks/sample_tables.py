"""Sample tables of a wanted size, written once and kept."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_TASKS_PER_GB = 161_500
_SEED = 0


@dataclass(frozen=True)
class Tables:
    """Both tables in one format.

    Attributes:
        ndjson_bytes: of the same tables as NDJSON, whatever their format: what "0.6 GB" means.
        stored_bytes: of the files themselves.
    """

    folder: Path
    table_format: str
    tasks: int
    ndjson_bytes: int
    stored_bytes: int

    @property
    def label(self) -> str:
        """Such as ``600 MB NDJSON``."""
        if self.table_format == "ndjson":
            return f"{self.ndjson_bytes / 1e6:.0f} MB NDJSON"
        return f"the same as Parquet, {self.stored_bytes / 1e6:.0f} MB"


def tables_of_size(data: Path, gigabytes: float, table_format: str) -> Tables:
    """Tables of ``gigabytes`` as NDJSON (10^9 bytes), or the Parquet of the same."""
    tasks = round(gigabytes * _TASKS_PER_GB)
    ndjson = sample(data, tasks, "ndjson")
    folder = ndjson if table_format == "ndjson" else sample(data, tasks, table_format)
    return Tables(folder, table_format, tasks, _size(ndjson), _size(folder))


class Size(NamedTuple):
    """Of a video."""

    frames: int
    objects: int

    def __str__(self) -> str:
        return f"{self.frames:,} frames x {self.objects} objects"


def sample(data: Path, tasks: int, table_format: str) -> Path:
    """A folder with tables of ``tasks`` tasks, no videos."""
    options = ["--tasks", str(tasks), "--videos", "0", "--format", table_format]
    return _sample(data / f"{table_format}-{tasks}-tasks", options)


def sample_videos(data: Path, size: Size) -> Path:
    """A folder with tables of one video, no other tasks."""
    options = ["--tasks", "0", "--videos", "1", "--frames", str(size.frames), "--objects", str(size.objects)]
    return _sample(data / f"video-{size.frames}x{size.objects}", options)


def _sample(folder: Path, options: list[str]) -> Path:
    if not folder.exists():
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        command = [sys.executable, "-m", "framehaul", "sample", str(unfinished), "--seed", str(_SEED)]
        subprocess.run([*command, *options], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        unfinished.rename(folder)
    return folder


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())
