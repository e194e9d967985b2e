"""Rows of videos for tests: from dicts, and back."""

import json

import orjson

from framehaul.transforms.video.expansion import FrameRows, VideoOptions, expand
from framehaul.transforms.video.rows import Row, rows_of, settled

LAST_PAGE = 12
FULL, KEYS = VideoOptions(), VideoOptions(only_key_frames=True)
BOX = {"x": 10, "y": 10, "height": 20, "width": 20}


def rows_from(tools: list[dict], last_page: int = LAST_PAGE) -> list[Row]:
    return settled(rows_of(orjson.dumps(tools), last_page=last_page, classifications=False), [])[0]


def expanded(tools: list[dict], last_page: int = LAST_PAGE, options: VideoOptions = FULL) -> list[dict]:
    return decoded(expand(rows_from(tools, last_page), 0, last_page, last_page, options))


def decoded(rows: FrameRows) -> list[dict]:
    found = [json.loads(text) for text in rows.texts]
    assert [row["page"] for row in found] == rows.pages.tolist()
    return found


def row(page: int, *, stop: bool = False, track: str = "a", **shape: object) -> dict:
    shapes = {key.replace("_", "-"): value for key, value in shape.items()}
    return {**shapes, "objectId": track, "page": page, "interpolationStopped": stop, "title": "Car"}
