"""Contestant: rows of videos expanded by a plain loop, with dicts and orjson.

A row is a copy of its key frame with another page and shape, encoded at once. What orjson returns is copied:
it lies in a larger buffer, and a million of those take four times the memory and a tenth more time.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from benchmarks.v3_record import Row, task_record

_COMPUTED = ("bounding-box", "point", "polygon", "segmentation")
_Written = tuple[int, str, bytes]


def export(tables: Path, _table_format: str, output: Path) -> None:
    """Write the records of ``tables``, without stage history, to one file in ``output``."""
    with (output / "records.ndjson").open("wb") as file:
        for path in sorted(tables.glob("tasks-*.ndjson")):
            with path.open("rb") as lines:
                for line in lines:
                    _write(orjson.loads(line), file)


def _write(task: Row, file: BinaryIO) -> None:
    """One record; its rows are written one by one, since joined they would take their memory once more."""
    record = task_record({**task, "answer": {"relations": task["answer"]["relations"]}}, [])
    del record["task"]["stageHistory"]
    start, end = orjson.dumps(record).split(b'"tools":[],"classifications":[]')
    frames = task["metadata"]["frameTotal"]
    file.write(start + b'"tools":[')
    _write_list(_all_rows(task["answer"]["tools"], frames), file)
    file.write(b'],"classifications":[')
    _write_list(_all_rows(task["answer"]["classifications"], frames), file)
    file.write(b"]" + end + b"\n")


def _write_list(rows: Iterator[bytes], file: BinaryIO) -> None:
    file.write(next(rows, b""))
    for row in rows:
        file.write(b"," + row)


def _all_rows(rows: list[Row], frames: int) -> Iterator[bytes]:
    """What holds in the whole video, then every row of every frame, by page and track."""
    tracks: dict[str, dict[int, Row]] = {}
    for row in rows:
        if "page" in row:
            tracks.setdefault(row["objectId"], {})[row["page"]] = row
        else:
            yield orjson.dumps(row)
    written = [each for track, by_page in tracks.items() for each in _track_rows(track, by_page, frames)]
    written.sort()
    for *_, text in written:
        yield text


def _track_rows(track: str, by_page: dict[int, Row], frames: int) -> Iterator[_Written]:
    pages = sorted(by_page)
    for page, end in zip(pages, [*pages[1:], frames], strict=True):
        row = by_page[page]
        yield page, track, _encoded(row)
        if not row["interpolationStopped"]:
            yield from _rows_between(track, row, by_page.get(end), end)


def _encoded(row: Row) -> bytes:
    return bytes(memoryview(orjson.dumps(row)))


def _rows_between(track: str, row: Row, following: Row | None, end: int) -> Iterator[_Written]:
    """The rows after a key frame, up to the page ``end`` where the next one stands."""
    start = row["page"]
    kind = next((key for key in _COMPUTED if key in row), None)
    moves = bool(kind and following and kind in following and _fits(row[kind], following[kind]))
    for page in range(start + 1, end):
        filled = {**row, "page": page}
        if moves:
            filled[kind] = _between(row[kind], following[kind], page - start, end - start)
        yield page, track, _encoded(filled)


def _fits(shape: Any, other: Any) -> bool:
    """Whether two shapes have the same parts and numbers of points."""
    if isinstance(shape, list):
        return len(shape) == len(other) and all(map(_fits, shape, other))
    if isinstance(shape, dict):
        return shape.keys() == other.keys() and all(_fits(shape[key], other[key]) for key in shape)
    return True


def _between(shape: Any, other: Any, step: int, span: int) -> Any:
    """A shape on its way to another, ``step`` of ``span`` frames after it left."""
    if isinstance(shape, list):
        return [_between(*pair, step, span) for pair in zip(shape, other, strict=True)]
    if isinstance(shape, dict):
        return {key: _between(shape[key], other[key], step, span) for key in shape}
    return shape if shape == other else shape + (other - shape) * step / span
