"""What the tests against the reference share: tables on the disk, and exports as the reference shows them."""

import json
from collections.abc import Iterator
from pathlib import Path

from awkward.projects import Tables
from end_to_end.exports import Json, dead_letters_of, export_here, settings, tables_in
from reference.reading import Source, instant_or_none

FILE_NAMES = {"tasks": "tasks", "stage_history": "stage-history", "frames": "frames", "issues": "issues"}


def exported_tables(folder: Path, tables: Tables, export: Json, output: Json) -> Path:
    """Write the tables as files, run an export of them, and return its folder."""
    source = {name: url for name, url in tables_in(folder).items() if name in tables}
    source |= {name: f"{folder}/{name}*" for name in ("frames", "issues") if name in tables}
    for table, files in tables.items():
        for name, content in files.items():
            (folder / name.replace(table, FILE_NAMES[table])).write_bytes(content)
    config = settings(source, folder / "exports", output=output)
    return export_here({**config, "export": export})


def set_aside(exported: Path) -> Iterator[tuple[str, Source, str]]:
    """As the reference names it: (table, (file, line), reason)."""
    for letter in dead_letters_of(exported):
        path, _, line = letter["source"].rpartition(":")
        name = Path(path).name.replace(FILE_NAMES[letter["table"]], letter["table"])
        yield letter["table"], (name, int(line)), letter["reason"]


def texts_set_aside(exported: Path) -> list[str]:
    """The records of dead letters in the order in which the reference has them: by table, file and line."""
    names = list(FILE_NAMES)
    order = [(names.index(table), place) for table, place, _ in set_aside(exported)]
    texts = [letter["record"] for letter in dead_letters_of(exported)]
    return [text for _, text in sorted(zip(order, texts, strict=True))]


def as_text(records: list[Json]) -> list[str]:
    """Text, since Python takes 1, 1.0 and True, 0.0 and -0.0, and objects in any order of keys for equal."""
    return [json.dumps(record, ensure_ascii=False) for record in records]


def is_possible(export: Json) -> bool:
    """An interval without any time in it is refused as a mistake in the config."""
    for name in ("updated_at", "created_at"):
        after, before = (instant_or_none(export.get(name, {}).get(bound)) for bound in ("after", "before"))
        if after is not None and before is not None and after >= before:
            return False
    return True
