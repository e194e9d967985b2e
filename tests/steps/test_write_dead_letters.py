"""Writing dead letters: in the order of the input, with lines that a person finds again."""

import random
from pathlib import Path

import apache_beam as beam
import orjson
import pytest
from apache_beam.testing.util import assert_that, equal_to

from framehaul.transforms.exchange.blocks import Exchange
from framehaul.transforms.exports.manifest import DeadLetters
from framehaul.transforms.reasons import Reason
from framehaul.transforms.records.dead_letter import DeadLetter
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.sources.splits import Split
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.write_dead_letters import WriteDeadLetters
from steps.step_runs import new_pipeline, run, split_of

SPLITS = [
    split_of(index=0, url="a.ndjson"),
    split_of(index=1, url="a.ndjson"),
    split_of(index=2, url="a.ndjson"),
    split_of(index=3, url="b.json", file_format="json"),
    split_of("stage_history", index=4, url="c.parquet", file_format="parquet"),
    split_of("stage_history", index=5, url="c.parquet", file_format="parquet"),
    split_of("stage_history", index=6, url="a.ndjson"),
]
SPLIT_LINES = {0: 10, 1: 20, 3: 7, 4: 5, 5: 5, 6: 9}  # none of split 2 begins in it


def letter(split: int, place: int, reason: Reason = Reason.NOT_JSON) -> DeadLetter:
    table = SPLITS[split].table if split < len(SPLITS) else "tasks"
    return DeadLetter(table, (split, place), reason, "why", b"%d/%d" % (split, place))


def write(
    folder: Path,
    letters: list[DeadLetter],
    *,
    splits: list[Split] = SPLITS,
    split_lines: dict[int, int] = SPLIT_LINES,
    exchange: Exchange | None = None,
) -> list[dict[str, str]]:
    """The lines of what was stored; what the step says of it is checked."""
    reasons: dict[str, int] = {}
    for one in letters:
        reasons[one.reason] = reasons.get(one.reason, 0) + 1
    expected = DeadLetters(count=len(letters), path="dead-letters.ndjson", by_reason=reasons)
    pipeline = new_pipeline()
    source = pipeline | "Letters" >> beam.Create(random.Random(1).sample(letters, len(letters)))
    told = (source,) | WriteDeadLetters(
        ObjectStore(str(folder)),
        exchange or Exchange(None),
        pipeline | "Splits" >> beam.Create([splits]),
        pipeline | "Tally" >> beam.Create([Tally(reasons=reasons, split_lines=split_lines)]),
    )
    assert_that(told, equal_to([expected if letters else DeadLetters()]))
    run(pipeline)
    file = folder / "dead-letters.ndjson"
    return [orjson.loads(line) for line in file.read_bytes().splitlines()] if file.exists() else []


@pytest.mark.parametrize("spill", [False, True])
def test_their_order_follows_the_files_and_lines_of_the_input(tmp_path: Path, spill: bool) -> None:
    places = [
        (0, 1),
        (0, 4095),
        (0, 4096),
        (0, 4097),
        (0, 9000),
        (1, 2),
        (3, 1),
        (4, 2),
        (5, 2),
        (6, 1 << 33),
    ]
    letters = [letter(*place) for place in places for _ in range(2)]
    exchange = Exchange(str(tmp_path) if spill else None, budget_bytes=100)
    stored = write(tmp_path / "export", letters, exchange=exchange)
    assert [line["record"] for line in stored] == [one.record.decode() for one in letters]


def test_a_place_is_a_line_item_or_row_of_its_file(tmp_path: Path) -> None:
    letters = [
        letter(0, 3),
        letter(1, 3),
        letter(2, 1),
        letter(3, 7),
        letter(4, 5),
        letter(5, 1),
        letter(6, 9),
    ]
    assert [(line["table"], line["source"]) for line in write(tmp_path, letters)] == [
        ("tasks", "a.ndjson:3"),
        ("tasks", "a.ndjson:13"),
        ("tasks", "a.ndjson:31"),
        ("tasks", "b.json:item 7"),
        ("stage_history", "c.parquet:row 5"),
        ("stage_history", "c.parquet:row 6"),
        ("stage_history", "a.ndjson:9"),
    ]


def test_what_is_told_and_what_is_stored_are_the_same_for_many_of_them(tmp_path: Path) -> None:
    reasons = list(Reason)
    letters = [letter(0, place, reasons[place % 3]) for place in range(1, 5001)]
    stored = write(tmp_path, letters, exchange=Exchange(None, budget_bytes=10_000))
    assert [line["source"] for line in stored] == [f"a.ndjson:{place}" for place in range(1, 5001)]


def test_without_dead_letters_there_is_no_file(tmp_path: Path) -> None:
    assert write(tmp_path, []) == []
    assert list(tmp_path.iterdir()) == []
