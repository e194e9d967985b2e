"""Answers of ordinary tasks, and the earlier states of them that stage history keeps."""

from dataclasses import dataclass, field

import orjson

from framehaul.pipelines.sample.assets import Asset
from framehaul.pipelines.sample.draws import Draws
from framehaul.pipelines.sample.projects import Project
from framehaul.pipelines.sample.sample_annotations import (
    SampleEntry,
    Signature,
    classification,
    start_drawing,
)
from framehaul.pipelines.sample.sample_shapes import Area

# most assets have a handful of objects, a few are crowded
_TOOL_COUNTS = (1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 12)
_POINT_COUNTS = (4, 5, 6, 6, 8, 9, 10, 12, 14, 20)


@dataclass(slots=True)
class SampleAnswer:
    """The answer of a task, encoded.

    Attributes:
        moved: the first tool as it was before somebody moved it.
        missing: how many of the last tools the first visit left undrawn.
    """

    tools: list[SampleEntry] = field(default_factory=list)
    classifications: list[SampleEntry] = field(default_factory=list)
    relations: list[bytes] = field(default_factory=list)
    moved: SampleEntry | None = None
    missing: int = 0

    def final(self) -> orjson.Fragment:
        """The answer as it is now, with annotation metadata."""
        return encode_answer(
            [b"".join(entry) for entry in self.tools],
            [b"".join(entry) for entry in self.classifications],
            self.relations,
        )

    def snapshot(self, visit: int) -> orjson.Fragment:
        """The answer as it left an earlier stage, without annotation metadata.

        Args:
            visit: how many stages had worked on it before, from 0. Every one adds a missing tool, the
                second has moved the first tool to its place.
        """
        undrawn = max(self.missing - visit, 0)
        kept = self.tools[: max(len(self.tools) - undrawn, 0)]
        if visit == 0 and self.moved and kept:
            kept[0] = self.moved
        return encode_answer(
            [entry.before + entry.after for entry in kept],
            [entry.before + entry.after for entry in self.classifications],
            [] if undrawn else self.relations,
        )


def encode_answer(
    tools: list[bytes], classifications: list[bytes], relations: list[bytes]
) -> orjson.Fragment:
    """``{"tools": […], "classifications": […], "relations": […]}`` from encoded members."""
    return orjson.Fragment(
        b'{"tools":[%b],"classifications":[%b],"relations":[%b]}'
        % (b",".join(tools), b",".join(classifications), b",".join(relations))
    )


def draw_answer(draws: Draws, asset: Asset, signature: Signature) -> SampleAnswer:
    """The answer of an image, document, recording, scan or chat."""
    answer = SampleAnswer(missing=draws.pick((0, 0, 0, 1, 1, 2)))
    object_ids = [_draw_tool(draws, asset, signature, answer) for _ in range(draws.pick(_TOOL_COUNTS))]
    for question in asset.project.questions:
        if draws.chance(0.45):
            body = classification(draws, question, draws.object_id())
            answer.classifications.append(SampleEntry(body, signature.metadata(draws), b"}"))
    answer.relations = draw_relations(draws, asset.project, object_ids)
    return answer


def draw_relations(draws: Draws, project: Project, object_ids: list[bytes]) -> list[bytes]:
    """A link or a group for one task in four; its ends are objects of the same answer."""
    if len(object_ids) < 2 or draws.chance(0.75):
        return []
    kind, relation_id = draws.pick(project.relations), draws.object_id()
    ends = b'"group":["%b"]' % b'","'.join(object_ids[:4])
    if not kind.grouped:
        ends = b'"from":"%b","to":"%b"' % (object_ids[0], object_ids[1])
    return [b'{"objectId":"%b%b%b%b' % (relation_id, kind.schema, ends, kind.closing)]


def _draw_tool(draws: Draws, asset: Asset, signature: Signature, answer: SampleAnswer) -> bytes:
    drawing = start_drawing(draws, draws.pick(asset.project.tools[asset.kind]), signature)
    place = b',"page":%d' % draws.below(asset.pages) if asset.pages else b""
    area, points = _area(draws, asset), draws.pick(_POINT_COUNTS)
    answer.tools.append(drawing.entry(drawing.shape(draws, area, points), place))
    if answer.moved is None:
        earlier = area._replace(x=area.x / 2)
        answer.moved = drawing.entry(drawing.shape(draws, earlier, points), place)
    return drawing.object_id


def _area(draws: Draws, asset: Asset) -> Area:
    width = asset.width * (0.02 + 0.3 * draws.random())
    height = asset.height * (0.02 + 0.3 * draws.random())
    return Area(
        (asset.width - width) * draws.random(), (asset.height - height) * draws.random(), width, height
    )
