"""Progress of a watcher: what it has seen, kept on the store, so that another one can go on.

Each step is an object of its own, numbered, and put only if it is not there: of two
watchers that see the same change one takes the step, and with it the runs that follow.
The runs stand in the step and have claims like those that are due, so a watcher that
dies after its step leaves them to another one.
"""

import re
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import zstandard

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.ledger.clock import Clock
from framehaul.pipelines.ledger.first_put import FirstPut
from framehaul.pipelines.ledger.job import Job
from framehaul.pipelines.ledger.places import folder_of
from framehaul.transforms.errors import StorageError

_NAME = re.compile(r"(\d{6})\.msgpack\.zst")
_KEPT = 3  # whoever reads the newest while it is replaced finds another


Kind = tuple[str | None, str, str | None]
"""Project, stage and id of the stage of a task."""


class StoredStates(msgspec.Struct, array_like=True, frozen=True):
    """``TaskStates`` as they are stored."""

    keys: bytes = b""
    updated: bytes = b""
    kinds: bytes = b""
    names: list[Kind] = []


class SeenVideo(msgspec.Struct, frozen=True, array_like=True):
    """The newest copy of a video that the export selects.

    Attributes:
        pages: a bit for each page with a row in the task itself, see ``VideoRowCounts``.
    """

    project: str | None
    updated_at: str
    frames: int
    pages: bytes


class ProgressHead(msgspec.Struct, frozen=True, kw_only=True):
    """Head of a step, which is enough to see whether there has to be another one.

    Attributes:
        number: of the step.
        owner: scheduler that took it.
        basis: see ``ListedTables``; with another one, stock is taken anew.
        files: versions, by place, see ``place_of``.
        jobs: runs that may not have been begun, or not have ended.
    """

    number: int = 0
    owner: str = ""
    basis: str = ""
    files: dict[str, str] = {}
    jobs: list[Job] = []


class WatchProgress(ProgressHead, frozen=True, kw_only=True):
    """One step.

    Attributes:
        videos: by task id.
        frames: of each file of that table, pages by task id.
        over: ids of the videos over the limit.
        arrived: for each rule about a stage, tasks by project that have come into it since it last was met.
    """

    tasks: StoredStates = StoredStates()
    videos: dict[str, SeenVideo] = {}
    frames: dict[str, dict[str, bytes]] = {}
    over: list[str] = []
    arrived: dict[str, dict[str | None, int]] = {}


_Step = TypeVar("_Step", bound=ProgressHead)

_STEPS: dict[type[ProgressHead], msgspec.msgpack.Decoder[Any]] = {
    kind: msgspec.msgpack.Decoder(kind) for kind in (ProgressHead, WatchProgress)
}


@dataclass
class ProgressStore:
    """The steps of one watcher, below a folder of the output store."""

    first: FirstPut

    def newest(self, kind: type[_Step]) -> _Step:
        """The newest step; an empty one if there is none, or it is of another version of this program.

        Raises:
            StorageError: it cannot be read.
        """
        number = self.newest_number()
        if not number:
            return kind()
        content = self.first.store.read(_name(number))
        try:
            step: _Step = _STEPS[kind].decode(zstandard.decompress(content))
        except (msgspec.MsgspecError, zstandard.ZstdError):
            return kind(number=number)
        return step

    def newest_number(self) -> int:
        """Number of the newest step; 0 if there is none."""
        return max(self._numbers(), default=0)

    def take(self, progress: WatchProgress) -> bool:
        """Take a step; false if another watcher has taken it.

        Raises:
            StorageError: it could not be stored.
        """
        content = zstandard.compress(msgspec.msgpack.encode(progress), 3)
        if not self.first.put(_name(progress.number), content):
            return False
        for number in self._numbers()[:-_KEPT]:
            self._delete(_name(number))
        return True

    def _delete(self, name: str) -> None:
        try:
            self.first.store.delete(name)
        except StorageError:
            if self.first.store.size(name) is not None:
                raise

    def _numbers(self) -> list[int]:
        return sorted(
            int(match[1]) for path in self.first.store.paths("") if (match := _NAME.fullmatch(path))
        )


def steps_of(config: ExportConfig, name: str, clock: Clock) -> ProgressStore:
    """The steps of the watcher of a schedule that is called ``name``."""
    return ProgressStore(FirstPut(folder_of(config, name, "progress"), clock))


def _name(number: int) -> str:
    return f"{number:06d}.msgpack.zst"
