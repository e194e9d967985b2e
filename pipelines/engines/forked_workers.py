"""Beam workers that are forked from the launching process.

Beam's own worker processes each import Beam and all that it needs anew: 2.3 s of
CPU and 170 MB apiece. A forked worker has all of it already, and shares the
memory. It is forked before the pipeline starts any thread, and waits until the
runner tells it where to connect.

A worker that dies fails the run: Beam's local runner would wait for it for ever.
A worker whose launching process dies ends at once, whatever killed that.

State of the process: ``_FORKED_BEFORE``, that workers have been forked here, after which no others can be; ``CURRENT``,
the workers of the run that goes on, since Beam makes an environment by its name alone and hands nothing on to it;
``threading.excepthook``, from the first run on.
"""

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import grpc
from apache_beam.runners.worker.sdk_worker import SdkHarness

from framehaul.transforms.errors import WorkerDiedError
from framehaul.transforms.runs.progress_board import BOARD

_FORKED_BEFORE: list[int] = []
_ABORT_S = 0.02


def may_fork() -> bool:
    """Tell whether workers can be forked now, which is once in a process.

    A pipeline with workers leaves threads of gRPC behind, and a process that is
    forked beside these hangs. Further runs of one process use Beam's own worker
    processes, which start more slowly.
    """
    return not _FORKED_BEFORE


class _Worker:
    """One forked process and the pipe to it."""

    def __init__(self, row: int, other_pipes: list[int]) -> None:
        read_end, self._pipe = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            # A copy of another worker's pipe would keep that worker alive after the launching process.
            for descriptor in [*other_pipes, self._pipe]:
                os.close(descriptor)
            _work(read_end, row)
        os.close(read_end)

    @property
    def pipe(self) -> int:
        return self._pipe

    def connect(self, control_address: str, worker_id: str) -> None:
        os.write(self._pipe, f"{control_address} {worker_id}\n".encode())

    def stop(self) -> None:
        os.kill(self.pid, signal.SIGKILL)  # it holds nothing that is not stored


def _work(read_end: int, row: int) -> NoReturn:
    """Run a forked process: wait for the address, work, end with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - Beam prints what it also hands over
    BOARD.row = row
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)  # records are freed by their count of references
    pipe = os.fdopen(read_end, "r")
    address = pipe.readline().split()
    if address:
        threading.Thread(target=_end_with_parent, args=(pipe,), daemon=True).start()
        SdkHarness(address[0], worker_id=address[1]).run()
    os._exit(0)


def _end_with_parent(pipe: Any) -> None:
    pipe.read()  # ends when the parent's end of the pipe is closed, by whatever ends the parent
    os._exit(1)


@contextmanager
def _signals_put_off() -> Iterator[None]:
    """Handle what should stop this process when the context has ended.

    What a handler raises while Python does what modules have asked for at a fork is printed and forgotten, and the
    run would go on to its end.
    """
    if threading.current_thread() is not threading.main_thread():  # which alone handles signals
        yield
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for late in came:
            signal.raise_signal(late)


class ForkedWorkers:
    """A number of workers that wait for a pipeline.

    Args:
        number: of processes; forked at once, so construct it before any thread is started.
    """

    def __init__(self, number: int) -> None:
        self._waiting: list[_Worker] = []
        with _signals_put_off():
            for row in range(1, number + 1):
                self._waiting.append(_Worker(row, [worker.pipe for worker in self._waiting]))
        self._all = list(self._waiting)
        self._stopping = False
        self._handlers: list[Any] = []
        self._ended = threading.Event()
        self.cause: WorkerDiedError | None = None

    def take(self) -> _Worker:
        return self._waiting.pop(0)

    def watch(self, worker: _Worker, handler: Any) -> None:
        """Fail what the runner waits for if the worker ends before it is stopped.

        Args:
            handler: what Beam has for this worker; both of its connections are ended.
        """
        self._handlers.append(handler)
        threading.Thread(target=self._watch, args=(worker,), daemon=True).start()

    def _watch(self, worker: _Worker) -> None:
        _, status = os.waitpid(worker.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if self._stopping or code == 0:  # 0: the runner has closed the connection, for a reason of its own
            return
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        self.cause = WorkerDiedError(
            f"a worker process {how} in the middle of the run, so nothing is published; "
            "if memory ran out, lower runner.workers or output.shard_bytes"
        )
        self._kill()  # the others would first finish what they are at
        self._abort(self.cause)

    def _abort(self, cause: WorkerDiedError) -> None:
        """Answer all that the runner asks of any worker, until it gives up.

        It waits for the others too, which can no longer answer, and may ask the next thing only now. Or it has
        its answer already and waits for data that were still on their way.
        """
        for handler in self._handlers:
            with suppress(Exception):  # its stream has failed already, which ends the waiting, too
                handler.data_conn.close()
        while not self._ended.wait(_ABORT_S):
            for handler in self._handlers:
                with suppress(RuntimeError):  # it has asked something at this very moment
                    handler.control_conn.abort(cause)

    def stop(self) -> None:
        """End all workers, once the runner is done with them."""
        self._ended.set()
        self._kill()

    def _kill(self) -> None:
        self._stopping = True
        for worker in self._all:
            try:
                worker.stop()
            except ProcessLookupError:
                continue


def _print_unless_broken_stream(failure: threading.ExceptHookArgs) -> None:
    """Print the traceback of a thread, unless its connection broke.

    Beam's threads end so when the other side is gone, and that is told in other words.
    """
    if not isinstance(failure.exc_value, grpc.RpcError):
        threading.__excepthook__(failure)


CURRENT: list[ForkedWorkers] = []  # what the environment of a pipeline takes its workers from


@contextmanager
def fork_workers(number: int) -> Iterator[ForkedWorkers]:
    """Fork workers for one run, and end them with the context."""
    _FORKED_BEFORE.append(number)
    threading.excepthook = _print_unless_broken_stream  # forked workers have it too
    workers = ForkedWorkers(number)
    CURRENT.append(workers)
    try:
        yield workers
    except BaseException:
        workers.stop()
        raise
    finally:
        CURRENT.remove(workers)
        workers.stop()
