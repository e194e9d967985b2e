"""One copy of a task for a legacy export: decoded, checked, selected or not, and rendered."""

import msgspec
import orjson

from framehaul.transforms.kinds.ango.answer import answer_from, payload
from framehaul.transforms.kinds.ango.frames_entry import FramesEntry, decode_frames
from framehaul.transforms.kinds.ango.task_identity import checked_tools, frame_total, identify
from framehaul.transforms.kinds.ango_legacy.legacy_annotations import legacy_answer
from framehaul.transforms.kinds.ango_legacy.legacy_heads import legacy_asset, legacy_task
from framehaul.transforms.kinds.ango_legacy.legacy_row import RawLegacyTask
from framehaul.transforms.parts.skeleton import cut
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.json_fields import decoded
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.records.times import format_time
from framehaul.transforms.records.tool_counts import ToolCounts
from framehaul.transforms.records.winners import Rank, rank_of

_DECODER = msgspec.json.Decoder(RawLegacyTask)
_TASKS = b',"tasks":['
_OBJECTS = b',"objects":'


class LegacyTask(msgspec.Struct, array_like=True, gc=False):
    """A task record of a legacy export as it travels from reading to assembling.

    Attributes:
        asset_id: ``""`` for a task without one, which is then an asset by itself.
        updated_at: sortable time; ranks the copies of one task, and the tasks of one asset.
        selected: whether the export's filters select this copy.
        rendered: the record of the asset as if it had this task alone, without ``part``.
        source: index of the split it was read from, and its place there.
        task_at: where its task begins in ``rendered``.
        payload_at: bytes of the task before its payload.
        tools: figures for the manifest; empty for a video.
        frames: number of frames of a video, else ``None``.
    """

    task_id: str
    asset_id: str
    updated_at: str
    selected: bool
    rendered: bytes
    source: tuple[int, int]
    task_at: int
    payload_at: int
    tools: ToolCounts
    frames: int | None

    @property
    def asset_key(self) -> str:
        """The key that records are sorted by: the asset id, or the task id where there is none."""
        return self.asset_id or self.task_id

    @property
    def size_bytes(self) -> int:
        return len(self.rendered)

    @property
    def slot(self) -> int:
        return 0

    @property
    def rank(self) -> Rank:
        return rank_of(self.updated_at, self.rendered, selected=self.selected)

    @property
    def asset_text(self) -> bytes:
        """The record up to its first task."""
        return self.rendered[: self.task_at]

    @property
    def task_text(self) -> bytes:
        return self.rendered[self.task_at : -2]

    def contents(self) -> tuple[list[bytes], list[bytes]]:
        """The bytes around the three lists of the task, and the lists as JSON text."""
        text = self.task_text
        found = _PAYLOAD.decode(text)
        lists = [bytes(raw) for raw in (found.objects, found.classifications, found.relations)]
        return cut(text, self.payload_at, _OBJECTS, lists), lists


class _Payload(msgspec.Struct, gc=False):
    objects: msgspec.Raw
    classifications: msgspec.Raw
    relations: msgspec.Raw


_PAYLOAD = msgspec.json.Decoder(_Payload)


def decode_legacy_task(
    text: bytes, source: tuple[int, int], selection: Selection, fields: Fields
) -> LegacyTask:
    """A row of ``tasks``, known to be sound and plain JSON, as a ``LegacyTask``.

    Raises:
        InvalidRecordError: as ``decode_task``; ``too_deep`` for annotations nested over 254 deep.
    """
    toggles = fields.legacy
    raw = decoded(_DECODER, text)
    task = identify(raw, selection)
    frames = frame_total(raw)
    answer = answer_from(raw.answer, annotation_metadata=fields.annotation_metadata)
    tools = checked_tools(answer, frames)
    asset = orjson.dumps(legacy_asset(raw, task.batches, toggles))[:-1] + _TASKS
    head = orjson.dumps(legacy_task(raw, task.task_id, format_time(task.updated_at), toggles))[:-1]
    answer = legacy_answer(answer, task.task_id, toggles)
    # The name of the first list is the only thing that differs from a v3 payload.
    _, *rest = payload(answer, raw.brush_data_url, raw.medical_brush_data_url)
    return LegacyTask(
        task_id=task.task_id,
        asset_id=raw.asset_id or "",
        updated_at=task.updated_at,
        selected=task.selected,
        rendered=b"".join((asset, head, _OBJECTS, *rest, b"}]}")),
        source=source,
        task_at=len(asset),
        payload_at=len(head),
        tools=tools,
        frames=frames,
    )


def decode_legacy_frames(text: bytes, source: tuple[int, int], fields: Fields) -> FramesEntry:
    """A row of ``frames`` with its rows in their legacy form.

    Raises:
        InvalidRecordError: as ``decode_frames``; ``too_deep``.
    """
    entry = decode_frames(text, source, fields)
    answer = legacy_answer(entry.rows, entry.task_id, fields.legacy, has_page=True)
    return msgspec.structs.replace(entry, tools=answer.tools, classifications=answer.classifications)
