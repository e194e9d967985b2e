"""Holes of segmentations: a list of rings, each a list of points.

Some exports have one flat list of points there: the platform's own table of
keys shows it, its samples and its import format do not.
"""

import re
from typing import Any

from framehaul.transforms.formats.json_text import rewrite

_KEY = b'"holes"'
_FLAT = re.compile(rb'"holes"\s*:\s*\[\s*\[\s*[-0-9]')


def with_rings(tools: bytes) -> bytes:
    """Tools whose segmentations have lists of rings for holes; a flat list is taken as one ring.

    >>> with_rings(b'[{"segmentation":{"zones":[{"holes":[[1,2],[3,4]]}]}}]')
    b'[{"segmentation":{"zones":[{"holes":[[[1,2],[3,4]]]}]}}]'
    """
    if _KEY in tools and _FLAT.search(tools):
        return rewrite(tools, _rings_of_all)
    return tools


def _rings_of_all(tools: list[Any]) -> list[Any]:
    for tool in tools:
        shape = tool.get("segmentation") if isinstance(tool, dict) else None
        zones = shape.get("zones") if isinstance(shape, dict) else None
        for zone in zones if isinstance(zones, list) else []:
            if isinstance(zone, dict) and _is_flat(zone.get("holes")):
                zone["holes"] = [zone["holes"]]
    return tools


def _is_flat(holes: Any) -> bool:
    """Tell whether ``holes`` is a list of points, that is of lists of numbers."""
    first = holes[0] if isinstance(holes, list) and holes else None
    return isinstance(first, list) and bool(first) and isinstance(first[0], int | float)
