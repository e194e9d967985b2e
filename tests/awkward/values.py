"""Awkward values: small pools, so that ids, stages, batches and times meet by chance, and makers of values.

A maker takes a ``random.Random`` made from a seed that Hypothesis chose. With
one choice for every value Hypothesis gives nearly empty examples: it mutates
earlier ones, and where the choices then no longer fit it takes the simplest.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

Json = dict[str, Any]
Maker = Callable[[Random], Any]

# The last three sort differently by code point (as bytes do) and by UTF-16 unit.
TASK_IDS = (
    "65f0aa11bb22cc33dd44ee01",
    "t1",
    "t10",
    "T 2/\u00e4\u2028",
    "t\uff5e",
    "t\U0001f600",
    "t\U00010400",
)
NEVER_READ_IDS = ("never-read", "t1 ")
ASSET_IDS = ("a1", "a10", "A/2", "a\uff5e", "a\U0001f3a5", "t1")
PROJECTS = ("p1", "p-\u00fc")
STAGES = ("Complete", "Review", "Label", "Start", "\u0420\u0435\u0432\u044c\u044e \U0001f440")
STAGE_IDS = ("Complete", "Start", "9b0c6a1e-0000-4000-8000-000000000001")
BATCHES = ("Batch A", "b", "B\u00e4tch \U0001f4e6")
TASK_TYPES = ("default", "consensus", "benchmark")
TITLES = ("Car", "car", "", "Mot\u00f6rhead\n", "\U0001f697", "Car ")
HISTORY_IDS = ("h1", "h2", "h10", "65f0aa11bb22cc33dd44ee0f")

VIDEO_PAGES = (0, 1, 2)  # every video is at least this long, so that no page lies outside of one
FRAME_TOTALS = (3, 30, 507)

INSTANTS = tuple(
    datetime(2024, 5, 1, 8, tzinfo=UTC) + timedelta(microseconds=offset)
    for offset in (0, 1, 999, 1000, 86_400_000_000)
)
EDGE_TIMES = (
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "1969-12-31T23:59:59.9999Z",
    "2024-02-29",
    -1,
    0,
    -62_135_596_800_000,
    253_402_300_799_999,
)
BAD_TIMES = (
    "yesterday",
    "2024-13-01T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "2024-05-02T25:00:00Z",
    "2024-05-02T08:61:00Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-00:01",
    "12024-05-02T08:00:00Z",
    253_402_300_800_000,
    -62_135_596_800_001,
    10**18,
    1_714_636_800_000.5,
    {"$date": "tomorrow"},
    {"$date": {"$numberLong": "253402300800000"}},
)


def _time_writings(moment: datetime) -> Iterator[Any]:
    """One moment as databases, exports and scripts write it; epoch milliseconds only where they are exact."""
    plain = moment.replace(tzinfo=None)
    exact = plain.isoformat(timespec="microseconds")
    yield exact + "Z"
    yield exact
    yield exact + "789Z"
    yield exact.replace("T", " ") + "+00:00"
    yield moment.astimezone(timezone(timedelta(hours=2))).isoformat(timespec="microseconds")
    yield moment.astimezone(timezone(-timedelta(hours=9, minutes=30))).strftime("%Y-%m-%dT%H:%M:%S.%f%z")
    yield {"$date": exact + "Z"}
    if plain.microsecond % 1000 == 0:
        milliseconds = round(moment.timestamp() * 1000)
        yield plain.isoformat(timespec="milliseconds") + "Z"
        yield milliseconds
        yield float(milliseconds)
        yield {"$numberLong": str(milliseconds)}
        yield {"$date": milliseconds}
        yield {"$date": {"$numberLong": str(milliseconds)}}
    if plain.microsecond == 0:
        yield plain.isoformat() + "Z"
        yield plain.isoformat(timespec="minutes") + "Z"


TIMES: tuple[Any, ...] = tuple(writing for moment in INSTANTS for writing in _time_writings(moment))


PLAIN_LEAVES = (
    None,
    True,
    0,
    -1,
    2**64 - 1,
    -(2**63),
    0.1,
    1e300,
    5e-324,
    -0.0,
    "",
    '\x00\x1f\u2028"\\/',
    "5",
)
EXTENDED_LEAVES: tuple[Json, ...] = (
    {"$oid": "65f0"},
    {"$numberLong": "-5"},
    {"$numberDouble": "2.50"},
    {"$date": "2024-05-01T08:00:00Z"},
    {"$date": {"$numberLong": "1"}},
)
# What an export must leave alone in most places, although it looks like what it changes elsewhere.
TRAPS: tuple[Json, ...] = (
    {"segmentation": {"zones": [{"region": [], "holes": [[1, 2], [3, 4], [5, 6]]}]}},
    {"metadata": {"createdBy": "keep@example.org"}, "classifications": [{"metadata": {"keep": True}}]},
    {"holes": [[1, 2]], "updatedAt": "2024-05-01 08:00", "keyFrame": "no", "batches": [None]},
)
DURATIONS = (
    *(0, 18000, 2**63 - 1, 1.5, -0.0, 1e22, None),
    *({"$numberLong": "18000"}, {"$numberInt": "7"}, {"$numberDouble": "1.5"}, {"$numberDouble": "18000"}),
)


def one_of(*pool: Any) -> Maker:
    return lambda random: random.choice(pool)


def one_id(pool: Sequence[str]) -> Maker:
    """As it is, or as a database dump writes it."""
    return one_of(*pool, *({"$oid": name} for name in pool))


def or_null(maker: Maker) -> Maker:
    return lambda random: None if random.random() < 0.2 else maker(random)


def list_of(maker: Maker, longest: int) -> Maker:
    return lambda random: [maker(random) for _ in range(random.randint(0, longest))]


def some_of(**makers: Maker) -> Maker:
    """An object that has each of the keys in every second case."""
    return lambda random: {key: maker(random) for key, maker in makers.items() if random.random() < 0.5}


def text(*pool: str) -> Maker:
    """One of the pool, or letters of any plane but the surrogates, which UTF-8 cannot hold."""
    letters = [
        *range(0x00, 0x30),
        *range(0xE0, 0xF0),
        0x0301,
        0x2028,
        0xFEFF,
        0xFFFF,
        0x1F600,
        0x2A6DF,
        0x10FFFF,
    ]
    free = list_of(lambda random: chr(random.choice([*letters, random.randrange(0xE000, 0x110000)])), 5)
    return lambda random: random.choice(pool) if pool and random.random() < 0.7 else "".join(free(random))


time = one_of(*TIMES, *TIMES, *EDGE_TIMES)
duration = one_of(*DURATIONS)


def payload(random: Random) -> Any:
    """Any JSON that the export passes through, extended JSON inside included."""
    leaf = one_of(*PLAIN_LEAVES, *EXTENDED_LEAVES)
    keys = ("k", "\u00e9", "metadata", "page", "\U0001f511", "")
    makers = (
        leaf,
        one_of(*TRAPS),
        text(),
        Random.random,
        list_of(leaf, 2),
        some_of(**dict.fromkeys(keys, leaf)),
    )
    return random.choice(makers)(random)
