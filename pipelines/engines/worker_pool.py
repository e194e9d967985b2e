"""Workers on this machine for an engine that asks for them (``environment_type: EXTERNAL``).

    python -m framehaul.pipelines.engines.worker_pool --port 50000

Beam's own pool listens on all networks, starts whatever ``python`` comes first, and each of its workers takes 2.3 s
of CPU to import Beam. This one listens on this machine alone (for an engine in the same pod, machine or network
namespace) and forks its workers from a process that has imported everything.
"""

import argparse
import gc
import multiprocessing
import os
import signal
import threading
from multiprocessing.process import BaseProcess
from typing import Any

import grpc
from apache_beam.portability.api import beam_fn_api_pb2 as api
from apache_beam.portability.api import beam_fn_api_pb2_grpc as services
from apache_beam.runners.worker.sdk_worker import SdkHarness
from apache_beam.utils.thread_pool_executor import shared_unbounded_instance

from framehaul.pipelines.engines.loopback import ALONE, LOOPBACK, taken_port_exit

_IMPORTED_BEFORE = ["framehaul.pipelines.engines.worker_pool", "framehaul.pipelines.export"]
_STOP_S = 5


class WorkerPool(services.BeamFnExternalWorkerPoolServicer):
    """Starts and stops workers, a process each."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(_IMPORTED_BEFORE)
        self._workers: dict[str, BaseProcess] = {}

    def StartWorker(self, request: Any, _context: Any) -> Any:  # noqa: N802 - as the service calls it
        arguments = (request.control_endpoint.url, request.worker_id)
        worker = self._context.Process(target=work, args=arguments, daemon=True)
        try:
            worker.start()
        except OSError as error:
            return api.StartWorkerResponse(error=f"the worker pool could not start a process: {error}")
        self._workers[request.worker_id] = worker
        return api.StartWorkerResponse()

    def StopWorker(self, request: Any, _context: Any) -> Any:  # noqa: N802
        self._stop(self._workers.pop(request.worker_id, None))
        return api.StopWorkerResponse()

    def warm_up(self) -> None:
        """Have everything imported before the first worker is asked for."""
        first = self._context.Process(target=os.getpid)
        first.start()
        first.join()

    def stop_all(self) -> None:
        for worker in self._workers.values():
            self._stop(worker)

    @staticmethod
    def _stop(worker: BaseProcess | None) -> None:
        if worker is not None and worker.is_alive():
            worker.kill()  # it holds nothing that is not stored
            worker.join(_STOP_S)


def work(control_address: str, worker_id: str) -> None:
    """Run a worker until the engine has no more work for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the engine decides
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)  # records are freed by their count of references
    SdkHarness(control_address, worker_id=worker_id).run()


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=50000, help="on 127.0.0.1 (50000)")
    port = parser.parse_args().port
    pool = WorkerPool()
    pool.warm_up()
    server = grpc.server(shared_unbounded_instance(), options=[ALONE])
    services.add_BeamFnExternalWorkerPoolServicer_to_server(pool, server)
    try:
        server.add_insecure_port(f"{LOOPBACK}:{port}")
    except RuntimeError:
        raise taken_port_exit(port) from None
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server.start()
    ended.wait()
    server.stop(0)
    pool.stop_all()


if __name__ == "__main__":
    main()
