"""A legacy record apart from its rows."""

from collections.abc import Sequence

from framehaul.transforms.kinds.ango_legacy.legacy_task import LegacyTask
from framehaul.transforms.parts.skeleton import Skeleton


def legacy_skeleton(head: LegacyTask, pieces_of_tasks: Sequence[Sequence[bytes]]) -> Skeleton:
    """The record without its rows: the keys of the asset and of its tasks, which every part repeats."""
    pieces = [head.asset_text]
    for number, inner in enumerate(pieces_of_tasks):
        pieces[-1] += (b"," if number else b"") + inner[0]
        pieces += inner[1:]
    pieces[-1] += b"]"
    return Skeleton(pieces)
