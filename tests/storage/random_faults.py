"""Which requests a store answers badly, and how: drawn at random, the same for the same seed."""

import random
import threading
from dataclasses import dataclass, field

# How often each is drawn, where it can be. What is dropped is only found out before the manifest, and costs a run.
_WEIGHTS = {
    "503": 4,
    "429": 4,
    "500": 2,
    "reset": 4,
    "lost": 4,
    "delay": 4,
    "cut": 4,
    "short": 4,
    "dropped": 1,
}
_ONLY_ANSWERED = {"cut"}  # by GET
_ONLY_SENT = {"short", "dropped"}  # with a body
_WRITING = {"PUT", "POST"}


@dataclass
class RandomFaults:
    """A plan for ``FaultProxy.choose``.

    Attributes:
        rate: part of the requests that are answered badly, from 0 to 1.
        kinds: faults to draw from.
    """

    seed: int
    rate: float
    kinds: frozenset[str] = frozenset(_WEIGHTS)
    _chance: random.Random = field(init=False, repr=False)
    _lock: threading.Lock = field(init=False, repr=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def __call__(self, method: str, path: str) -> str | None:
        with self._lock:
            is_bad = self._chance.random() < self.rate
            drawn = self._chance.random()
        if not is_bad:
            return None
        possible = {kind: weight for kind, weight in _WEIGHTS.items() if self._may_be(kind, method, path)}
        return random.Random(drawn).choices([*possible], [*possible.values()])[0] if possible else None

    def _may_be(self, kind: str, method: str, path: str) -> bool:
        if kind not in self.kinds or (kind in _ONLY_ANSWERED and method != "GET"):
            return False
        if kind == "dropped":
            return _is_whole_object(method, path)
        return kind not in _ONLY_SENT or method in _WRITING


def _is_whole_object(method: str, path: str) -> bool:
    """Whether a request stores an object by itself, in the dialect of any of the stores."""
    if path.startswith("/upload/storage/"):
        return method == "POST" and "uploadType=multipart" in path
    return method == "PUT" and not any(mark in path for mark in ("uploadId=", "comp=", "restype="))
