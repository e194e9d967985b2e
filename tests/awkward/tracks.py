"""Rows of videos: tracks with key frames, stops, restarts and computed rows, and rows that belong to no track.

Rows of one track on one page, and rows without a track, are told apart by
their bytes. So nothing in a row is written in two ways by two JSON writers.
"""

from collections.abc import Sequence
from random import Random
from typing import Any

from awkward import values
from awkward.shapes import shapes_of_a_track
from awkward.values import Json, Maker, list_of, one_id, one_of, or_null, some_of

# Disjoint, since a classification without objectId is tracked by its schemaId; sorted differently by UTF-16.
OBJECT_IDS = ("o1", "o10", "o2", "\u00f6/1", "o\uff5e", "o\U0001f697")
ANSWER_IDS = ("c1", "c2", "c\uff5e", "c\U0001f600")
SCHEMA_IDS = ("s1", "s2", "s\U0001f3a5")
TITLES = ("Car", "car", "", "Mot\u00f6rhead\n", "\U0001f697")
ANSWERS = ("First", "Zweit\u00e9", ["a", "b"], ["A / B"], None, True, 5, "", "\U0001f600")
KEY_FLAGS: tuple[Json, ...] = ({}, {}, {"keyFrame": True}, {"keyFrame": None, "interpolated": False})
COMPUTED_FLAGS: tuple[Json, ...] = (
    {"keyFrame": False},
    {"interpolated": True},
    {"keyFrame": True, "interpolated": True},
    {"keyFrame": False, "interpolated": None},
)
EXTRAS = (*values.TRAPS, {"page": 7, "interpolationStopped": True}, [{"keyFrame": False}], '"page":3', 1.5)


def _nested(random: Random) -> Any:
    row = {"objectId": "n1", "tool": "text", "answer": random.choice(ANSWERS), "classifications": []}
    return row | some_of(page=one_of(0, 3, 99), interpolationStopped=one_of(True, False), metadata=_metadata)(
        random
    )


def _metadata(random: Random) -> Any:
    return or_null(one_of({"createdAt": 5, "createdBy": "lab@example.org", "page": 1}, {}))(random)


_REST: Maker = some_of(classifications=list_of(_nested, 2), metadata=_metadata, extra=one_of(*EXTRAS))


def tool_track(random: Random, object_id: str, frames: int) -> list[Json]:
    """Rows of one object, in the order of their pages."""
    shape = shapes_of_a_track(random)
    title = some_of(title=or_null(one_of(*TITLES)))(random)
    own = {"objectId": one_id([object_id])(random), "schemaId": random.choice(SCHEMA_IDS), **title}
    return [
        _placed({**shape(random), **own, **_REST(random)}, page, flags, random)
        for page, flags in _journey(random, frames)
    ]


def classification_track(random: Random, ids: Json, frames: int) -> list[Json]:
    """Answers to one question, in the order of their pages."""
    own = {**ids, "tool": "radio", "title": random.choice(TITLES)}
    return [
        _placed({**own, "answer": random.choice(ANSWERS), **_REST(random)}, page, flags, random)
        for page, flags in _journey(random, frames)
    ]


def _journey(random: Random, frames: int) -> list[tuple[int, Json]]:
    """Pages and flags: stops are mostly followed by a restart, computed rows stand anywhere."""
    pages = sorted(random.sample(range(frames), min(frames, random.randint(1, 6))))
    return [(page, _flags(random)) for page in pages]


def _flags(random: Random) -> Json:
    chance = random.random()
    if chance < 0.2:
        return random.choice(COMPUTED_FLAGS) | random.choice([{}, {"interpolationStopped": False}])
    stopped: list[Json] = [{}, {"interpolationStopped": False}, {"interpolationStopped": None}]
    if chance < 0.4:
        stopped = [{"interpolationStopped": True}]
    return random.choice(KEY_FLAGS) | random.choice(stopped)


def _placed(row: Json, page: int, flags: Json, random: Random) -> Json:
    """The row with its page and flags at the end or at any place among its keys, as several writers put it."""
    page_written = random.choice([page, page, page, float(page), {"$numberInt": str(page)}])
    keys = list((row | {"page": page_written} | flags).items())
    if random.random() < 0.5:
        random.shuffle(keys)
    return dict(keys)


def rows_without_track(random: Random, frames: int) -> list[Json]:
    """Up to two rows that have a page and no id, up to two that have no page."""
    untracked = [
        _placed({"title": title, **_REST(random)}, random.randrange(frames), _flags(random), random)
        for title in random.sample(TITLES, random.randint(0, 2))
    ]
    without_page = [
        {
            "objectId": "whole",
            "title": random.choice(TITLES),
            **page,
            **random.choice(KEY_FLAGS),
            **_REST(random),
        }
        for page in random.choices([{}, {"page": None}], k=random.randint(0, 2))
    ]
    return untracked + without_page


def doubled(rows: Sequence[Json], random: Random) -> list[Json]:
    """Other rows of the tracks and pages of some of these."""
    chosen = [row for row in rows if random.random() < 0.15]
    return [row | {"extra": random.choice(EXTRAS), "title": random.choice(TITLES)} for row in chosen]
