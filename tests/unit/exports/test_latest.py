"""Which export is named as the newest: of all projects, and of each."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.latest import name_as_latest, named_by, pointer_to, pointers_to_projects
from framehaul.transforms.exports.manifest import DeadLetters, Manifest, Tool
from framehaul.transforms.storage.object_store import ObjectStore


@pytest.fixture
def output(tmp_path: Path) -> ObjectStore:
    return ObjectStore(str(tmp_path))


def publish(
    output: ObjectStore, export_id: str, project: str | None = None, *, set_aside: int = 0, **how: Any
) -> None:
    """Store the manifest of an export that was finished on the day in its id, and name it."""
    manifest = Manifest(
        export_id=export_id,
        tool=Tool(name="framehaul", version="0"),
        started_at=f"2026-11-0{export_id[-1]}T02:00:00.000Z",
        finished_at=f"2026-11-0{export_id[-1]}T02:10:00.000Z",
        config={"export": {"project": project}, "limits": {"max_dead_letters": 0}},
        source=[],
        counts={},
        annotations_by_title={},
        shards=[],
        dead_letters=DeadLetters(count=set_aside),
    )
    output.write(f"{export_id}/manifest.json", [manifest.to_json()])
    name_as_latest(output, export_id, manifest, **how)


def named(output: ObjectStore, *projects: str | None) -> list[str | None]:
    return [named_by(output, pointer_to(project)) for project in projects]


def test_exports_of_a_project_and_of_all_are_named_by_themselves(output: ObjectStore) -> None:
    publish(output, "all-1")
    publish(output, "p1-2", "p1")
    publish(output, "p2-3", "p2")
    assert named(output, None, "p1", "p2") == ["all-1", "p1-2", "p2-3"]
    assert pointers_to_projects(output) == ["latest/p1.json", "latest/p2.json"]
    assert orjson.loads(output.read("latest/p1.json")) == {
        "exportId": "p1-2",
        "manifest": "p1-2/manifest.json",
    }


def test_the_first_export_of_a_project_is_not_named_as_one_of_all(output: ObjectStore) -> None:
    publish(output, "p1-1", "p1")
    assert named(output, None, "p1") == [None, "p1-1"]


def test_who_has_read_latest_json_for_a_project_goes_on_to_find_its_exports(output: ObjectStore) -> None:
    """An older version has named an export of a project there."""
    publish(output, "p1-1", "p1")
    output.write("latest.json", [orjson.dumps({"exportId": "p1-1", "manifest": "p1-1/manifest.json"})])
    publish(output, "p2-2", "p2")
    assert named(output, None, "p1", "p2") == ["p1-1", "p1-1", "p2-2"]
    publish(output, "p1-3", "p1")
    assert named(output, None, "p1", "p2") == ["p1-3", "p1-3", "p2-2"]
    publish(output, "all-4")
    publish(output, "p1-5", "p1")
    assert named(output, None, "p1", "p2") == ["all-4", "p1-5", "p2-2"]


def test_an_export_that_does_not_count_as_good_is_not_named(output: ObjectStore) -> None:
    publish(output, "all-1", set_aside=1)
    assert named(output, None) == [None]
    publish(output, "all-2")
    publish(output, "all-3", set_aside=1)
    assert named(output, None) == ["all-2"]


def test_an_export_that_is_brought_to_its_end_late_takes_no_newer_ones_place(output: ObjectStore) -> None:
    publish(output, "all-2")
    publish(output, "all-1", if_newer=True)
    assert named(output, None) == ["all-2"]
    publish(output, "all-3", if_newer=True)
    assert named(output, None) == ["all-3"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"{}", b'{"manifest": 7}', b'{"manifest": "gone/manifest.json"}']
)
def test_a_pointer_that_names_nothing_is_replaced(output: ObjectStore, content: bytes) -> None:
    output.write("latest.json", [content])
    publish(output, "p1-1", "p1")
    publish(output, "all-1", if_newer=True)
    assert named(output, None, "p1") == ["all-1", "p1-1"]


def test_a_damaged_export_that_is_named_is_no_reason_to_fail_another(output: ObjectStore) -> None:
    output.write("all-1/manifest.json", [b"{"])
    output.write("latest.json", [orjson.dumps({"exportId": "all-1", "manifest": "all-1/manifest.json"})])
    publish(output, "p1-2", "p1")
    assert named(output, None, "p1") == ["all-1", "p1-2"]
    publish(output, "all-3")
    assert named(output, None) == ["all-3"]


def test_what_names_no_export_is_told_to_who_asks(output: ObjectStore) -> None:
    output.write("latest.json", [b"{"])
    with pytest.raises(StorageError, match=r"latest\.json does not name an export"):
        named(output, None)


def test_no_two_projects_share_a_pointer_and_none_looks_like_a_manifest() -> None:
    projects = ["a/b", "a-b", "..", "", "manifest", "~6danifest", "ä", "a" * 300, "a" * 301]
    pointers = {pointer_to(project) for project in projects}
    assert len(pointers) == len(projects)
    assert "latest/manifest.json" not in pointers
    assert all(pointer.count("/") == 1 and pointer.isascii() and len(pointer) < 140 for pointer in pointers)
