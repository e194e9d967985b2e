"""Hypothesis strategy of projects for the legacy generation: assets with several tasks, videos among them."""

from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import strategies as st

from awkward import values
from awkward.lines import written
from awkward.projects import COPIES, TOGGLE, Tables, files_of, originals, selections
from awkward.records import SEEDS, TASK_CHANGES, dense, task, with_copies
from awkward.values import Json, Maker, duration, list_of, one_of, or_null, some_of, text, time
from awkward.videos import video_project

PERSON = or_null(one_of("Ann", [], ["Ann", "Bo"], "\u00c5sa \U0001f600"))
REVIEW = some_of(
    status=text("Accepted"),
    completedBy=PERSON,
    completedAt=or_null(time),
    duration=duration,
    isSkipped=or_null(one_of(True, False)),
    **{"duration(ms)": duration, "note": values.payload},
)
ISSUE = some_of(
    _id=one_of("i1", {"$oid": "65f0"}),
    status=text("Open"),
    createdBy=or_null(one_of("Ann", {}, {"_id": {"$oid": "u1"}, "name": "Ann", "more": 1})),
    updatedAt=or_null(time),
)
LEGACY_KEYS: Maker = some_of(
    assetId=one_of("a1", "a1", "a2", "t1", "", None),
    labeledAt=or_null(time),
    reviewedAt=or_null(time),
    status=or_null(text("Labeled", "To-Do")),
    labelDuration=duration,
    consensus=or_null(one_of("", 0, 87.5, {"$numberInt": "100"})),
    completedBy=PERSON,
    completedAt=or_null(time),
    isSkipped=or_null(one_of(True, False)),
    review=or_null(REVIEW),
    isBenchmark=or_null(one_of(True, False)),
    benchmark=or_null(one_of("", "0.9", 90)),
    issues=or_null(list_of(ISSUE, 2)),
    **{"labelDuration(ms)": duration, "duration(ms)": duration},
)
OBJECTS: tuple[Json, ...] = (
    {"objectId": "s/1", "segmentation": {"zones": []}, "title": "Road"},
    {"objectId": "s2", "segmentation": {"zones": []}, "masks": ["https://files.example/m"]},
    {"brush": {}, "masks": None},
    {"pdf": {"position": {}, "content": {"image": "data:", "text": "x"}}},
    {"pdf": {"content": {"text": "x"}}},
    {"pdf": "x", "classifications": [{"objectId": "c", "classifications": [{"objectId": "d"}, 5]}]},
    {"metadata": {"createdAt": 1_714_636_800_000, "updatedAt": 10**18, "createdBy": "Ann"}},
)
NO_HOST = (None, None, "https://api.example")

BROKEN: tuple[Json, ...] = (
    *({key: value} for key in ("labeledAt", "reviewedAt", "completedAt") for value in values.BAD_TIMES[:6]),
    *({"review": {"completedAt": "never"}}, {"issues": [{"updatedAt": "never"}]}),
    *(
        {key: value}
        for key in ("labelDuration", "labelDuration(ms)", "duration(ms)")
        for value in ("5", True, [])
    ),
    *({key: value} for key in ("isSkipped", "isBenchmark") for value in ("yes", 1, {})),
    *({"consensus": value} for value in ("high", [], True)),
    *({"completedBy": value} for value in (5, [5], {})),
    *(
        {"review": value}
        for value in ([], "Accepted", {"status": 5}, {"completedBy": [None]}, {"isSkipped": 0})
    ),
    *({"issues": value} for value in ({}, [5], [None], [{"status": 5}])),
    *({"status": 5}, {"benchmark": []}, {"labeledAt": True}),
)


def legacy_task(seed: int) -> Json:
    """One valid record of the tasks table; never a video."""
    made, random = task(seed, False), Random(f"{seed}/legacy")
    if random.random() < dense(seed):
        made |= LEGACY_KEYS(random)
    if random.random() < 0.5:
        made["answer"] = {"objects": random.sample(OBJECTS, 2)}
    return made


@st.composite
def legacy_projects(draw: st.DrawFn, *, fewest: int = 0) -> Tables:
    """Tables ``tasks`` and ``frames``, whose tasks share assets by chance; ``fewest`` of them are no copies."""
    seeds = draw(originals(fewest))
    tasks = with_copies([legacy_task(seed) for seed in seeds], TASK_CHANGES, draw(COPIES))
    seed = draw(SEEDS)
    random, videos = Random(seed), video_project(draw(SEEDS))
    for video in videos.tasks:
        video.update(LEGACY_KEYS(random))
    for made in (*tasks, *videos.tasks):
        if random.random() < 0.5:
            made["assetId"] = random.choice(["a1", "a2"])
    broken = [broken_task(random) for _ in range(random.randint(0, 2))]
    ids = [made.get("taskId") or made["_id"] for made in tasks[:2]]
    frames = videos.frames + [{"taskId": own_id, "page": 0, "tools": []} for own_id in ids]
    return {
        "tasks": files_of("tasks", tasks + videos.tasks + broken, draw(COPIES), seed),
        "frames": files_of("frames", frames, draw(COPIES), seed),
    }


def broken_task(random: Random) -> Json:
    return {"taskId": "broken", "stage": "Complete", **random.choice(BROKEN)}


def broken_lines() -> Sequence[bytes]:
    return [written({"taskId": "t", "stage": "Complete", **fault}) for fault in BROKEN]


@st.composite
def legacy_selections(draw: st.DrawFn) -> Json:
    """An ``export`` section with any of the toggles."""
    export: Json = draw(selections(with_videos=True))
    random = Random(draw(SEEDS))
    names = random.sample(TOGGLES, random.choice([0, 0, 1, 3, len(TOGGLES)]))
    toggles: dict[str, Any] = {name: TOGGLE(random) for name in names}
    fields = {**export.get("fields", {}), "legacy": {**toggles, "mask_host": random.choice(NO_HOST)}}
    fields.pop("idle_blur_durations", None)
    return {**export, "generation": "legacy", "fields": fields}


TOGGLES = (
    *("labeled_at", "reviewed_at", "status", "label_duration", "consensus", "batch_name"),
    *("completion_info", "duration", "skip_info", "review", "task_status", "update_info"),
    *("benchmark", "issues", "mask_urls", "segmentation_points", "box_image_content"),
)
