"""Writing dead letters: each as it was read, in the order of the input, with lines that a person finds again."""

import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import apache_beam as beam
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from apache_beam.testing.util import assert_that, equal_to
from isal import igzip

from framehaul.transforms.exchange.blocks import Block, BlockBuilder, Exchange
from framehaul.transforms.exports.manifest import DeadLetters
from framehaul.transforms.reasons import Reason
from framehaul.transforms.records.set_aside import SetAside
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.runs.export_results import WrittenLetters
from framehaul.transforms.sources.split_lines import read_lines
from framehaul.transforms.sources.splits import Split, number_splits, split_table
from framehaul.transforms.storage.listed_files import list_files
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.write_dead_letters import WriteDeadLetters
from steps.step_runs import new_pipeline, run

OPTIONS = StorageOptions()
LINES = [b'{"n":%d, "text":"\xc3\xa4"}' % number for number in range(10_000)]
ODD = [b"not json", b"", b'{"n":"\xff"}', b'{"a": 1}\r', b"[1]", b" ", b'{"n":NaN}']


def as_lines(lines: Sequence[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def as_array(lines: Sequence[bytes]) -> bytes:
    return b"[" + b", \n".join(lines) + b"]"


def splits_of(table: str, path: Path, split_bytes: int = 1 << 30) -> list[Split]:
    return split_table(table, list_files([str(path)], OPTIONS), OPTIONS, split_bytes)


@pytest.fixture
def splits(tmp_path: Path) -> list[Split]:
    """Of files of every format, some of them in several pieces."""
    files: dict[str, bytes] = {
        "a.ndjson": as_lines(LINES),
        "b.ndjson.gz": igzip.compress(as_lines(ODD)),
        "c.json": as_array(LINES[:7]),
        "d.json.zst": zstandard.compress(as_array(LINES[:7])),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    rows = pa.table({"n": list(range(8)), "answer": ['{"tools":[]}'] * 8, "other": [{"deep": 1.5}] * 8})
    pq.write_table(rows, tmp_path / "e.parquet", row_group_size=5)
    found = [
        *splits_of("tasks", tmp_path / "a.ndjson", 100_000),
        *splits_of("tasks", tmp_path / "b.ndjson.gz"),
    ]
    for name in ("c.json", "d.json.zst", "e.parquet"):
        found += splits_of("stage_history", tmp_path / name)
    return number_splits(found)


def lines_of(split: Split) -> list[bytes]:
    return [line for some in read_lines(split, OPTIONS, None, None) for line in some]


def letter(split: Split, place: int, reason: Reason = Reason.NOT_JSON) -> SetAside:
    return SetAside(split.table, (split.index, place), reason, "why")


def blocks_of(letters: Sequence[SetAside], exchange: Exchange) -> Iterator[tuple[int, Block]]:
    """As several steps give them: by split, in any order."""
    builder: BlockBuilder[SetAside] = BlockBuilder(exchange)
    for one in random.Random(1).sample(letters, len(letters)):
        builder.add(one.source[0], one, 0)
        if builder.is_full:
            yield from builder.flush()
    yield from builder.flush()


def write(
    folder: Path,
    letters: list[SetAside],
    splits: list[Split],
    *,
    exchange: Exchange | None = None,
    **step: Any,
) -> list[dict[str, str]]:
    """The lines of what was stored; what the step says of it is checked."""
    reasons: dict[str, int] = {}
    lines: dict[str, int] = {}
    for one in letters:
        reasons[one.reason] = reasons.get(one.reason, 0) + 1
        lines[one.table] = lines.get(one.table, 0) + 1
    expected = DeadLetters(count=len(letters), path="dead-letters.ndjson", by_reason=reasons)
    exchange = exchange or Exchange(None)
    tally = Tally(reasons=reasons, split_lines={split.index: len(lines_of(split)) for split in splits})
    pipeline = new_pipeline()
    sources = tuple(
        pipeline | f"Letters{index}" >> beam.Create(list(blocks_of(some, exchange)))
        for index, some in enumerate((letters[::2], letters[1::2]))
    )
    told = sources | WriteDeadLetters(
        ObjectStore(str(folder)),
        exchange,
        pipeline | "Splits" >> beam.Create([splits]),
        pipeline | "Tally" >> beam.Create([tally]),
        OPTIONS,
        **step,
    )
    none = WrittenLetters(DeadLetters(), {})
    assert_that(told, equal_to([WrittenLetters(expected, lines) if letters else none]))
    run(pipeline)
    file = folder / "dead-letters.ndjson"
    return [orjson.loads(line) for line in file.read_bytes().splitlines()] if file.exists() else []


@pytest.mark.parametrize("spill", [False, True])
def test_each_is_the_record_as_it_was_read_in_the_order_of_the_input(
    tmp_path: Path, splits: list[Split], spill: bool
) -> None:
    exchange = Exchange(str(tmp_path) if spill else None, budget_bytes=5_000)
    everything = [(split, place, line) for split in splits for place, line in enumerate(lines_of(split), 1)]
    assert len(splits) > 6
    chosen = sorted(random.Random(2).sample(range(len(everything)), 5_000))
    expected = [everything[number] for number in chosen]
    letters = [letter(split, place) for split, place, _ in expected]
    stored = write(tmp_path / "export", letters, splits, exchange=exchange)
    assert [line["record"] for line in stored] == [
        line.decode(errors="backslashreplace") for _, _, line in expected
    ]


def test_a_place_is_a_line_item_or_row_of_its_file(tmp_path: Path, splits: list[Split]) -> None:
    last = {split.url: split for split in splits}
    letters = [letter(last[url], place) for url, place in zip(last, (1, 3, 7, 2, 3), strict=True)]
    stored = write(tmp_path / "export", letters, splits)
    found = [(line["table"], Path(line["source"]).name, line["record"]) for line in stored]
    first, *others = found
    number = orjson.loads(first[2])["n"]
    assert (first, number > 1_000) == (("tasks", f"a.ndjson:{number + 1}", LINES[number].decode()), True)
    assert others == [
        ("tasks", "b.ndjson.gz:3", '{"n":"\\xff"}'),
        ("stage_history", "c.json:item 7", LINES[6].decode()),
        ("stage_history", "d.json.zst:item 2", LINES[1].decode()),
        ("stage_history", "e.parquet:row 8", '{"n":7,"answer":"{\\"tools\\":[]}","other":{"deep":1.5}}'),
    ]


def test_what_is_told_and_what_is_stored_are_the_same_for_many_of_them(
    tmp_path: Path, splits: list[Split]
) -> None:
    reasons = list(Reason)
    number = len(lines_of(splits[0]))
    letters = [letter(splits[0], place, reasons[place % 3]) for place in range(1, number + 1)]
    stored = write(tmp_path / "export", letters, splits, exchange=Exchange(None, budget_bytes=10_000))
    assert [(line["source"], line["reason"]) for line in stored] == [
        (f"{splits[0].url}:{place}", reasons[place % 3]) for place in range(1, number + 1)
    ]


def test_without_dead_letters_there_is_no_file(tmp_path: Path, splits: list[Split]) -> None:
    assert write(tmp_path / "export", [], splits) == []
    assert not (tmp_path / "export").exists()


def test_of_a_record_that_is_too_long_the_place_is_told_and_what_is_masked_stays_masked(
    tmp_path: Path, splits: list[Split]
) -> None:
    letters = [letter(splits[0], place) for place in (1, 3)]
    told = {"max_record_bytes": len(LINES[0]) - 1}
    assert [line["record"] for line in write(tmp_path / "long", letters, splits, **told)] == ["", ""]
    masked = write(tmp_path / "masked", letters, splits, redact=frozenset(["text"]))
    assert [line["record"] for line in masked] == ['{"n":0,"text":"***"}', '{"n":2,"text":"***"}']


def written_again(path: Path) -> None:
    path.write_bytes(path.read_bytes())
    os.utime(path, ns=(1, 1))


def shorter(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("name", ["a.ndjson", "b.ndjson.gz", "c.json", "e.parquet"])
@pytest.mark.parametrize(
    ("change", "message"),
    [(written_again, "was changed while"), (shorter, "was changed while"), (gone, "cannot be looked up")],
)
def test_a_file_that_is_another_one_when_it_is_read_again_fails_the_run(
    tmp_path: Path, splits: list[Split], name: str, change: Callable[[Path], None], message: str
) -> None:
    (split, *_) = [split for split in splits if split.url.endswith(name)]
    change(tmp_path / name)
    with pytest.raises(Exception, match=rf"{name} {message}"):
        write_without_looking(tmp_path / "export", split, splits)
    assert not (tmp_path / "export").exists()


def test_a_file_whose_version_nobody_knows_fails_the_run_where_it_has_become_shorter(
    tmp_path: Path, splits: list[Split]
) -> None:
    (split, *_) = [replace(split, version=0) for split in splits if split.url.endswith("c.json")]
    splits[split.index] = split
    (tmp_path / "c.json").write_bytes(as_array(LINES[:3]))
    with pytest.raises(Exception, match=r"c\.json has become shorter .* record 7 .* is gone"):
        write_without_looking(tmp_path / "export", split, splits)


def write_without_looking(folder: Path, split: Split, splits: list[Split]) -> None:
    pipeline = new_pipeline()
    blocks = list(blocks_of([letter(split, 7 if split.file_format == "json" else 1)], Exchange(None)))
    _ = (pipeline | "Letters" >> beam.Create(blocks),) | WriteDeadLetters(
        ObjectStore(str(folder)),
        Exchange(None),
        pipeline | "Splits" >> beam.Create([splits]),
        pipeline | "Tally" >> beam.Create([Tally()]),
        OPTIONS,
    )
    run(pipeline)
