"""Valid records of the two tables, made from seeds, as the Python objects that a line is written from."""

from random import Random
from typing import Any

from hypothesis import strategies as st

from awkward import values
from awkward.values import (
    Json,
    Maker,
    duration,
    list_of,
    one_id,
    one_of,
    or_null,
    payload,
    some_of,
    text,
    time,
)

FLAT_HOLES = [[1, 1], [2.5, 1], [2, {"$numberDouble": "2.5"}]]
HOLES: tuple[Any, ...] = ([], None, [[[1, 1], [2, 1], [2, 2]]], [[]], FLAT_HOLES, FLAT_HOLES)
BOX = {"bounding-box": {"x": 10.5, "y": 20, "height": {"$numberInt": "40"}, "width": 30}}
SHAPES: tuple[Json, ...] = (
    *({}, BOX, {"point": [1, 2.25]}, {"polygon": [[0, 0], [4, 0], [4, 3]]}, {"medical-brush": True}),
    {"ner": {"start": 0, "end": 2, "selection": "\U0001f600\u0301"}},
    {**BOX, "ocr": {"text": "metadata", "metadata": {"keep": 1}}},
)
# Of video rows: key frames, rows that the editor computed, and stops.
FLAGS: tuple[Json, ...] = (
    {},
    {"keyFrame": True, "interpolationStopped": False},
    {"keyFrame": None, "interpolated": False, "interpolationStopped": True},
    {"keyFrame": False},
    {"interpolated": True},
    {"keyFrame": True, "interpolated": True},
    {"keyFrame": False, "interpolated": None},
)


def merged(*makers: Maker) -> Maker:
    return lambda random: {key: value for maker in makers for key, value in maker(random).items()}


def named(maker: Maker, own: str, *aliases: str) -> Maker:
    """The value under its own name or an alias; the own name wins where both have one."""

    def make(random: Random) -> Json:
        record = {name: maker(random) for name in (own, *aliases) if random.random() < 0.5}
        if aliases and random.random() < 0.2:
            return {own: None, aliases[0]: maker(random)}
        return record or {random.choice((own, *aliases)): maker(random)}

    return make


def _segmentation(random: Random) -> Json:
    zone = merged(one_of({"region": [[0, 0], [4, 0], [4, 3]]}), some_of(holes=one_of(*HOLES)))
    return {"segmentation": {"zones": list_of(zone, 2)(random)}}


def _annotation_metadata(random: Random) -> Any:
    made = {"createdAt": time(random), "createdBy": "lab@example.org", "createdIn": "Label"}
    return or_null(one_of(made, {}, *values.TRAPS))(random)


def _classification(random: Random, nested: bool = True) -> Any:
    return some_of(
        objectId=one_of("c1", "c2"),
        tool=one_of("radio", "text"),
        answer=payload,
        classifications=or_null(list_of(_leaf_classification, 2) if nested else one_of([])),
        metadata=_annotation_metadata,
        page=one_of(*values.VIDEO_PAGES),
    )(random)


def _leaf_classification(random: Random) -> Any:
    return _classification(random, nested=False)


def _tool(random: Random) -> Any:
    shape = random.choice([one_of(*SHAPES), _segmentation, lambda within: {"group": [_segmentation(within)]}])
    keys = some_of(
        objectId=one_of("o1", "o2"),
        title=or_null(text(*values.TITLES)),
        classifications=list_of(_classification, 2),
        metadata=_annotation_metadata,
        page=one_of(*values.VIDEO_PAGES),
        extra=payload,
    )
    return merged(shape, one_of(*FLAGS), keys)(random)


def _relation(random: Random) -> Any:
    return {"from": "o1", "to": "o2"} | some_of(metadata=_annotation_metadata, title=text("part of"))(random)


def _answer(row: Maker) -> Maker:
    others = some_of(
        classifications=or_null(list_of(_classification, 2)),
        relations=or_null(list_of(_relation, 2)),
        unknown=payload,
    )
    return or_null(merged(named(list_of(row, 3), "tools", "objects"), others))


def _media(with_videos: bool) -> Maker:
    url = text("https://files.example/p1.png", "p2.png")
    size = some_of(width=duration, height=one_of(480), metadata=payload)
    totals = one_of(*values.FRAME_TOTALS, {"$numberInt": "30"})
    frames = merged(lambda random: {"frameTotal": totals(random)}, some_of(frameRate=one_of(30, 29.97)))
    image = some_of(metadata=or_null(size), dataset=one_of(None))
    pages = merged(
        lambda random: {"dataset": [url(random), *list_of(url, 2)(random)]}, some_of(metadata=or_null(frames))
    )
    video = merged(lambda random: {"metadata": frames(random)}, some_of(dataset=one_of(None)))
    return lambda random: random.choice([image, pages, *([video] if with_videos else [])])(random)


UNKNOWN_KEYS = some_of(__v=payload, organization=payload, **{"\u00fcberfl\u00fcssig": payload})
JUNK_ROWS: tuple[Any, ...] = (5, None, "row", {"title": 5, "keyFrame": "yes"})
BRUSHES = {
    "brushDataUrl": or_null(text("", "https://files.example/t1-1714636800000.png")),
    "medicalBrushDataUrl": or_null(text("x.seg.nrrd")),
}
TASK_KEYS: dict[str, Maker] = {
    "assetId": or_null(one_id(values.ASSET_IDS)),
    "asset": or_null(text("https://files.example/a/cat.jpg?x=1&y=%20", "# inline *markdown*\n")),
    "externalId": or_null(text("cat.jpg", "../cat.jpg", "\U0001f408.jpg")),
    "contextData": or_null(some_of(k=payload, width=payload)),
    "attachments": or_null(list_of(payload, 2)),
    "batches": or_null(list_of(or_null(one_of(*values.BATCHES)), 3)),
    "createdAt": or_null(time),
    "type": or_null(one_of("default", "default", *values.TASK_TYPES)),
    "stageId": or_null(one_of(*values.STAGE_IDS)),
    "updatedAt": or_null(time),
    "updatedBy": or_null(text("rev@example.org")),
    **dict.fromkeys(("totalDuration", "duration", "totalIdleDuration", "totalBlurDuration"), duration),
    "consensusAverage": duration,
    "consensusDetailed": or_null(list_of(payload, 1)),
    "answer": _answer(_tool),
    **BRUSHES,
}
HISTORY_KEYS: dict[str, Maker] = {
    "_id": or_null(one_id(values.HISTORY_IDS)),
    "stageId": or_null(one_of(*values.STAGE_IDS)),
    **dict.fromkeys(("duration", "idleDuration", "blurDuration"), duration),
    "reviewStatus": or_null(one_of("Accepted", "Rejected", "Todo", "Fixed", "")),
    "taskHistory": or_null(one_of("th", {"_id": "th"}, {"_id": {"$oid": "th"}}, {"$oid": "th"})),
    # nobody looks at the rows of history answers, so they may be anything
    "answer": _answer(lambda random: random.choice([_tool, _tool, one_of(*JUNK_ROWS)])(random)),
    **BRUSHES,
}
# What a second record of a task or an entry changes; often nothing that is rendered.
TASK_CHANGES: Maker = merged(
    some_of(projectId=one_of(*values.PROJECTS), createdAt=time),
    lambda random: random.choice([{}, {"updatedAt": time(random)}, {"stage": "Review"}, {"assetId": "a1"}]),
)
HISTORY_CHANGES: Maker = some_of(completedAt=time, stageId=one_of(*values.STAGE_IDS), submittedBy=text("b"))

SEEDS = st.integers(0, 2**16 - 1)


def dense(seed: int) -> float:
    """From 0 to 1: what is made from a smaller seed, which Hypothesis shrinks towards, is likely to be simpler."""
    return seed.bit_length() / 16


def _record(seed: int, required: dict[str, Maker], optional: dict[str, Maker]) -> Json:
    """From makers of one or more keys each; every part comes from the seed and its own name alone."""
    record: Json = {}
    for name, maker in {**required, **optional}.items():
        random = Random(f"{seed}/{name}")
        if name in required or random.random() < 0.9 * dense(seed):
            record |= maker(random)
    return record


def _keys(makers: dict[str, Maker]) -> dict[str, Maker]:
    return {name: named(maker, name) for name, maker in makers.items()}


def task(seed: int, with_videos: bool) -> Json:
    """One valid record of the tasks table."""
    required = {
        "taskId": named(one_id(values.TASK_IDS), "taskId", "_id"),
        "stage": named(one_of("Complete", "Complete", *values.STAGES), "stage"),
    }
    project = named(one_id(values.PROJECTS), "projectId", "project")
    grouped = {"project": project, "media": _media(with_videos), "unknown": UNKNOWN_KEYS}
    return _record(seed, required, {**grouped, **_keys(TASK_KEYS)})


def stage_history_entry(seed: int) -> Json:
    """One valid record of the stage-history table."""
    task_ids = one_id(values.TASK_IDS + values.NEVER_READ_IDS)
    required = {
        "taskId": named(task_ids, "taskId", "labelTask", "task"),
        "stage": named(one_of(*values.STAGES), "stage", "stageName"),
        "completedAt": named(time, "completedAt"),
    }
    completed_by = named(text("lab@example.org", ""), "completedBy", "submittedBy")
    grouped = {"completedBy": completed_by, "unknown": UNKNOWN_KEYS}
    return _record(seed, required, {**grouped, **_keys(HISTORY_KEYS)})


def with_copies(records: list[Json], changes: Maker, seeds: list[int]) -> list[Json]:
    """The records, and for every seed a changed copy of one of them."""
    copies = [Random(seed).choice(records) | changes(Random(seed)) for seed in seeds if records]
    return records + copies
