"""Winners: of several copies of one record the one that stands for it."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from framehaul.transforms.records.tally import Tally

Rank = tuple[str, bytes, bool]


class Copy(Protocol):
    """A record of which there may be several copies.

    Attributes:
        task_id: by which copies find each other.
        rank: as ``rank_of`` gives it.
        source: index of its split, and its place there.
    """

    @property
    def task_id(self) -> str: ...
    @property
    def rank(self) -> Rank: ...
    @property
    def source(self) -> tuple[int, int]: ...


_Copy = TypeVar("_Copy", bound=Copy)


def rank_of(updated_at: str, rendered: bytes, *, selected: bool) -> Rank:
    """The place of a copy among others: the greatest wins, wherever and in whatever order they are read.

    The newest wins; of equally new ones the bytewise greater record; of equal records one that is selected. So
    selection looks at the winner alone (transforms/README.md, "Copies").

    Args:
        updated_at: sortable time (``records.times``).
        rendered: the record as it is exported.
    """
    return updated_at, rendered, selected


def keep_winners(kept: dict[str, _Copy], copies: Iterable[_Copy], tally: Tally, duplicates: str) -> None:
    """Keep in ``kept`` the winner of each id, and count all others in ``tally`` as ``duplicates``.

    Of equal copies the first one in the input is kept: which of them is exported cannot be told, but which is set aside.
    """
    for copy in copies:
        rival = kept.setdefault(copy.task_id, copy)
        if rival is not copy:
            tally.count(duplicates)
            kept[copy.task_id] = max(rival, copy, key=_place)


def _place(copy: Copy) -> tuple[Rank, int, int]:
    return copy.rank, -copy.source[0], -copy.source[1]
