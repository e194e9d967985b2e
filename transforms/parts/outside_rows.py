"""Rows of a video that are kept outside of its record, as the parts of a record need them."""

from collections.abc import Iterable, Iterator
from typing import Protocol


class OutsideRow(Protocol):
    """The rows of one frame.

    Attributes:
        history_id: of the answer that they belong to; ``""`` is the task's own.
        page: the frame, from 0.
        tools, classifications: JSON lists.
    """

    @property
    def history_id(self) -> str: ...
    @property
    def page(self) -> int: ...
    @property
    def tools(self) -> bytes: ...
    @property
    def classifications(self) -> bytes: ...


class OutsideRows(Protocol):
    """All of them, read a chunk of ``CHUNK_PAGES`` pages at a time."""

    def chunks(self) -> Iterable[int]:
        """The chunks that have rows."""

    def entries(self, chunk: int) -> Iterator[OutsideRow]:
        """The rows of one chunk, in no particular order."""
