"""Forked workers as an environment of a Beam pipeline: what connects them with the local runner."""

import logging
from typing import Any

import grpc
from apache_beam.runners.portability.fn_api_runner import worker_handlers
from apache_beam.transforms.environments import Environment

from pipelines.forked_workers import CURRENT

URN = "framehaul:env:forked:v1"
LOOPBACK = "127.0.0.1"


@Environment.register_urn(URN, None)
class ForkedEnvironment(Environment):
    """Names these workers in a pipeline."""

    def to_runner_api_parameter(self, _context: Any) -> tuple[str, bytes]:
        return URN, b""

    @staticmethod
    def from_runner_api_parameter(*_: Any) -> "ForkedEnvironment":
        return ForkedEnvironment()


class _Loopback:
    """Stands for a module or a server of gRPC, and lets its servers listen on this machine alone.

    Beam's local runner opens its ports to every network, and whoever reaches one can make workers run code.
    """

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def server(self, *arguments: Any, **options: Any) -> "_Loopback":
        return _Loopback(self._real.server(*arguments, **options))

    def add_insecure_port(self, address: str) -> int:
        return int(self._real.add_insecure_port(address.replace("[::]", LOOPBACK)))


worker_handlers.grpc = _Loopback(grpc)


@worker_handlers.WorkerHandler.register_environment(URN, bytes)
class _ForkedWorkerHandler(worker_handlers.GrpcWorkerHandler):
    """Connects the runner with a forked worker."""

    def __init__(self, _payload: bytes, state: Any, provision_info: Any, grpc_server: Any) -> None:
        super().__init__(state, provision_info, grpc_server)

    def start_worker(self) -> None:
        workers = CURRENT[-1]
        worker = workers.take()
        workers.watch(worker, self.control_conn)
        worker.connect(self.control_address, self.worker_id)

    def host_from_worker(self) -> str:
        return LOOPBACK

    def stop_worker(self) -> None:
        logging.getLogger(__name__).debug("worker %s is stopped with the run", self.worker_id)
