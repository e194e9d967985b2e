"""Environment of a Beam pipeline for forked workers, which connects them with the local runner.

State of the process: the import makes this environment known to Beam, and has its local servers listen on this machine
alone.
"""

import logging
from typing import Any

import grpc
from apache_beam.runners.portability.fn_api_runner import worker_handlers
from apache_beam.transforms.environments import Environment

from framehaul.pipelines.engines.forked_workers import CURRENT
from framehaul.pipelines.engines.loopback import LOOPBACK, OnLoopback

URN = "framehaul:env:forked:v1"


@Environment.register_urn(URN, None)
class ForkedEnvironment(Environment):
    """Environment that names forked workers in a pipeline."""

    def to_runner_api_parameter(self, _context: Any) -> tuple[str, bytes]:
        return URN, b""

    @staticmethod
    def from_runner_api_parameter(*_: Any) -> "ForkedEnvironment":
        return ForkedEnvironment()


worker_handlers.grpc = OnLoopback(grpc)


@worker_handlers.WorkerHandler.register_environment(URN, bytes)
class _ForkedWorkerHandler(worker_handlers.GrpcWorkerHandler):
    """Connects the runner with a forked worker."""

    def __init__(self, _payload: bytes, state: Any, provision_info: Any, grpc_server: Any) -> None:
        super().__init__(state, provision_info, grpc_server)

    def start_worker(self) -> None:
        workers = CURRENT[-1]
        worker = workers.take()
        workers.watch(worker, self)
        worker.connect(self.control_address, self.worker_id)

    def host_from_worker(self) -> str:
        return LOOPBACK

    def stop_worker(self) -> None:
        logging.getLogger(__name__).debug("worker %s is stopped with the run", self.worker_id)
