"""Who expands videos, the command that makes each do it, and how many rows came out."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import yaml

from benchmarks.contestants import SCRIPTS
from benchmarks.label_studio_tracks import label_studio_input
from benchmarks.process_tree import apart
from benchmarks.same_records import record_lines

_LABEL_STUDIO = SCRIPTS.parent / ".venv-label-studio" / "bin" / "python"


@dataclass(frozen=True)
class VideoContestant:
    """One way to the rows of videos.

    Attributes:
        command: the job as a command, from tables to an empty folder.
        count: the rows in that folder.
    """

    name: str
    command: Callable[[Path, Path], list[str]]
    count: Callable[[Path], int]


def _framehaul(tables: Path, output: Path, **video: bool) -> list[str]:
    """Without stage history: every stage would hold the rows of the video once more."""
    config: dict[str, Any] = {
        "export": {"fields": {"stage_history": False}, "video": video},
        "source": {"tasks": f"{tables}/tasks-*.ndjson"},
        "output": {"url": str(output)},
    }
    path = output / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    return [sys.executable, "-m", "framehaul", "run", str(path)]


def _key_frames(tables: Path, output: Path) -> list[str]:
    return _framehaul(tables, output, only_key_frames=True)


def _plain_loop(tables: Path, output: Path) -> list[str]:
    process = "benchmarks.contestant_process"
    return [sys.executable, "-m", process, "video_loop", str(tables), "ndjson", str(output)]


def _label_studio(tables: Path, output: Path) -> list[str]:
    process = Path(__file__).with_name("label_studio_process.py")
    return [str(_LABEL_STUDIO), str(process), str(apart(label_studio_input, tables)), str(output)]


class _Task(msgspec.Struct):
    tools: list[msgspec.Raw]
    classifications: list[msgspec.Raw]


class _Record(msgspec.Struct):
    task: _Task


_RECORDS = msgspec.json.Decoder(_Record)


def _rows_of_records(output: Path) -> int:
    tasks = (_RECORDS.decode(line).task for line in record_lines(output))
    return sum(len(task.tools) + len(task.classifications) for task in tasks)


def _rows_of_results(output: Path) -> int:
    results: Iterator[Any] = iter(json.loads((output / "results.json").read_bytes()))
    return sum(len(result["value"]["sequence"]) for result in results)


EVERY_FRAME = VideoContestant("Framehaul, every frame", _framehaul, _rows_of_records)
KEY_FRAMES = VideoContestant("Framehaul, key frames", _key_frames, _rows_of_records)
PLAIN_LOOP = VideoContestant("plain Python loop", _plain_loop, _rows_of_records)
LABEL_STUDIO = VideoContestant("Label Studio SDK, boxes only", _label_studio, _rows_of_results)
CONTESTANTS = (EVERY_FRAME, KEY_FRAMES, PLAIN_LOOP, LABEL_STUDIO)
