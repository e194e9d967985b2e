"""The house has floors: what is above may use what is below, never the other way round.

A room is a folder, or a module that stands in none. A line is a floor, from the ground up. Rooms of one floor do not
know each other, so a line is also a list of what can be read, changed or thrown away by itself.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from repository.source_tree import ROOT, SOURCES, TOPS, imported, module_name, name_of

FLOORS = {
    "transforms": """
        reasons counts
        errors tables
        storage
        exchange
        formats
        sources
        records
        video
        parts
        kinds
        kinds/ango
        kinds/ango_v3 kinds/ango_legacy kinds/ango_issues
        exports
        runs cards
        shards
        metrics
        step_outputs
        read_records decode_records choose_entries partition_records assemble_records write_dead_letters write_shards \
            write_long_shards write_whole_objects write_manifest
    """,
    "pipelines": """
        exit_codes terminal
        config
        telemetry sample
        engines survey ledger
        exports watch
        notify schedule
        export export_name trigger_text unfinished check
        carry_out export_plan
        run
        run_report
        commands
        cli
        flex_template own_process __main__
        library
    """,
}
FLOOR_OF = {
    (top, room): floor
    for top, plan in FLOORS.items()
    for floor, line in enumerate(plan.strip().splitlines())
    for room in line.split()
}

Room = tuple[str, str]


def room_of(path: Path) -> Room:
    top, *folders, module = path.relative_to(ROOT).with_suffix("").parts
    return top, "/".join(folders) or module


ROOMS = {
    module_name(path): room_of(path)
    for path in SOURCES
    if path.parent.name not in TOPS or path.stem != "__init__"
}


def upward_imports(path: Path) -> Iterator[str]:
    """Imports of a module from its own floor or one above, out of another room."""
    here = room_of(path)
    for name in sorted(imported(path)):
        there = ROOMS.get(name, here)
        if there != here and there[0] == here[0] and FLOOR_OF.get(there, 0) >= FLOOR_OF.get(here, 0):
            yield f"{name_of(path)} imports {name}"


@pytest.mark.parametrize("top", TOPS)
def test_every_room_has_a_floor(top: str) -> None:
    rooms = {room for above, room in ROOMS.values() if above == top}
    planned = {room for above, room in FLOOR_OF if above == top}
    assert (rooms - planned, planned - rooms) == (set(), set())


@pytest.mark.parametrize("top", TOPS)
def test_imports_point_down(top: str) -> None:
    upward = [found for path in SOURCES if room_of(path)[0] == top for found in upward_imports(path)]
    assert not upward, "\n".join(["these point up, or to a room beside:", *upward])


def test_what_runs_on_workers_does_not_know_who_launches_it() -> None:
    found = {
        f"{name_of(path)} imports {name}"
        for path in SOURCES
        for name in imported(path)
        if room_of(path)[0] == "transforms" and name.startswith("framehaul.pipelines")
    }
    assert found == set()


def test_a_module_is_seen_however_it_is_imported() -> None:
    assert "framehaul.transforms.errors" in imported(ROOT / "pipelines" / "engines" / "worker_errors.py")
    assert "framehaul.pipelines.commands.reading" in imported(ROOT / "pipelines" / "cli.py")
    assert "framehaul.pipelines.run" in imported(ROOT / "pipelines" / "run_report.py")  # inside of a function
