"""A worker that dies fails all that the runner waits for, now and later: Beam's local runner would wait for ever."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from apache_beam.portability.api import beam_fn_api_pb2
from apache_beam.runners.portability.fn_api_runner.worker_handlers import ControlConnection
from apache_beam.runners.worker.data_plane import _GrpcDataChannel

from framehaul.pipelines.engines.forked_workers import ForkedWorkers
from framehaul.transforms.errors import WorkerDiedError

PATIENCE_S = 20


@pytest.fixture
def workers() -> Iterator[ForkedWorkers]:
    """Two processes that wait for an address, which never comes."""
    found = ForkedWorkers(2)
    yield found
    found.stop()


@dataclass
class Handler:
    """The two connections of a worker, of Beam's own making."""

    control_conn: ControlConnection = field(default_factory=ControlConnection)
    data_conn: _GrpcDataChannel = field(default_factory=_GrpcDataChannel)


def request() -> beam_fn_api_pb2.InstructionRequest:
    return beam_fn_api_pb2.InstructionRequest()


def test_what_is_asked_of_any_worker_fails_when_one_has_died(workers: ForkedWorkers) -> None:
    processes = [workers.take(), workers.take()]
    handlers = [Handler(), Handler()]
    for process, handler in zip(processes, handlers, strict=True):
        workers.watch(process, handler)
    asked = [handler.control_conn.push(request()) for handler in handlers]
    os.kill(processes[0].pid, signal.SIGKILL)
    for future in asked:
        with pytest.raises(WorkerDiedError, match="was killed by SIGKILL"):
            future.get(PATIENCE_S)
    later = [handler.control_conn.push(request()) for handler in handlers]
    for future in later:
        with pytest.raises(WorkerDiedError):
            future.get(PATIENCE_S)


def test_data_that_a_worker_did_not_live_to_send_are_not_waited_for(workers: ForkedWorkers) -> None:
    """Answers and data travel apart: an answer may have come, and the data before it not."""
    process, handler = workers.take(), Handler()
    workers.watch(process, handler)
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(RuntimeError, match="closed"):
        list(handler.data_conn.input_elements("bundle", ["output"], abort_callback=lambda: False))


def test_workers_that_are_stopped_fail_nothing(workers: ForkedWorkers) -> None:
    process, handler = workers.take(), Handler()
    workers.watch(process, handler)
    asked = handler.control_conn.push(request())
    workers.stop()
    time.sleep(0.1)
    assert workers.cause is None
    assert asked._exception is None


STOPPED_AT_A_FORK = """
import os, signal
from framehaul.pipelines.engines.forked_workers import ForkedWorkers

def stop(number, frame):
    raise KeyboardInterrupt

signal.signal(signal.SIGTERM, stop)
os.register_at_fork(after_in_parent=lambda: signal.raise_signal(signal.SIGTERM))
try:
    ForkedWorkers(1)
except KeyboardInterrupt:
    print("stopped")
"""


def test_a_signal_to_stop_is_not_lost_in_the_middle_of_a_fork() -> None:
    """What a handler raises in what modules do at a fork, Python prints and forgets."""
    command = [sys.executable, "-c", STOPPED_AT_A_FORK]
    finished = subprocess.run(command, check=True, capture_output=True, text=True)
    assert finished.stdout == "stopped\n", finished.stderr
