"""The layout ``tracks`` made of records of the layout ``frames``, without the code that writes either."""

import copy
from typing import Any

from reference.parts import answers_of

Json = dict[str, Any]


def gathered_by_track(record: Json) -> Json:
    """A whole video with the rows of each object in one entry; other records as they are."""
    gathered = copy.deepcopy(record)
    if record["part"]["lastPage"] is not None:
        for answer in answers_of(gathered):
            for name in ("tools", "classifications"):
                answer[name] = _gathered(answer[name], name)
    return gathered


def _gathered(rows: list[Json], name: str) -> list[Json]:
    loose: list[Json] = []
    alone: list[Json] = []
    tracks: dict[tuple[str, str], Json] = {}
    for row in rows:
        key = "schemaId" if name == "classifications" and not row.get("objectId") else "objectId"
        if row.get("page") is None:
            loose.append(_no_entry(row))
        elif row.get(key):
            tracks.setdefault((row[key], key), {key: row[key], "frames": []})["frames"].append(row)
        else:
            alone.append({"objectId": None, "frames": [row]})
    return loose + alone + [tracks[track] for track in sorted(tracks)]


def _no_entry(row: Json) -> Json:
    """A row without page, which must not be taken for an entry."""
    looks_like_one = list(row) in (["objectId", "frames"], ["schemaId", "frames"]) and bool(row["frames"])
    return {**row, "page": None} if looks_like_one else row


def with_frames_only(record: Json, first: int, last: int) -> Json:
    """A whole video in the layout ``tracks`` without the rows of other frames."""
    part = copy.deepcopy(record)
    for answer in answers_of(part):
        for name in ("tools", "classifications"):
            entries = [entry for entry in answer[name] if _is_entry(entry)]
            for entry in entries:
                entry["frames"] = [row for row in entry["frames"] if first <= row["page"] <= last]
            emptied = [id(entry) for entry in entries if not entry["frames"]]
            answer[name] = [row for row in answer[name] if id(row) not in emptied]
    part["part"] = {"index": 0, "count": 1, "firstPage": first, "lastPage": last}
    return part


def _is_entry(row: Any) -> bool:
    return isinstance(row, dict) and len(row) == 2 and bool(row.get("frames"))
