"""Who runs: a process of a machine, told apart from a later one that got its number."""

import ctypes
import os
import signal
import socket
from functools import cache
from pathlib import Path

import msgspec

_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>


class Process(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One process.

    Attributes:
        host: name of its machine, for people; several containers may share one.
        pid: its number.
        machine: the boot of the machine and the space in which the number counts; empty where neither is known.
        started: when, in ticks since the boot: a number is given out again, but not for the same moment.
    """

    host: str
    pid: int
    machine: str
    started: int

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


def this_process() -> Process:
    """The process that asks."""
    pid = os.getpid()
    return Process(host=socket.gethostname(), pid=pid, machine=_machine(), started=_started(pid) or 0)


def is_running(process: Process) -> bool | None:
    """Whether it is still there; ``None`` where that cannot be seen from here."""
    if not process.machine or process.machine != _machine():
        return None
    started = _started(process.pid)
    if started is None:
        return None if _exists(process.pid) else False
    return started == process.started


def end_with_parent(parent: int) -> None:
    """Have this process stopped when its parent ends, whatever ends that (on Linux; elsewhere it goes on).

    Args:
        parent: number of the process; if it has ended already, this one is stopped at once.
    """
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)


@cache
def _machine() -> str:
    """Linux tells; elsewhere it stays unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def _started(pid: int) -> int | None:
    """When it began; -1 if it has ended, but nobody has asked for its exit code; ``None`` if that cannot be seen."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *rest = fields.rpartition(")")[2].split()  # the name before it may hold anything
    return -1 if state in {"Z", "X"} else int(rest[18])


def _exists(pid: int) -> bool:
    """Another user's process may be there without being seen."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
