"""The tracks of a sample as Label Studio has them: its input is made before anything is timed.

Label Studio knows boxes only, so every object becomes one, wherever its shape is: what an expansion costs
does not depend on the numbers in it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

_FRAME_RATE = 25


def label_studio_input(tables: Path) -> Path:
    """A file with the tools of the videos in ``tables`` as annotation results; made once, beside the tables."""
    path = tables / "label-studio.json"
    if not path.exists():
        path.write_bytes(orjson.dumps(list(_results(tables))))
    return path


def _results(tables: Path) -> Iterator[dict[str, Any]]:
    for table in sorted(tables.glob("tasks-*.ndjson")):
        for line in table.read_bytes().splitlines():
            task = orjson.loads(line)
            tracks: dict[str, list[dict[str, Any]]] = {}
            for row in task["answer"]["tools"]:
                tracks.setdefault(row["objectId"], []).append(_key_frame(row))
            frames = task["metadata"]["frameTotal"]
            for track, sequence in tracks.items():
                yield _result(track, sequence, frames)


def _key_frame(row: dict[str, Any]) -> dict[str, Any]:
    page = row["page"]
    box = row.get("bounding-box") or {"x": page % 50, "y": page % 40, "width": 10.5, "height": 10.25}
    return {
        "frame": page + 1,  # counted from 1
        "enabled": not row["interpolationStopped"],
        "rotation": 0,
        "x": box["x"],
        "y": box["y"],
        "width": box["width"],
        "height": box["height"],
        "time": page / _FRAME_RATE,
    }


def _result(track: str, sequence: list[dict[str, Any]], frames: int) -> dict[str, Any]:
    return {
        "id": track,
        "type": "videorectangle",
        "from_name": "box",
        "to_name": "video",
        "value": {
            "sequence": sequence,
            "framesCount": frames,
            "duration": frames / _FRAME_RATE,
            "labels": ["object"],
        },
    }
