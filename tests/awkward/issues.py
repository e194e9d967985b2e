"""Hypothesis strategy of tables of issues."""

from random import Random

from hypothesis import strategies as st

from awkward import values
from awkward.projects import COPIES, Tables, files_of, originals
from awkward.records import SEEDS, merged, with_copies
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

PERSON = or_null(one_of("ann@example.org", {"_id": {"$oid": "u1"}, "name": "Ann", "more": 1}, {}))
COMMENT = some_of(
    _id=one_id(("c1", "c2")), content=text("hm"), createdBy=PERSON, createdAt=or_null(time), updatedAt=time
)
ASSET = some_of(
    _id=one_id(("a1",)),
    externalId=text("cat.jpg"),
    batches=or_null(list_of(or_null(one_of(*values.BATCHES)), 3)),
    note=payload,
)
KEYS: Maker = some_of(
    asset=or_null(lambda random: random.choice([ASSET(random), "a7", {"$oid": "65f0"}])),
    projectId=one_id(values.PROJECTS),
    labelTask=one_id(values.TASK_IDS),
    stage=one_of(*values.STAGES),
    stageId=one_of(*values.STAGE_IDS),
    createdBy=PERSON,
    createdAt=or_null(time),
    status=or_null(one_of("Open", "Resolved", "Closed")),
    errorType=text("Geometry"),
    errorCode=one_of("E1", 7),
    errorCodes=or_null(list_of(payload, 2)),
    content=or_null(text("too loose")),
    contentMentions=or_null(list_of(text("ann"), 2)),
    comments=or_null(list_of(COMMENT, 6)),
    position=or_null(one_of("[1, 2]", [1, 2.5], [], [{"$numberInt": "3"}])),
    points=or_null(list_of(duration, 2)),
    page=or_null(one_of(0, 3, 3.0, {"$numberInt": "7"})),
    pageEnd=one_of(9),
    objectId=or_null(text("o1")),
    plane=one_of("A", "S"),
    dataIndex=one_of(0, "x"),
    pctDetails=or_null(some_of(k=payload)),
    resolvedBy=PERSON,
    resolvedAt=or_null(time),
    updatedBy=PERSON,
    updatedAt=or_null(time),
    unknown=payload,
)
BROKEN: tuple[Json, ...] = (
    *({"_id": nothing} for nothing in (None, "")),
    {"status": "Open"},
    *({"_id": wrong} for wrong in (5, [], {"$numberInt": "5"})),
    *({"_id": "x", key: 5} for key in ("status", "content", "asset", "comments", "errorCodes")),
    *({"_id": "x", key: "never"} for key in ("createdAt", "updatedAt", "resolvedAt")),
    {"_id": "x", "comments": [{"createdAt": "never"}]},
    *({"_id": "x", "page": page} for page in (-1, 1.5, "3", True)),
)


def issue(seed: int) -> Json:
    """One valid record."""
    return merged(lambda random: {"_id": one_id(("i1", "i10", "i\uff5e", "i\U0001f600"))(random)}, KEYS)(
        Random(seed)
    )


@st.composite
def issue_tables(draw: st.DrawFn, *, fewest: int = 0) -> Tables:
    """The table ``issues`` with copies and broken lines; ``fewest`` records are neither."""
    seeds = draw(originals(fewest))
    records = with_copies([issue(seed) for seed in seeds], some_of(updatedAt=time), draw(COPIES))
    random = Random(draw(SEEDS))
    records += random.sample(BROKEN, random.randint(0, 3))
    return {"issues": files_of("issues", records, [], draw(SEEDS))}
