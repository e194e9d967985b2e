"""Programs that read the platform's exports today read ours.

Each test walks the records as public programs do (names of programs and what
they rely on: export plugins and conversion scripts of the platform's users). A
key that has no value is absent where they ask ``in``, and there where they do not.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from end_to_end.exports import export_here, settings, write_lines

Json = dict[str, Any]


def box(object_id: str, **keys: Any) -> Json:
    shape = {"x": 1, "y": 2, "height": 3, "width": 4}
    return {"bounding-box": shape, "objectId": object_id, "classifications": [], "title": "Car", **keys}


def nested(answer: str) -> list[Json]:
    return [{"objectId": "n1", "tool": "text", "title": "TrackId", "answer": answer, "classifications": []}]


def task(name: str, answer: Json, **keys: Any) -> Json:
    return {
        "taskId": f"task-{name}",
        "assetId": name,
        "externalId": f"{name}.jpg",
        "asset": f"https://files.example/{name}.jpg",
        "stage": "Complete",
        "updatedAt": "2026-01-01T00:00:00.000Z",
        "answer": answer,
        **keys,
    }


def left(name: str, stage: str, completed_at: str, **keys: Any) -> Json:
    entry = {"_id": f"{name}-{completed_at}", "taskId": f"task-{name}", "stage": stage, **keys}
    return {**entry, "completedAt": completed_at, "duration": 5}


TASKS = [
    task("image", {"tools": [box("o1", ocr={"text": "A7"})]}, batches=["B1", None]),
    task(
        "pages",
        {"tools": [box("o1", page=1), box("o2", page=0)]},
        dataset=["https://files.example/p0.jpg", "https://files.example/p1.jpg"],
    ),
    task(
        "video",
        {
            "tools": [
                box("o1", page=0, classifications=nested("7")),
                box("o1", page=3, classifications=nested("7")),
                {"objectId": "o1", "page": 5, "interpolationStopped": True, "title": "Car"},
            ]
        },
        metadata={"frameTotal": 8, "frameRate": 30},
    ),
    task(
        "groups",
        {
            "tools": [box("o1"), box("o2"), box("o3")],
            "relations": [
                {"objectId": "r1", "group": ["o1", "r2"], "title": "table"},
                {"objectId": "r2", "group": ["o2", "o3"], "title": "row"},
                {"objectId": "r3", "from": "o1", "to": "o2", "direction": "straight", "title": "part of"},
            ],
        },
    ),
]
HISTORY = [
    left("image", "Start", "2026-01-01T00:00:00.000Z"),
    left("image", "Label", "2026-01-02T00:00:00.000Z", completedBy="a@example.org", answer={"tools": []}),
    left("image", "Review", "2026-01-03T00:00:00.000Z", completedBy="b@example.org", reviewStatus="Rejected"),
    left(
        "image",
        "Label",
        "2026-01-04T00:00:00.000Z",
        completedBy="c@example.org",
        answer={"tools": [box("o1")]},
    ),
]


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    """The whole export as a program loads it, by external id without suffix."""
    folder: Path = tmp_path_factory.mktemp("today")
    source = {
        "tasks": str(write_lines(folder / "tasks.ndjson", [orjson.dumps(each) for each in TASKS])),
        "stage_history": str(
            write_lines(folder / "history.ndjson", [orjson.dumps(each) for each in HISTORY])
        ),
    }
    export = export_here(settings(source, folder / "exports", output={"format": "json"}))
    loaded = json.loads((export / "data" / "assets.json").read_bytes())
    return {asset["externalId"].partition(".")[0]: asset for asset in loaded}


def frames_of(asset: Json) -> int:
    """As stage_export and tpt-export count frames of any asset."""
    if "frameTotal" in asset["metadata"]:
        return int(asset["metadata"]["frameTotal"])
    return len(asset["dataset"]) if "dataset" in asset else 1


def test_frames_are_counted_by_metadata_and_pages_by_dataset(assets: dict[str, Json]) -> None:
    counted = {name: frames_of(asset) for name, asset in assets.items()}
    assert counted == {"image": 1, "pages": 2, "video": 8, "groups": 1}


def test_the_image_of_a_page_is_found_by_its_number(assets: dict[str, Json]) -> None:
    """torc_output_multipage, sportsbox_postprocess."""
    pages = assets["pages"]
    urls = [pages["dataset"][tool["page"]] for tool in pages["task"]["tools"]]
    assert urls == ["https://files.example/p1.jpg", "https://files.example/p0.jpg"]
    assert [name for name, asset in assets.items() if "dataset" in asset] == ["pages"]


def latest_of_stages(asset: Json) -> dict[str, Json]:
    """As stage_export and tpt-export do: of a stage that was visited again the last visit counts."""
    latest: dict[str, Json] = {}
    for entry in asset["task"]["stageHistory"]:
        time = datetime.strptime(entry["completedAt"], "%Y-%m-%dT%H:%M:%S.%fZ")
        before = latest.get(entry["stage"])
        if before is None or time > datetime.strptime(before["completedAt"], "%Y-%m-%dT%H:%M:%S.%fZ"):
            latest[entry["stage"]] = entry
    return latest


def test_the_latest_visit_of_each_stage_tells_who_did_what(assets: dict[str, Json]) -> None:
    latest = latest_of_stages(assets["image"])
    people = {stage: entry["completedBy"] for stage, entry in latest.items() if "completedBy" in entry}
    assert people == {"Label": "c@example.org", "Review": "b@example.org"}
    assert len(latest["Label"]["tools"]) == 1
    verdicts = {stage: entry["reviewStatus"] for stage, entry in latest.items() if "reviewStatus" in entry}
    assert verdicts == {"Review": "Rejected"}
    assert assets["groups"]["task"]["stageHistory"] == []


def test_stopped_rows_are_told_by_a_key_that_every_row_of_a_video_has(assets: dict[str, Json]) -> None:
    """tpt-export and mmi_export leave out what is stopped; a stop may have no shape and no answers."""
    rows = assets["video"]["task"]["tools"]
    visible = [row for row in rows if row["interpolationStopped"] is not True]
    assert [row["page"] for row in visible] == [0, 1, 2, 3, 4]
    assert {row["classifications"][0]["answer"] for row in visible} == {"7"}
    # tpt-export's other mode counts where the key is absent or true: once for each object of a video
    once = [row for row in rows if row.get("interpolationStopped", True)]
    assert [(row["objectId"], row["page"]) for row in once] == [("o1", 5)]
    still = [tool for name in ("image", "pages") for tool in assets[name]["task"]["tools"]]
    assert len([tool for tool in still if tool.get("interpolationStopped", True)]) == 3


def members(object_id: str, relations: dict[str, Json]) -> Iterator[str]:
    """As tally_postprocess walks groups, which may hold groups."""
    for member in relations[object_id]["group"]:
        if member in relations:
            yield from members(member, relations)
        else:
            yield member


def test_groups_in_groups_are_walked_to_their_objects(assets: dict[str, Json]) -> None:
    relations = {each["objectId"]: each for each in assets["groups"]["task"]["relations"]}
    assert list(members("r1", relations)) == ["o1", "o2", "o3"]
    lines = [each for each in relations.values() if "from" in each]
    assert [(line["from"], line["to"], line["direction"]) for line in lines] == [("o1", "o2", "straight")]
    text = [tool["ocr"]["text"] for tool in assets["image"]["task"]["tools"] if "ocr" in tool]
    assert text == ["A7"]


def test_what_is_asked_without_looking_is_always_there(assets: dict[str, Json]) -> None:
    for asset in assets.values():
        assert all(isinstance(batch, str) for batch in asset["batches"])
        assert "part" not in asset
        assert asset["asset"].startswith("https://")
        task = asset["task"]
        for row in (*task["tools"], *task["classifications"], *task["relations"]):
            assert row["objectId"]
        assert "brushDataUrl" not in task
    assert assets["image"]["batches"] == ["B1"]
