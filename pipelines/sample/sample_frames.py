"""Rows of videos that are kept outside of their task, as dumps do it with what fits no single record.

Taken from records that are finished, not drawn: a sample with a frames table holds the same rows as the
one without, each in one place.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
import orjson

from framehaul.pipelines.sample.assets import Record
from framehaul.pipelines.sample.sample_tasks import TaskRecords

_FRAMES_IN_A_ROW = 32
"""Frames stay with their task and go to the table by turns, in stretches of this length."""


class MovedRecords(NamedTuple):
    """A task and its stage history without the rows that went to ``frames``."""

    task: Record
    stage_history: Iterable[Record]
    frames: list[Record]


class _Answer(msgspec.Struct):
    tools: list[msgspec.Raw]
    classifications: list[msgspec.Raw]
    relations: msgspec.Raw


class _Place(msgspec.Struct):
    page: int = -1


_ANSWER = msgspec.json.Decoder(_Answer)
_PLACE = msgspec.json.Decoder(_Place)


def with_frames_table(records: TaskRecords) -> MovedRecords:
    """The records of a task; of a video, every second stretch of frames moved to records of ``frames``."""
    if not _is_video(records.task):
        return MovedRecords(records.task, list(records.stage_history), [])
    frames: list[Record] = []
    task, own = _moved(records.task, {"taskId": records.task["taskId"]})
    frames.extend(own)
    visits = []
    for visit in records.stage_history:
        kept, moved = _moved(visit, {"taskId": visit["taskId"], "historyId": visit["_id"]})
        visits.append(kept)
        frames.extend(moved)
    return MovedRecords(task, visits, frames)


def _is_video(task: Record) -> bool:
    metadata = task.get("metadata")
    return isinstance(metadata, dict) and "frameTotal" in metadata and "dataset" not in task


def _moved(record: Record, keys: Record) -> tuple[Record, Iterator[Record]]:
    """A record with the rest of its answer, and records of ``frames`` with ``keys`` and the other rows."""
    if "answer" not in record:
        return record, iter(())
    answer = _ANSWER.decode(orjson.dumps(record["answer"]))
    by_page: dict[int, dict[str, Any]] = {}
    rest: dict[str, Any] = {}
    for kind in ("tools", "classifications"):
        stay = []
        for row in getattr(answer, kind):
            page = _PLACE.decode(row).page
            if page // _FRAMES_IN_A_ROW % 2 == 0 or page < 0:
                stay.append(bytes(row))
            else:
                by_page.setdefault(page, {}).setdefault(kind, []).append(_without_page(bytes(row), page))
        rest[kind] = _list(stay)
    rest["relations"] = orjson.Fragment(bytes(answer.relations))
    frames = ({**keys, "page": page, **_encoded(by_page[page])} for page in sorted(by_page))
    return {**record, "answer": orjson.Fragment(orjson.dumps(rest))}, frames


def _without_page(row: bytes, page: int) -> bytes:
    """The row as such a table has it: its record says the page."""
    return row.replace(b',"page":%d,"interpolationStopped"' % page, b',"interpolationStopped"', 1)


def _encoded(lists: dict[str, list[bytes]]) -> Record:
    return {kind: _list(rows) for kind, rows in lists.items()}


def _list(rows: list[bytes]) -> orjson.Fragment:
    return orjson.Fragment(b"[%b]" % b",".join(rows))
