"""Places in a file of the rows of each track of a list."""

from array import array
from collections.abc import Iterator
from itertools import pairwise

from framehaul.transforms.video.track_entries import Owner

Place = tuple[int, int]  # first byte, and the one after the last


class TrackPlaces:
    """The places of one list, which may be millions: numbers in arrays, no object for each."""

    def __init__(self) -> None:
        self._numbers: dict[Owner, int] = {}
        self._owners = array("q")
        self._starts = array("q")
        self._ends = array("q")

    def add(self, owner: Owner, place: Place) -> None:
        """``place`` holds rows of ``owner``, after those that were added before."""
        self._owners.append(self._numbers.setdefault(owner, len(self._numbers)))
        self._starts.append(place[0])
        self._ends.append(place[1])

    def tracks(self) -> Iterator[tuple[Owner, Iterator[Place]]]:
        """The places of each track, in the order of the tracks."""
        if not self._numbers:
            return
        import numpy as np  # noqa: PLC0415 - a scheduler, which only looks at manifests, need not hold it

        names = sorted(self._numbers)
        ranks = np.empty(len(names), np.int64)
        ranks[[self._numbers[name] for name in names]] = np.arange(len(names))
        of_place = ranks[np.frombuffer(self._owners, np.int64)]
        order = np.argsort(of_place, kind="stable")
        bounds = np.searchsorted(of_place[order], np.arange(len(names) + 1)).tolist()
        for name, (first, end) in zip(names, pairwise(bounds), strict=True):
            yield name, ((self._starts[place], self._ends[place]) for place in order[first:end])
