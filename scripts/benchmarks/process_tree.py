"""What a command costs, with every process it starts: wall time, CPU time, peak memory. Linux only.

CPU time is what the kernel charged to each process, not samples: this process adopts whatever outlives
its parent (``PR_SET_CHILD_SUBREAPER``), so that none escapes the count.

Peak memory is the largest sum over all processes at one moment. PSS counts a page that several processes
share once; RSS counts it in each of them.
"""

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

T = TypeVar("T")

_SAMPLE_EVERY_S = 0.05
_SET_CHILD_SUBREAPER = 36  # of <linux/prctl.h>


def apart(function: Callable[..., T], *arguments: object) -> T:
    """Call a function in a process of its own, so that this one stays small.

    Linux counts what a process has ever had in memory into the maximum of whatever it starts.
    """
    with ProcessPoolExecutor(1) as process:
        return process.submit(function, *arguments).result()


class CommandFailedError(Exception):
    """A measured command ended with an error."""


class MemoryGuardError(Exception):
    """A command was killed because it took more memory than allowed."""


@dataclass(frozen=True)
class Times:
    """Seconds from start to end, seconds of processor time, user and system, and bytes of the largest process.

    The last is the kernel's own maximum of its resident set, not a sample.
    """

    wall_s: float
    cpu_s: float
    largest_rss: int


@dataclass(frozen=True)
class Memory:
    """Bytes, summed over all processes."""

    pss: int
    rss: int


def measure_times(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Times:
    """Run a command with nothing beside it; ``log`` takes what it prints.

    Raises:
        CommandFailedError
    """
    started = time.perf_counter()
    with _running(command, environment, log) as process:
        ends = [_next_to_end(process)]
        while process.returncode is None:
            ends.append(_next_to_end(process))
        ended = time.perf_counter()
        _kill_session(process)
        with contextlib.suppress(ChildProcessError):  # all have been counted
            while True:
                ends.append(_next_to_end(process))
    _refuse_failure(process, log)
    cpu_s = sum(used.ru_utime + used.ru_stime for used in ends)
    return Times(ended - started, cpu_s, max(used.ru_maxrss for used in ends) * 1024)


def measure_memory(command: Sequence[str], environment: Mapping[str, str], log: Path, limit: int) -> Memory:
    """Run a command and look at its memory every 50 ms.

    Raises:
        CommandFailedError
        MemoryGuardError: its PSS went over ``limit`` bytes.
    """
    peak = Memory(0, 0)
    with _running(command, environment, log) as process:
        while process.poll() is None:
            now = _memory_of_children()
            peak = Memory(max(peak.pss, now.pss), max(peak.rss, now.rss))
            if peak.pss > limit:
                raise MemoryGuardError(f"over {limit / 1e9:.0f} GB of memory")
            time.sleep(_SAMPLE_EVERY_S)
    _refuse_failure(process, log)
    return peak


def _next_to_end(process: subprocess.Popen[bytes]) -> resource.struct_rusage:
    """What the next process to end has used, and what its own children have that it waited for."""
    pid, status, used = os.wait4(-1, 0)
    if pid == process.pid:
        process.returncode = os.waitstatus_to_exitcode(status)
    return used


@contextlib.contextmanager
def _running(
    command: Sequence[str], environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Nothing of a command outlives the context: it would disturb the next one."""
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - commands of this program
            command, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        _kill_session(process)
        process.wait()
        with contextlib.suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)


def _kill_session(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _memory_of_children() -> Memory:
    children = [_memory_of(child.pid) for child in psutil.Process().children(recursive=True)]
    return Memory(sum(memory.pss for memory in children), sum(memory.rss for memory in children))


def _memory_of(pid: int) -> Memory:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:  # it has just ended
        return Memory(0, 0)
    kilobytes = {line.split()[0]: int(line.split()[1]) for line in text.splitlines()[1:]}
    return Memory(kilobytes.get("Pss:", 0) * 1024, kilobytes.get("Rss:", 0) * 1024)


def _refuse_failure(process: subprocess.Popen[bytes], log: Path) -> None:
    if process.returncode:
        end = log.read_text(errors="replace").splitlines()[-20:]
        raise CommandFailedError(f"{process.args!r} ended with {process.returncode}:\n" + "\n".join(end))
