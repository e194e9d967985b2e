"""Rows of videos that are kept outside of their task, as dumps do with rows that fit into no single record.

They are taken from finished records, not drawn: a sample with a frames table holds the same rows as the
one without, each in one place.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
import orjson

from framehaul.pipelines.sample.assets import Record
from framehaul.pipelines.sample.sample_tasks import TaskRecords

_FRAMES_IN_A_ROW = 32
"""Length of the ranges of frames that stay with their task and go to the table by turns."""


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


def move_rows(records: TaskRecords) -> MovedRecords:
    """Move the rows of every second range of frames of a video to records of ``frames``."""
    if not _is_video(records.task):
        return MovedRecords(records.task, list(records.stage_history), [])
    frames: list[Record] = []
    task, own = _move_rows_of(records.task, {"taskId": records.task["taskId"]})
    frames.extend(own)
    visits = []
    for visit in records.stage_history:
        kept, moved = _move_rows_of(visit, {"taskId": visit["taskId"], "historyId": visit["_id"]})
        visits.append(kept)
        frames.extend(moved)
    return MovedRecords(task, visits, frames)


def _is_video(task: Record) -> bool:
    metadata = task.get("metadata")
    return isinstance(metadata, dict) and "frameTotal" in metadata and "dataset" not in task


def _move_rows_of(record: Record, keys: Record) -> tuple[Record, Iterator[Record]]:
    """Split a record: returns it with the rest of its answer, and records of ``frames`` with ``keys`` and the moved rows."""
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
                by_page.setdefault(page, {}).setdefault(kind, []).append(_drop_page(bytes(row), page))
        rest[kind] = _list(stay)
    rest["relations"] = orjson.Fragment(bytes(answer.relations))
    frames = ({**keys, "page": page, **_encode_lists(by_page[page])} for page in sorted(by_page))
    return {**record, "answer": orjson.Fragment(orjson.dumps(rest))}, frames


def _drop_page(row: bytes, page: int) -> bytes:
    """Drop ``page`` from a row, since its record of the table ``frames`` tells it."""
    return row.replace(b',"page":%d,"interpolationStopped"' % page, b',"interpolationStopped"', 1)


def _encode_lists(lists: dict[str, list[bytes]]) -> Record:
    return {kind: _list(rows) for kind, rows in lists.items()}


def _list(rows: list[bytes]) -> orjson.Fragment:
    return orjson.Fragment(b"[%b]" % b",".join(rows))
