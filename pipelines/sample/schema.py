"""The category schema of a project: its tools and questions, with their JSON made ready once.

Whatever is the same in every annotation of a class (titles, schema ids, answers) is encoded when the
module is loaded; an annotation is then joined from bytes. That is what makes the sample fast to write.

The answer shapes of ``rank`` (an ordered list) and ``boolean`` (true or false) are assumed: the page
of the format names these tools without an example. ``instance`` and ``pct`` are left out for want of one.
"""

import hashlib
from dataclasses import dataclass

import orjson

from framehaul.pipelines.sample.sample_shapes import Draw


@dataclass(frozen=True, slots=True)
class Question:
    """One classification of a schema.

    Attributes:
        bodies: for every possible answer the JSON between the ``objectId`` and the nested list.
        nested: questions that may be asked below this one.
    """

    bodies: tuple[bytes, ...]
    nested: tuple["Question", ...]


@dataclass(frozen=True, slots=True)
class ToolClass:
    """One class of objects that are drawn with one tool.

    Attributes:
        key: the key of the shape, such as ``bounding-box``.
        draw: draws the shape.
        extras: JSON that may follow the shape, such as text read by OCR; ``b""`` for none.
        schema: the JSON of ``schemaId``.
        title: the JSON of ``title`` and the closing brace.
        questions: nested classifications.
    """

    key: bytes
    draw: Draw
    extras: tuple[bytes, ...]
    schema: bytes
    title: bytes
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """One class of links: from one object to another, or a group.

    Attributes:
        schema: the JSON between the ``objectId`` and the ends of the link.
        closing: the JSON after them, with the closing brace.
    """

    grouped: bool
    schema: bytes
    closing: bytes


def schema_id(*path: str) -> str:
    """23 hex digits that depend on the names alone, so two seeds share one schema."""
    return hashlib.blake2b("/".join(path).encode(), digest_size=12).hexdigest()[:23]


def question(tool: str, title: str, answers: tuple[object, ...], *nested: Question) -> Question:
    """A question with all its possible answers; ``None`` is an answer that was cleared."""
    head = {"schemaId": schema_id(tool, title), "tool": tool, "title": title}
    bodies = (orjson.dumps({**head, "answer": answer})[1:-1] for answer in answers)
    return Question(tuple(b'",' + body + b',"classifications":[' for body in bodies), nested)


def tool(
    key: str, title: str, draw: Draw, *questions: Question, extras: tuple[dict[str, object], ...] = ({},)
) -> ToolClass:
    """A class of objects."""
    return ToolClass(
        key=b'{"%b":' % key.encode(),
        draw=draw,
        extras=tuple(b"," + orjson.dumps(extra)[1:-1] if extra else b"" for extra in extras),
        schema=b',"schemaId":"%b"' % schema_id(key, title).encode(),
        title=b',"title":%b}' % orjson.dumps(title),
        questions=questions,
    )


def relation(title: str, direction: str | None) -> Relation:
    """A link with a direction, or a group where ``direction`` is None."""
    ends = {"direction": direction, "title": title} if direction else {"title": title}
    schema = b'","schemaId":"%b",' % schema_id("relation", title).encode()
    return Relation(direction is None, schema, b"," + orjson.dumps(ends)[1:])
