"""Hypothesis strategies of whole projects and of selections that hit parts of them.

What a project holds is awkward on purpose: duplicates, orphans, aliases,
extended JSON, times in every writing, broken lines, odd files. Nothing in it is
left undecided by transforms/README.md: no line has two faults, and no value is one that
it does not rule on.
"""

import json
from random import Random
from typing import Any

from hypothesis import strategies as st

from awkward import values
from awkward.broken_lines import REASONS_OF, broken_lines
from awkward.lines import BLANK_LINES, BYTE_ORDER_MARK, WRITINGS, Writing, split_into_files, written
from awkward.records import (
    HISTORY_CHANGES,
    SEEDS,
    TASK_CHANGES,
    dense,
    stage_history_entry,
    task,
    with_copies,
)
from awkward.values import Json, Maker, list_of, one_of, some_of
from awkward.videos import VIDEO_IDS, VideoProject, video_project

Tables = dict[str, dict[str, bytes]]

ORIGINALS = st.lists(SEEDS, max_size=8)
COPIES = OTHER_LINES = st.lists(SEEDS, max_size=4)


@st.composite
def projects(draw: st.DrawFn, *, with_videos: bool = False) -> Tables:
    """Tables of 0 to 12 tasks that are no videos: table name to file name to plain NDJSON.

    Args:
        with_videos: together with up to three videos, and the frames table.
    """
    tasks = with_copies([task(seed, False) for seed in draw(ORIGINALS)], TASK_CHANGES, draw(COPIES))
    entries = [_entry_of(tasks, seed) for seed in draw(ORIGINALS)]
    history = with_copies(entries, HISTORY_CHANGES, draw(COPIES))
    videos = video_project(draw(SEEDS)) if with_videos else VideoProject([], [], [])
    records = {"tasks": tasks + videos.tasks, "stage_history": history + videos.stage_history}
    if with_videos:
        of_no_video = [{"taskId": _id_of(owner), "page": 0, "tools": []} for owner in tasks[:1]]
        records["frames"] = videos.frames + of_no_video
    return {table: files_of(table, found, draw(OTHER_LINES), draw(SEEDS)) for table, found in records.items()}


def _id_of(record: Json) -> Any:
    return record.get("taskId") or record["_id"]


def _entry_of(tasks: list[Json], seed: int) -> Json:
    """Mostly of one of the tasks: an entry of any id is an orphan as a rule."""
    entry, random = stage_history_entry(seed), Random(seed)
    if not tasks or random.random() < 0.3:
        return entry
    return entry | {"taskId": _id_of(random.choice(tasks))}


def files_of(table: str, records: list[Json], other_seeds: list[int], seed: int) -> dict[str, bytes]:
    """The files of a table; seed 0 is one file with the records first, each written in the plainest way."""
    random = Random(seed)
    lines = [
        written(record, random.choice(_writings_of(record)) if seed else WRITINGS[0]) for record in records
    ]
    lines += [_other_line(table, Random(other)) for other in other_seeds]
    if not seed:
        return split_into_files(table, lines)
    random.shuffle(lines)
    cuts = list_of(lambda random: random.randint(0, len(lines)), 3)(random)
    files = split_into_files(table, lines, cuts, last_line_end=random.random() < 0.5)
    return {name: random.choice([b"", b"", BYTE_ORDER_MARK]) + content for name, content in files.items()}


def _writings_of(record: Json) -> list[Writing]:
    """Rows of videos are compared by their bytes, so escapes in them would change what is expected."""
    has_pages = "page" in record or '"page"' in json.dumps(record.get("answer"))
    return [writing for writing in WRITINGS if not (has_pages and writing.ascii_only)]


def _other_line(table: str, random: Random) -> bytes:
    if random.random() < 0.2:
        return random.choice(BLANK_LINES)
    return random.choice(broken_lines(table, random.choice(REASONS_OF[table])))


@st.composite
def selections(draw: st.DrawFn, *, with_videos: bool = False) -> Json:
    """An ``export`` section: few filters at once, so that something is left, and any toggles."""
    seed = draw(SEEDS)
    random = Random(seed)
    export = {"stages": "*", "task_types": "*"} if random.random() < 0.6 else {}
    for _ in range(random.choice([0, 0, 1, 1, 2])):
        name = random.choice(list(FILTERS))
        export[name] = FILTERS[name](random)
    sections = {"fields": FIELDS(random)} | ({"video": VIDEO(random)} if with_videos else {})
    chosen = {
        name: section for name, section in sections.items() if section and random.random() < dense(seed)
    }
    return {**export, **chosen}


def _some(*pool: str) -> Maker:
    return lambda random: random.sample(pool, random.randint(1, 3))


TOGGLE = one_of(True, False)
MOMENTS = [f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}" for moment in values.INSTANTS]
LIMIT = one_of("2024-05-01T10:00:00.000+02:00", *MOMENTS, None)
BOUNDS: Maker = some_of(after=LIMIT, before=LIMIT)
FIELDS: Maker = some_of(
    annotation_metadata=TOGGLE, stage_history=one_of(True, True, False), idle_blur_durations=TOGGLE
)
VIDEO: Maker = some_of(only_key_frames=TOGGLE, key_frame_flag=TOGGLE)
FILTERS: dict[str, Maker] = {
    "updated_at": BOUNDS,
    "created_at": BOUNDS,
    "project": one_of(*values.PROJECTS),
    "stages": _some("*", "no such stage", *values.STAGES, values.STAGE_IDS[-1]),
    "batches": _some("no such batch", *values.BATCHES),
    "tasks": _some("no such task", *values.TASK_IDS, *VIDEO_IDS),
    "task_types": _some("*", *values.TASK_TYPES),
}
