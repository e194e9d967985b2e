"""Processes of machines, told apart from later ones that got the same number."""

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
        started: start of the process, in ticks since the boot; it tells apart processes that got the same number.
    """

    host: str
    pid: int
    machine: str
    started: int

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


def this_process() -> Process:
    """Describe the process that calls this."""
    pid = os.getpid()
    return Process(host=socket.gethostname(), pid=pid, machine=_machine(), started=_start_ticks(pid) or 0)


def is_running(process: Process) -> bool | None:
    """Tell whether it still runs; ``None`` where that cannot be seen from here."""
    if not process.machine or process.machine != _machine():
        return None
    started = _start_ticks(process.pid)
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
    """Name of this boot and of the space of process numbers, which Linux tells; empty elsewhere."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def _start_ticks(pid: int) -> int | None:
    """Start of a process in ticks since the boot, or ``None`` if it cannot be seen.

    It is -1 for a process that has ended and whose exit code nobody has asked for.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *rest = fields.rpartition(")")[2].split()  # the name before it may hold anything
    return -1 if state in {"Z", "X"} else int(rest[18])


def _exists(pid: int) -> bool:
    """Tell whether there is such a process, also of another user, whose details cannot be seen."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
