"""Videos as the records of three tables: tasks, their stage history, and frames kept outside of both."""

from collections.abc import Iterable
from random import Random
from typing import Any, NamedTuple

from awkward import tracks, values
from awkward.broken_lines import BAD_FRAME_TOTALS, BAD_PAGES
from awkward.records import stage_history_entry, task
from awkward.values import Json

# Of videos alone, so that no other record has their ids by chance.
VIDEO_IDS = ("v1", "65f0aa11bb22cc33dd44ee77", "v\uff5e", "v\U0001f3a5")
HISTORY_IDS = ("vh1", "vh2", "vh10")
BAD_FRAME_TYPES: tuple[Any, ...] = ("30", True, 2.5, [], {})


class VideoProject(NamedTuple):
    tasks: list[Json]
    stage_history: list[Json]
    frames: list[Json]


def video_project(seed: int) -> VideoProject:
    """Up to three videos with everything of theirs, and what is set aside or belongs to nothing."""
    random = Random(seed)
    project = VideoProject([], [], [])
    for task_id in random.sample(VIDEO_IDS, random.randint(0, 3)):
        _add_video(project, task_id, random)
    if random.random() < 0.3:
        project.tasks.append(bad_video(random))
    if random.random() < 0.5:
        project.frames.append(frames_record(random, "never-read", None, 0, _lists(random, 5)))
    return project


def video_projects(seeds: Iterable[int]) -> VideoProject:
    """The projects of several seeds as one; tasks of two seeds never have one id."""
    whole = VideoProject([], [], [])
    for seed in seeds:
        for table, records in zip(whole, video_project(seed), strict=True):
            table.extend(_of_seed(record, seed) for record in records)
    return whole


def _of_seed(record: Json, seed: int) -> Json:
    names = record.keys() & {"taskId", "labelTask", "task"}
    return record | {name: _id_of_seed(record[name], seed) for name in names}


def _id_of_seed(written: Any, seed: int) -> Any:
    return {"$oid": f"{written['$oid']}-{seed}"} if isinstance(written, dict) else f"{written}-{seed}"


def video(random: Random, task_id: str, frames: int) -> Json:
    """One valid record of the tasks table."""
    total = random.choice([frames, frames, float(frames), {"$numberInt": str(frames)}])
    media = {"metadata": {"frameTotal": total, "frameRate": 29.97}}
    without = ("taskId", "_id", "dataset", "metadata", "answer")
    source = {key: value for key, value in task(random.randrange(2**16), False).items() if key not in without}
    return {"taskId": {"$oid": task_id} if random.random() < 0.3 else task_id, **source, **media} | {
        "answer": answer(random, frames)
    }


def answer(random: Random, frames: int) -> Json:
    """Rows of tools and classifications, mostly in no order, some of them twice."""
    lists = _lists(random, frames)
    for rows in lists.values():
        rows.extend(tracks.doubled(rows, random))
        if random.random() < 0.7:
            random.shuffle(rows)
    relations = [{"from": "o1", "to": "o2", "page": random.choice([0, 99]), "title": "part of"}]
    tools = {random.choice(["tools", "objects"]): lists["tools"]}
    return {
        **tools,
        "classifications": lists["classifications"],
        "relations": relations[: random.randint(0, 1)],
    }


def _lists(random: Random, frames: int) -> dict[str, list[Json]]:
    tools = tracks.rows_without_track(random, frames)
    for object_id in random.sample(tracks.OBJECT_IDS, random.randint(0, 5)):
        tools += tracks.tool_track(random, object_id, frames)
    classifications = tracks.rows_without_track(random, frames)
    for object_id in random.sample(tracks.ANSWER_IDS, random.randint(0, 2)):
        classifications += tracks.classification_track(random, {"objectId": object_id}, frames)
    for schema_id in random.sample(tracks.SCHEMA_IDS, random.randint(0, 1)):
        classifications += tracks.classification_track(random, {"schemaId": schema_id}, frames)
    return {"tools": tools, "classifications": classifications}


def _add_video(project: VideoProject, task_id: str, random: Random) -> None:
    frames = random.choice([1, 3, random.randint(2, 12), random.randint(4, 40), random.randint(4, 40)])
    source = video(random, task_id, frames)
    copies = [source | {"updatedAt": values.time(random)} for _ in range(random.choice([0, 0, 0, 1, 2]))]
    project.tasks.extend([source, *copies])
    instants = random.sample([moment.isoformat() for moment in values.INSTANTS], 3)
    ids = [random.choice([*HISTORY_IDS[:1], None]), *HISTORY_IDS[1:]]
    visits = list(zip(ids, instants, strict=True))[: random.randint(0, 3)]
    for history_id, instant in visits:
        entry = history(random, task_id, history_id, frames) | {"completedAt": instant}
        copies = [entry | {"stageId": random.choice(values.STAGE_IDS)}] if random.random() < 0.3 else []
        project.stage_history.extend([entry, *copies])
    for history_id in [None, None, *(history_id for history_id, _ in visits), "no such entry"]:
        if random.random() < 0.4:
            _add_frames(project, task_id, history_id, frames, random)


def history(random: Random, task_id: str, history_id: str | None, frames: int) -> Json:
    """One stage-history record, valid but for one bad page in some."""
    without = ("taskId", "labelTask", "task", "_id", "answer", "completedAt")
    source = stage_history_entry(random.randrange(2**16))
    record = {key: value for key, value in source.items() if key not in without}
    lists = answer(random, frames)
    if random.random() < 0.1:
        lists["classifications"].append({"objectId": "c1", "page": random.choice([*BAD_PAGES[:-2], frames])})
    own_id = {} if history_id is None else {"_id": history_id}
    return {random.choice(["taskId", "labelTask", "task"]): task_id, **own_id, **record, "answer": lists}


def _add_frames(
    project: VideoProject, task_id: str, history_id: str | None, frames: int, random: Random
) -> None:
    """The rows of an answer, page by page; some pages in two records, and rows of one page in both."""
    by_page: dict[int, dict[str, list[Json]]] = {}
    for name, rows in _lists(random, frames).items():
        for row in [*rows, *tracks.doubled(rows, random)]:
            page = random.randrange(frames) if row.get("page") is None else _plain(row["page"])
            by_page.setdefault(page, {"tools": [], "classifications": []})[name].append(_placed(row, random))
    for page, lists in by_page.items():
        project.frames.append(frames_record(random, task_id, history_id, page, lists))
    if random.random() < 0.1:
        project.frames.append(frames_record(random, task_id, None, frames, {}))


def _plain(page: Any) -> int:
    return int(page["$numberInt"] if isinstance(page, dict) else page)


def _placed(row: Json, random: Random) -> Json:
    """As it is, or without its own page, or with one that does not count."""
    without = {key: value for key, value in row.items() if key != "page"}
    return random.choice([row, without, row | {"page": None}, row | {"page": 0}])


def frames_record(
    random: Random, task_id: str, history_id: str | None, page: int, lists: dict[str, list[Json]]
) -> Json:
    """One record of the frames table in one of the ways to write it."""
    written_page = random.choice([page, page, float(page), {"$numberInt": str(page)}])
    name, tools = random.choice(["taskId", "labelTask", "task"]), random.choice(["tools", "objects"])
    record = {name: random.choice([task_id, {"$oid": task_id}]), "page": written_page}
    if history_id is not None:
        record["historyId"] = random.choice([history_id, {"$oid": history_id}])
    elif random.random() < 0.2:
        record["historyId"] = None
    if random.random() < 0.2:
        record["note"] = {"unknown": values.payload(random)}
    return record | {
        (tools if key == "tools" else key): rows for key, rows in lists.items() if rows or page % 2
    }


def bad_video(random: Random) -> Json:
    """A task that is set aside: nothing else belongs to it, and there is one copy of it."""
    source = video(random, "bad", 5)
    if random.random() < 0.5:
        tools = [{"objectId": "o1", "page": random.choice(BAD_PAGES)}]
        return source | {"answer": {random.choice(["tools", "classifications"]): tools}}
    total = random.choice([*BAD_FRAME_TOTALS, *BAD_FRAME_TYPES])
    return source | {"metadata": {"frameTotal": total}}
