"""Coordinates between two key frames. Arrays in, arrays out."""

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


def interpolated(start: Doubles, end: Doubles, step: Doubles, length: Doubles) -> Doubles:
    """``start + (end - start) * step / length``, in this order of operations and in double precision.

    Args:
        start: coordinates at the earlier key frame; shape (rows, coordinates), as stored (pixels).
        end: those at the later key frame, same shape.
        step: frames since the earlier key frame, 0 to ``length``; shape (rows,).
        length: frames between the two key frames, at least 1; shape (rows,).

    Returns:
        Shape (rows, coordinates), not rounded. Never outside ``start`` to ``end`` but for the rounding of
        doubles. A result that overflows is infinite or not a number: the caller decides what stands there.

    Source:
        ``a + (b - a) * (f - f0) / (f1 - f0)``: transforms/README.md, "Video", and what CVAT computes between the
        shapes of a track (``cvat/apps/dataset_manager/annotation.py``). Ango Hub's documentation says which
        tools are interpolated, not how.

    >>> interpolated(np.array([[10.0]]), np.array([[50.0]]), np.array([1.0]), np.array([20.0]))
    array([[12.]])
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return start + (end - start) * step[:, np.newaxis] / length[:, np.newaxis]
