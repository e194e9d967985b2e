"""The four projects of the sample: stages, schema and people's choices. The same for every seed."""

import hashlib
import uuid
from dataclasses import dataclass

from framehaul.pipelines.sample import sample_shapes as shapes
from framehaul.pipelines.sample.names import PLATES, SENTENCES
from framehaul.pipelines.sample.schema import Question, Relation, ToolClass, question, relation, tool


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a workflow; ``stage_id`` is a uuid, or the name for stages made by the platform."""

    name: str
    stage_id: str


@dataclass(frozen=True, slots=True)
class Project:
    """Facts that the tasks of one project share.

    Attributes:
        project_id: 24 hex digits.
        tools: the tool classes for each kind of asset.
        questions: classifications of a whole asset.
        review: the stage that accepts or rejects.
        custom: one more stage, with a name of its own.
    """

    project_id: str
    tools: dict[str, tuple[ToolClass, ...]]
    questions: tuple[Question, ...]
    relations: tuple[Relation, ...]
    review: Stage
    custom: Stage


START, LABEL, COMPLETE = (Stage(name, name) for name in ("Start", "Label", "Complete"))


def custom_stage(project: str, name: str) -> Stage:
    """A stage that somebody added to the workflow: its id is a uuid, the same in every sample."""
    return Stage(name, str(uuid.uuid5(uuid.NAMESPACE_URL, f"{project}/{name}")))


def _project(
    name: str,
    custom: str,
    tools: dict[str, tuple[ToolClass, ...]],
    questions: tuple[Question, ...],
) -> Project:
    return Project(
        project_id=hashlib.blake2b(name.encode(), digest_size=12).hexdigest(),
        tools=tools,
        questions=questions,
        relations=(relation("part of", "straight"), relation("交互", "bidirectional"), relation("row", None)),
        review=custom_stage(name, "Review"),
        custom=custom_stage(name, custom),
    )


_NOTE = question("text", "Note 📝", SENTENCES)
_COLOUR = question("single-dropdown", "Colour", ("red", "bla\u030aue", "白色", None))
_OCCLUDED = question("radio", "Occluded", ("no", "partly", "mostly"))
_DAMAGE = question("checkbox", "Damage", (["dent"], ["scratch", "broken lamp"], []), _NOTE)
_SURE = question("boolean", "Sure?", (True, False))
_WEATHER = question("radio", "Weather", ("clear", "rain", "ضباب", "snow ❄"), _NOTE)
_PLACE = question(
    "tree-dropdown",
    "Place",
    (["Europe / Türkiye / İzmir"], ["亚洲 / 中国 / 上海", "亚洲 / 中国"], ["Africa / مصر / القاهرة"]),
)
_USERS = question("multi-dropdown", "Road users", (["cyclists"], ["cars", "trams", "行人"], ["cars"]))
_TOPIC = question("multi-dropdown", "Topic", (["billing"], ["delivery", "tone 🙁"]), _NOTE)
_RANKING = question("rank", "Ranking", (["A", "B", "C"], ["B", "A", "C"], ["C", "B", "A"]))

_CAR = tool("bounding-box", "Car / 汽车", shapes.box, _COLOUR, _DAMAGE)
_PLATE = tool("bounding-box", "Plate", shapes.box, extras=tuple({"ocr": {"text": plate}} for plate in PLATES))
_BAY = tool("rotated-bounding-box", "Parking bay", shapes.rotated_box)
_ROAD = tool("polygon", "Road", shapes.ring, _OCCLUDED)
_LANE = tool("polyline", "Lane marking", shapes.line)
_POLE = tool("point", "عمود", shapes.point)
_PERSON = tool("segmentation", "Person 🚶", shapes.zones, _OCCLUDED, _SURE)
_KERB = tool("spline", "Kerb", shapes.line)
_WHEEL = tool("circle", "Wheel", shapes.circle)
_STREET = (_CAR, _CAR, _CAR, _PLATE, _BAY, _ROAD, _ROAD, _LANE, _POLE, _PERSON, _KERB, _WHEEL)

_NAMED = (
    tool("ner", "Organisation", shapes.text_span, _SURE),
    tool("ner", "Ort / mi\u0301sto", shapes.text_span),
)
_SPOKEN = (tool("ner", "Speaker turn", shapes.audio_span, _NOTE),)
_MARKED = (tool("pdf", "Amount", shapes.pdf_mark, _SURE), tool("pdf", "Signature", shapes.pdf_mark))

_SLICED = (tool("polygon", "Lesion", shapes.ring, _NOTE), tool("bounding-box", "Implant", shapes.box))
_VOLUME = (
    tool("bounding-box", "Organ box", shapes.box_3d),
    tool("polyline", "Tape measure", shapes.box_3d),
    tool("angle", "Cobb angle", shapes.angle),
    tool("medical-brush", "Tumour", shapes.voxel_brush, _NOTE),
)
_JUDGED = (tool("message", "Turn", shapes.message, _RANKING, _NOTE),)

STREETS = _project(
    "streets",
    "Expert check",
    {
        "image": _STREET,
        "pages": (_CAR, _ROAD, _PERSON, _POLE),
        # in the order in which the objects of a video take them
        "video": (_CAR, _ROAD, _PERSON, _POLE, _BAY, _LANE, _WHEEL),
    },
    (_WEATHER, _PLACE, _USERS, _DAMAGE),
)
DOCUMENTS = _project(
    "documents",
    "校对",
    {"pdf": _MARKED, "text": _NAMED, "markdown": _NAMED, "audio": _SPOKEN},
    (_TOPIC, _NOTE, _SURE),
)
SCANS = _project("scans", "Sign-off 🩺", {"slices": _SLICED, "volume": _VOLUME}, (_NOTE, _SURE))
CHATS = _project("chats", "Safety re\u0301vision", {"chat": _JUDGED}, (_RANKING, _TOPIC, _NOTE))

PROJECTS = (STREETS, DOCUMENTS, SCANS, CHATS)
