"""Annotation rows of one frame that are kept outside their task: decoded and checked."""

import msgspec
import orjson

from framehaul.transforms.kinds.ango.answer import Answer, answer_from
from framehaul.transforms.kinds.ango.table_rows import FRAMES, RawAnswer
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.json_fields import decoded, first, required
from framehaul.transforms.video.frame_numbers import CHUNK_PAGES, MOST_FRAMES, page_of
from framehaul.transforms.video.rows import check_rows


class FramesEntry(msgspec.Struct, array_like=True, gc=False):
    """A frames record as it travels from reading to assembling.

    Attributes:
        task_id: the task it belongs to.
        history_id: the ``_id`` of the stage-history record whose rows these
            are; ``""`` where they are the task's own answer.
        page: the frame, from 0.
        tools, classifications: JSON lists.
        source: index of the split it was read from, and its place there.
    """

    task_id: str
    history_id: str
    page: int
    tools: bytes
    classifications: bytes
    source: tuple[int, int]

    @property
    def size_bytes(self) -> int:
        return len(self.tools) + len(self.classifications)

    @property
    def slot(self) -> int:
        """The frames of a long video are gathered by range of pages, so that each range can be read alone."""
        return self.page // CHUNK_PAGES

    @property
    def rows(self) -> Answer:
        return Answer(self.tools, self.classifications)

    def as_record(self) -> bytes:
        """The record as JSON text again, for whoever has to mend it."""
        return orjson.dumps(
            {
                "taskId": self.task_id,
                "historyId": self.history_id or None,
                "page": self.page,
                "tools": orjson.Fragment(self.tools),
                "classifications": orjson.Fragment(self.classifications),
            }
        )


def decode_frames(text: bytes, source: tuple[int, int], fields: Fields) -> FramesEntry:
    """A row of ``frames``, known to be sound and plain JSON, as a ``FramesEntry``.

    Raises:
        InvalidRecordError: ``not_an_object``, ``missing_key``, ``wrong_type`` or ``bad_page``.
    """
    raw = decoded(FRAMES, text)
    task_id = required(first(raw.task_id, raw.label_task, raw.task), "taskId")
    required(None if raw.page is None else "there", "page")
    page = page_of(raw.page, MOST_FRAMES - 1)
    answer = answer_from(
        RawAnswer(tools=raw.tools, objects=raw.objects, classifications=raw.classifications),
        annotation_metadata=fields.annotation_metadata,
    )
    for rows in (answer.tools, answer.classifications):
        check_rows(rows, None)
    return FramesEntry(task_id, raw.history_id or "", page, answer.tools, answer.classifications, source)
