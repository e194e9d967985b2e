"""Beam's portable job service for one machine, made safe and fit for several worker processes.

    python -m framehaul.pipelines.engines.job_service --port 8099

Beam's own listens on all networks for its workers, uses one of them whatever a job asks for, and waits for ever for
one that is gone. This one listens on this machine alone, uses as many as ``sdk_worker_parallelism`` says, and fails
the job of a worker that is lost.
"""

import argparse
import signal
import threading
from typing import Any

import grpc
from apache_beam.options.pipeline_options import PortableOptions
from apache_beam.portability.api import beam_job_api_pb2 as api
from apache_beam.runners.portability import local_job_service
from apache_beam.runners.portability.fn_api_runner import worker_handlers
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner

from framehaul.pipelines.engines.loopback import LOOPBACK, OnLoopback, taken_port_exit
from framehaul.transforms.errors import WORKER_LOST, EngineError


class WatchedConnection(worker_handlers.ControlConnection):
    """Connection of a worker, which fails the worker's open requests when it breaks."""

    def _read(self) -> None:
        try:
            super()._read()
        except Exception:
            self.abort(EngineError(WORKER_LOST))


class LocalJob(local_job_service.BeamJob):
    """One job, with the number of workers that it asks for."""

    def _invoke_runner(self) -> Any:
        self.set_state(api.JobState.RUNNING)
        options = self.pipeline_options()
        runner = FnApiRunner(provision_info=self._provision_info)
        runner._num_workers = max(1, int(options.view_as(PortableOptions).sdk_worker_parallelism or 1))
        return runner.run_via_runner_api(self._pipeline_proto, options)


def start_service(port: int, staging_folder: str | None = None) -> Any:
    """Start a service that listens; ``stop()`` ends it. ``port`` 0 is any that is free.

    State of the process: classes of this module stand in for some of Beam's from now on; Beam has no setting for that.
    (It is said here, since ``--help`` prints what the module says.)
    """
    worker_handlers.grpc = local_job_service.grpc = OnLoopback(grpc)
    worker_handlers.ControlConnection = WatchedConnection
    worker_handlers.ExternalWorkerHandler.host_from_worker = lambda _: LOOPBACK
    service = local_job_service.LocalJobServicer(staging_folder, beam_job_type=LocalJob)
    service.get_service_address = lambda: LOOPBACK
    service.start_grpc_server(port)
    return service


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8099, help="on 127.0.0.1 (8099)")
    port = parser.parse_args().port
    try:
        service = start_service(port)
    except RuntimeError:
        raise taken_port_exit(port) from None
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
    service.stop()


if __name__ == "__main__":
    main()
