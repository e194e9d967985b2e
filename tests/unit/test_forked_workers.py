"""A worker that dies fails all that the runner waits for, now and later: Beam's local runner would wait for ever."""

import os
import signal
import time
from collections.abc import Iterator

import pytest
from apache_beam.portability.api import beam_fn_api_pb2
from apache_beam.runners.portability.fn_api_runner.worker_handlers import ControlConnection

from pipelines.forked_workers import ForkedWorkers, WorkerDiedError

PATIENCE_S = 20


@pytest.fixture
def workers() -> Iterator[ForkedWorkers]:
    """Two processes that wait for an address, which never comes."""
    found = ForkedWorkers(2)
    yield found
    found.stop()


def request() -> beam_fn_api_pb2.InstructionRequest:
    return beam_fn_api_pb2.InstructionRequest()


def test_what_is_asked_of_any_worker_fails_when_one_has_died(workers: ForkedWorkers) -> None:
    processes = [workers.take(), workers.take()]
    connections = [ControlConnection(), ControlConnection()]
    for process, connection in zip(processes, connections, strict=True):
        workers.watch(process, connection)
    asked = [connection.push(request()) for connection in connections]
    os.kill(processes[0].pid, signal.SIGKILL)
    for future in asked:
        with pytest.raises(WorkerDiedError, match="was killed by SIGKILL"):
            future.get(PATIENCE_S)
    later = [connection.push(request()) for connection in connections]
    for future in later:
        with pytest.raises(WorkerDiedError):
            future.get(PATIENCE_S)


def test_workers_that_are_stopped_fail_nothing(workers: ForkedWorkers) -> None:
    process, connection = workers.take(), ControlConnection()
    workers.watch(process, connection)
    asked = connection.push(request())
    workers.stop()
    time.sleep(0.1)
    assert workers.cause is None
    assert asked._exception is None
