"""Answers of video tasks: every key frame of every tracked object as one row.

Layout: transforms/README.md, "Video rows". Rows of one object share its ``objectId``; a stop row
switches it off from its ``page`` on, a later row switches it on again. Some stop rows have no shape.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from framehaul.pipelines.sample.answers import draw_relations, encode_answer
from framehaul.pipelines.sample.assets import Asset
from framehaul.pipelines.sample.draws import Draws
from framehaul.pipelines.sample.sample_annotations import (
    Drawing,
    SampleEntry,
    Signature,
    classification,
    start_drawing,
)
from framehaul.pipelines.sample.sample_shapes import Area
from framehaul.pipelines.sample.schema import Question

_POINT_COUNTS = (4, 6, 9, 12, 16)


class SampleRow(NamedTuple):
    """An annotation at one frame; ``page`` is -1 for what holds in the whole video."""

    page: int
    entry: SampleEntry


@dataclass(frozen=True, slots=True)
class VideoAnswer:
    """The answer of a video task, encoded row by row."""

    frames: int
    tools: list[SampleRow]
    classifications: list[SampleRow]
    relations: list[bytes]

    def final(self) -> orjson.Fragment:
        """All rows, with annotation metadata."""
        return encode_answer(
            [b"".join(row.entry) for row in self.tools],
            [b"".join(row.entry) for row in self.classifications],
            self.relations,
        )

    def snapshot(self, visit: int) -> orjson.Fragment:
        """The answer as it left an earlier stage; the first visit had come to the middle of the video."""
        end = self.frames if visit else (self.frames + 1) // 2
        return encode_answer(_unsigned_rows(self.tools, end), _unsigned_rows(self.classifications, end), [])


def draw_video_answer(
    draws: Draws, asset: Asset, signature: Signature, frames: int, objects: int
) -> VideoAnswer:
    """Tracks of ``objects`` objects and of the answers that change during the video."""
    tools = asset.project.tools["video"]
    drawings = [start_drawing(draws, tools[number % len(tools)], signature) for number in range(objects)]
    rows = [row for drawing in drawings for row in _track(draws, asset, drawing, frames)]
    whole, *changing = asset.project.questions
    body = classification(draws, whole, draws.object_id())
    classifications = [SampleRow(-1, SampleEntry(body, signature.metadata(draws), b"}"))]
    for question in changing:
        classifications.extend(_answers(draws, question, signature, frames))
    relations = draw_relations(draws, asset.project, [drawing.object_id for drawing in drawings])
    return VideoAnswer(frames, rows, classifications, relations)


def _track(draws: Draws, asset: Asset, drawing: Drawing, frames: int) -> Iterator[SampleRow]:
    """Key frames of one object, 13 frames apart on average, with stops and restarts."""
    first, last, points = _area(draws, asset), _area(draws, asset), draws.pick(_POINT_COUNTS)
    page = draws.below(1 + frames // 4)
    while page < frames:
        shape = drawing.shape(draws, _area_between(first, last, page / frames), points)
        yield SampleRow(page, drawing.entry(shape, _place(page, stopped=False)))
        page += 3 + draws.below(21)
        if page < frames and draws.chance(0.08):
            yield SampleRow(
                page, drawing.entry(b"{" if draws.chance(0.2) else shape, _place(page, stopped=True))
            )
            page += 1 + draws.below(60)
        if draws.chance(0.1):  # drawn anew with other points, so nothing can be computed in between
            points = draws.pick(_POINT_COUNTS)


def _answers(draws: Draws, question: Question, signature: Signature, frames: int) -> Iterator[SampleRow]:
    """A frame-specific classification: every answer holds until the next one or a stop."""
    object_id, metadata = draws.object_id(), signature.metadata(draws)
    page = draws.below(1 + frames // 4)
    while page < frames:
        body = classification(draws, question, object_id)
        yield SampleRow(page, SampleEntry(body, metadata, _place(page, stopped=False) + b"}"))
        page += 10 + draws.below(80)
        if page < frames and draws.chance(0.3):
            yield SampleRow(page, SampleEntry(body, metadata, _place(page, stopped=True) + b"}"))
            page += 1 + draws.below(40)


def _place(page: int, *, stopped: bool) -> bytes:
    return b',"page":%d,"interpolationStopped":%b' % (page, b"true" if stopped else b"false")


def _unsigned_rows(rows: list[SampleRow], end: int) -> list[bytes]:
    return [entry.before + entry.after for page, entry in rows if page < end]


def _area(draws: Draws, asset: Asset) -> Area:
    width, height = asset.width * 0.2 * (0.3 + draws.random()), asset.height * 0.2 * (0.3 + draws.random())
    return Area(
        (asset.width - width) * draws.random(), (asset.height - height) * draws.random(), width, height
    )


def _area_between(first: Area, last: Area, part: float) -> Area:
    return Area(*(start + (end - start) * part for start, end in zip(first, last, strict=True)))
