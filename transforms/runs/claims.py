"""Claims, by which one run at a time holds the folder of an export, on every store.

A claim is an object of its own, ``.framehaul/claims/<token>.json``, so no two runs
ever write the same one, and no store has to refuse a second write: not all do. A
store only has to list what was written before (S3, Google, Azure, current MinIO and
disks do):

1. A run writes its claim, as *asking*, and then lists all claims. Of two runs that
   begin together at least one sees the other.
2. It gives way to a claim that is *held*, and to an asking one with a smaller token.
   Those with a greater token will give way by themselves; it waits for that. When
   nobody is left it writes its claim again, as *held*.
3. While it goes on it writes its claim again every ``HEARTBEAT_S``.
4. Before each shard it looks whether its claim is still there, and right before the
   manifest whether it is the only one. Two that are held can only be if a listing
   was behind, or a run was taken for dead and was not; then the smaller token wins.

A claim is dead if its process is gone, where that can be seen (same machine), or if
it was not written for ``LEASE_S``, both times by the clock of the store: clocks of
machines differ. Whoever finds a dead claim deletes it.

One case remains: a run that was stopped for longer than ``LEASE_S`` on another machine
and goes on in the middle of storing an object will store that one. With the same input
and settings these are the same bytes. A manifest that it had begun to send at that
moment is guarded by the conditional put and the reading back of ``write_new``, which
an older MinIO turns into a race of the two requests themselves.

State of the process: ``_OF_THIS_PROCESS``, the claims that it holds. One that it wrote and does not hold is dead, though
the process lives.
"""

import contextlib
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from framehaul.transforms.errors import ExportError, HeldError, LostError, StorageError
from framehaul.transforms.runs.processes import Process, is_running, this_process
from framehaul.transforms.storage.folders import remove_empty_folders
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import scheme_of

OWN_FOLDER = ".framehaul"
"""Folder of what runs keep for themselves beside the export; readers look into ``data/`` alone."""
CLAIMS = f"{OWN_FOLDER}/claims"

HEARTBEAT_S = 20.0
LEASE_S = 180.0  # longer than any operation on a store is tried again
_SETTLE_S = 0.5  # for a listing that is a little behind; a disk's never is
_AGAIN_S = 0.2
_SUFFIX = ".json"
_OF_THIS_PROCESS: set[str] = set()


class ClaimRecord(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Content of a claim.

    Attributes:
        token: random; it names the object.
        held: true once the run holds the folder, false while it asks.
        process: that writes it.
        since: when the run began, ISO-8601 UTC.
    """

    token: str
    held: bool
    process: Process
    since: str


_RECORDS = msgspec.json.Decoder(ClaimRecord)


@dataclass(frozen=True)
class Holder:
    """Owner of a claim.

    Attributes:
        silent_s: seconds since it was last written; ``None`` where the store does not tell.
    """

    record: ClaimRecord
    silent_s: float | None

    @property
    def is_alive(self) -> bool:
        running = is_running(self.record.process)
        if running and self.record.process.pid == this_process().pid:
            return self.record.token in _OF_THIS_PROCESS
        return (self.silent_s is None or self.silent_s < LEASE_S) if running is None else running

    def __str__(self) -> str:
        silent = "" if self.silent_s is None else f", last sign of life {max(self.silent_s, 0):.0f} s ago"
        return f"{self.record.process}, since {self.record.since}{silent}"


@dataclass(frozen=True)
class Claim:
    """The claim of one run. It pickles, so workers can look whether it still holds.

    Attributes:
        folder: of the export.
        token: of this run.
        since: when it began, ISO-8601 UTC.
    """

    folder: ObjectStore
    token: str
    since: str

    @property
    def path(self) -> str:
        return _path(self.token)

    def check(self) -> None:
        """Raise ``LostError`` if another run has taken this one for dead."""
        if self.folder.look_up(self.path) is None:
            raise LostError(
                f"{self.folder.base_url} was taken over by another run, since this one gave no sign of life for "
                f"{LEASE_S:.0f} s; nothing is published"
            )

    def check_alone(self) -> None:
        """Raise ``HeldError`` if another run holds the folder too and goes before this one, else as ``check``."""
        self.check()
        for holder in holders(self.folder, self):
            if holder.record.held and holder.record.token < self.token and holder.is_alive:
                raise _held_error(self.folder, holder)

    def write(self, *, held: bool) -> None:
        record = ClaimRecord(token=self.token, held=held, process=this_process(), since=self.since)
        self.folder.write(self.path, [msgspec.json.encode(record)])


@contextlib.contextmanager
def hold_folder(folder: ObjectStore) -> Iterator[Claim]:
    """Hold the folder of an export until the context ends.

    Raises:
        HeldError: a living run holds it.
    """
    claim = Claim(folder, secrets.token_hex(8), datetime.now(UTC).isoformat(timespec="seconds"))
    _OF_THIS_PROCESS.add(claim.token)
    try:
        claim.write(held=False)
        if scheme_of(folder.base_url) not in {"file", "memory"}:
            time.sleep(_SETTLE_S)
        _wait_for_turn(claim)
        claim.write(held=True)
        yield claim
    finally:
        with contextlib.suppress(ExportError):
            folder.delete(claim.path)
            remove_empty_folders(folder, OWN_FOLDER)
        _OF_THIS_PROCESS.discard(claim.token)


def refuse_held(folder: ObjectStore) -> None:
    """Raise ``HeldError`` if a living run holds the folder. Nothing is written; the clock of this machine counts."""
    for holder in holders(folder):
        if holder.is_alive:
            raise _held_error(folder, holder)


def _wait_for_turn(claim: Claim) -> None:
    while True:
        waiting = False
        for holder in holders(claim.folder, claim):
            if not holder.is_alive:
                _delete_dead(claim.folder, holder)
            elif holder.record.held or holder.record.token < claim.token:
                raise _held_error(claim.folder, holder)
            else:
                waiting = True
        if not waiting:
            return
        time.sleep(_AGAIN_S)
        claim.write(held=False)  # which moves the store's clock on


def _delete_dead(folder: ObjectStore, holder: Holder) -> None:
    with contextlib.suppress(StorageError):  # somebody else has
        folder.delete(_path(holder.record.token))


def _held_error(folder: ObjectStore, holder: Holder) -> HeldError:
    return HeldError(
        f"{folder.base_url} is held by another run: {holder}. Wait until it ends, or give another --export-id; "
        f"if it is dead, that is known after {LEASE_S:.0f} s without a sign of life"
    )


def holders(folder: ObjectStore, asking: Claim | None = None) -> Iterator[Holder]:
    """Owners of all claims but ``asking``.

    Args:
        asking: a claim that was written just now, so that its time is that of the store's clock; without it
            the clock of this machine counts.
    """
    listed = folder.list_objects(CLAIMS)
    now = time.time()
    if asking is not None:
        own = listed.pop(asking.path, None) or folder.look_up(asking.path)
        now = own.modified if own is not None and own.modified is not None else now
    for path, found in listed.items():
        # A disk also lists the temporary file of a claim that is being written again.
        if path.endswith(_SUFFIX) and (record := _read_claim(folder, path)) is not None:
            yield Holder(record, None if found.modified is None else now - found.modified)


def _read_claim(folder: ObjectStore, path: str) -> ClaimRecord | None:
    """Read a claim; ``None`` if it is gone, or no claim."""
    try:
        return _RECORDS.decode(folder.read(path))
    except msgspec.MsgspecError:
        return None
    except StorageError:
        if folder.look_up(path) is None:
            return None
        raise


@contextlib.contextmanager
def keep_claim_alive(claim: Claim) -> Iterator[None]:
    """Write the claim again and again until the context ends.

    A thread does that, so nothing may be forked meanwhile.
    """
    ended = threading.Event()
    thread = threading.Thread(target=_renew, args=(claim, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_SETTLE_S * 20)


def _renew(claim: Claim, ended: threading.Event) -> None:
    while not ended.wait(HEARTBEAT_S):
        with contextlib.suppress(ExportError):  # a store that is away for a while; the lease is longer
            if claim.folder.look_up(claim.path) is not None:  # else another run has taken this one for dead
                claim.write(held=True)


def _path(token: str) -> str:
    return f"{CLAIMS}/{token}{_SUFFIX}"
