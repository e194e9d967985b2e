"""Measure the expansion of long videos: all contestants in turn, round after round."""

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contestants import environment
from benchmarks.pairs import medians
from benchmarks.process_tree import CommandFailedError, Times, apart, measure_times
from benchmarks.sample_tables import Size, sample_videos
from benchmarks.video_contestants import CONTESTANTS, VideoContestant

CHECKED = Size(2_000, 7)


@dataclass(frozen=True)
class VideoCost:
    """What one contestant needs for one video; ``times`` are medians, ``rows`` those that it wrote."""

    size: Size
    contestant: VideoContestant
    rows: int
    times: Times


def costs(data: Path, scratch: Path, sizes: Sequence[Size], rounds: int) -> list[VideoCost]:
    """What each contestant needs for each video.

    Raises:
        CommandFailedError
    """
    return [cost for size in sizes for cost in _costs(sample_videos(data, size), scratch, size, rounds)]


def _costs(tables: Path, scratch: Path, size: Size, rounds: int) -> list[VideoCost]:
    rows: dict[str, int] = {}
    times: dict[str, list[Times]] = {contestant.name: [] for contestant in CONTESTANTS}
    for number in range(rounds):
        for contestant in CONTESTANTS:
            print(f"{size}, round {number + 1}: {contestant.name}", file=sys.stderr, flush=True)
            output = scratch / "output"
            times[contestant.name].append(_run(contestant, tables, output, scratch))
            if contestant.name not in rows:
                rows[contestant.name] = apart(contestant.count, output)
    if not all(rows.values()):
        raise CommandFailedError(f"no rows were written: {rows}")
    return [VideoCost(size, each, rows[each.name], medians(times[each.name])) for each in CONTESTANTS]


def _run(contestant: VideoContestant, tables: Path, output: Path, scratch: Path) -> Times:
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir()
    command = contestant.command(tables, output)
    os.sync()  # or the disk would still be writing what the one before has left
    return measure_times(command, environment(scratch), scratch / "printed.log")
