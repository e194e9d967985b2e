"""Single annotations as JSON: a tool or a classification in pieces, which can be joined again and again."""

from typing import NamedTuple

import orjson

from framehaul.pipelines.sample.draws import Draws
from framehaul.pipelines.sample.journeys import Journey
from framehaul.pipelines.sample.projects import START
from framehaul.pipelines.sample.sample_shapes import Area
from framehaul.pipelines.sample.schema import Question, ToolClass


class SampleEntry(NamedTuple):
    """The JSON of one annotation in three pieces.

    Entries of stage history have no ``metadata`` in published samples, so a snapshot of an answer is
    the same pieces without the middle one.
    """

    before: bytes
    metadata: bytes
    after: bytes


class Signature(NamedTuple):
    """Signature of the annotations of an answer: who drew them, when and where, and who edited some of them later.

    Attributes:
        began_ms: when the labeller began, in epoch milliseconds.
        took_ms: how long it took.
        created: the JSON of who and where.
        updated: the JSON of who, when and where for the edited ones; ``b""`` if nobody has reviewed them.
    """

    began_ms: int
    took_ms: int
    created: bytes
    updated: bytes

    def metadata(self, draws: Draws) -> bytes:
        """The JSON of ``metadata``, with epoch milliseconds; one annotation in five was edited."""
        updated = self.updated if draws.chance(0.2) else b""
        created_ms = self.began_ms + draws.below(self.took_ms)
        return b',"metadata":{"createdAt":%d%b%b}' % (created_ms, self.created, updated)


def sign(journey: Journey) -> Signature:
    """The signature of a task's answer: drawn in its first stage of work, edited in its first review."""
    labelled = next((visit for visit in journey.visits if visit.stage is not START), None)
    reviewed = next((visit for visit in journey.visits if visit.review_status), None)
    person, stage = (labelled.person, labelled.stage) if labelled else (journey.person, journey.stage)
    created = b',"createdBy":"%b","createdIn":"%b"' % (person.encode(), stage.stage_id.encode())
    updated = b""
    if reviewed:
        updated = b',"updatedAt":%d,"updatedBy":"%b","updatedIn":"%b"' % (
            reviewed.completed_ms,
            reviewed.person.encode(),
            reviewed.stage.stage_id.encode(),
        )
    if labelled is None:
        return Signature(journey.entered_ms, 60_000, created, updated)
    return Signature(labelled.completed_ms - labelled.duration, labelled.duration, created, updated)


def classification(draws: Draws, question: Question, object_id: bytes) -> bytes:
    """The JSON of an answered question, without its closing brace; at times with answers to questions below it."""
    nested = nested_answers(draws, question.nested) if question.nested else b""
    return b'{"objectId":"%b%b%b]' % (object_id, draws.pick(question.bodies), nested)


def nested_answers(draws: Draws, questions: tuple[Question, ...]) -> bytes:
    """The members of a nested list: each question is answered six times out of ten."""
    answered = [
        classification(draws, question, draws.object_id()) + b"}"
        for question in questions
        if draws.chance(0.6)
    ]
    return b",".join(answered)


class Drawing(NamedTuple):
    """One object before it gets a shape: what stays the same when it moves."""

    tool: ToolClass
    object_id: bytes
    extra: bytes
    nested: bytes
    metadata: bytes

    def shape(self, draws: Draws, area: Area, points: int) -> bytes:
        """The JSON of the opening brace and a shape inside ``area``."""
        return self.tool.key + orjson.dumps(self.tool.draw(draws, area, points)) + self.extra + b","

    def entry(self, shape: bytes, place: bytes) -> SampleEntry:
        """The whole entry.

        Args:
            shape: from ``shape``; ``{`` alone makes an entry without one.
            place: the JSON of ``page`` and what follows it, or ``b""``.
        """
        before = b'%b"objectId":"%b","classifications":[%b]' % (shape, self.object_id, self.nested)
        return SampleEntry(before, self.metadata, self.tool.schema + place + self.tool.title)


def start_drawing(draws: Draws, tool: ToolClass, signature: Signature) -> Drawing:
    """A new object of a class."""
    return Drawing(
        tool=tool,
        object_id=draws.object_id(),
        extra=draws.pick(tool.extras),
        nested=nested_answers(draws, tool.questions) if tool.questions else b"",
        metadata=signature.metadata(draws),
    )
