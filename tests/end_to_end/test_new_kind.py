"""A kind of record that nobody has heard of is one module and one row: a run needs nothing else to export it."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import msgspec
import orjson
import pytest

from end_to_end.exports import export_here, manifest_of
from framehaul.transforms.exchange.blocks import Block, read_blocks
from framehaul.transforms.kinds.kind import Decode
from framehaul.transforms.kinds.kinds import KINDS, RecordKind
from framehaul.transforms.kinds.record_card import RecordCard
from framehaul.transforms.parts.finished import RecordOptions
from framehaul.transforms.records import record_index as index
from framehaul.transforms.records.columns import PART, TEXT
from framehaul.transforms.records.json_fields import decoded, required
from framehaul.transforms.records.record_line import RecordLine, RecordPlace
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.records.winners import Rank, keep_winners, rank_of
from framehaul.transforms.tables import TASKS

# The module of the kind, as it would stand in transforms/kinds/notes/.


class RawNote(msgspec.Struct):
    """A row of ``tasks``."""

    note: str | None = None
    text: str = ""


class Note(msgspec.Struct, array_like=True):
    """A note on its way."""

    task_id: str
    rendered: bytes
    source: tuple[int, int]

    @property
    def rank(self) -> Rank:
        return rank_of("", self.rendered, selected=True)

    @property
    def size_bytes(self) -> int:
        return len(self.rendered)

    @property
    def slot(self) -> int:
        return 0


@dataclass
class NoteAssembly:
    """All notes of a partition."""

    notes: dict[str, Note] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)

    def add(self, table: str, blocks: Sequence[Block]) -> None:
        for notes in read_blocks(blocks, Note) if table == TASKS.name else ():
            keep_winners(self.notes, notes, self.tally, TASKS.duplicates)

    def records(self) -> Iterator[RecordLine]:
        for note in self.notes.values():
            yield from RecordPlace(note.task_id, note.task_id, (1,)).lines([note.rendered])


@dataclass(frozen=True)
class NoteKind:
    """See ``Kind``."""

    def row(self, table: str) -> type[msgspec.Struct]:
        return RawNote

    def decoder(self, table: str, split: int, selection: Selection) -> Decode:
        return lambda text, place: decode_note(text, (split, place))

    def needs_payload(self, table: str, selection: Selection) -> Callable[[bytes], bool] | None:
        return None

    def key_of(self, table: str, line: bytes) -> None:
        return None

    def chooser(self) -> None:
        return None

    def assembly(self, options: RecordOptions) -> NoteAssembly:
        return NoteAssembly()


_ROW = msgspec.json.Decoder(RawNote)


def decode_note(text: bytes, source: tuple[int, int]) -> Note:
    raw = decoded(_ROW, text)
    note = required(raw.note, "note")
    part = {"index": 0, "count": 1, "firstPage": None, "lastPage": None}
    rendered = orjson.dumps({"note": note, "text": raw.text, "part": part})
    return Note(note, rendered, source)


CARD = RecordCard(
    columns={"note": TEXT, "text": TEXT, "part": PART},
    record_set=index.Index("notes", "note", {"note": index.TEXT, **index.PART}, (), {}, ""),
    contents="{records:,} notes",
    long="No note is",
    share="nothing",
)


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row of the kind, and its modules where the row says that they are."""
    modules = {"of_notes_kind": {"kind_with": lambda fields: NoteKind()}, "of_notes_card": {"CARD": CARD}}
    for name, content in modules.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    row = RecordKind("note", "notebook", "v3", "task", (TASKS,), (TASKS,), False, "of_notes")
    monkeypatch.setattr("framehaul.transforms.kinds.kinds.KINDS", [*KINDS, row])
    monkeypatch.setattr("framehaul.pipelines.config.selection_settings.KINDS", [*KINDS, row])


@pytest.mark.usefixtures("notes")
def test_a_kind_is_one_module_and_one_row(tmp_path: Path) -> None:
    lines = [{"note": f"n{number % 90}", "text": f"text {number}"} for number in range(100)]
    table = tmp_path / "notes.ndjson"
    table.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in (*lines, {"text": "of nothing"})))
    export = export_here(
        {
            "export": {"platform": "notebook"},
            "source": {"tasks": str(table)},
            "output": {"url": str(tmp_path / "exports")},
            "limits": {"max_dead_letters": 1},
        }
    )
    (shard,) = (export / "data").iterdir()
    records = [orjson.loads(line) for line in shard.read_bytes().splitlines()]
    assert [record["note"] for record in records] == sorted(f"n{number}" for number in range(90))
    counts = manifest_of(export)["counts"]
    assert counts["tasksRead"] == 101
    assert (counts["tasksExported"], counts["duplicateTasks"], counts["deadLetterTasks"]) == (90, 10, 1)
    assert "90 notes" in (export / "README.md").read_text()
