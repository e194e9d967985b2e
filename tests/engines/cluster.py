"""An engine of processes on this machine: Beam's job service, and a pool that starts workers for it."""

import contextlib
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from storage.server_process import free_port, running


@dataclass(frozen=True)
class Cluster:
    """Where a job service and a worker pool listen.

    Attributes:
        job_port, pool_port: on 127.0.0.1.
    """

    job_port: int
    pool_port: int

    def options(self, environment_type: str = "EXTERNAL", workers: int = 2) -> dict[str, Any]:
        """``runner.options`` of a config."""
        pool = {"environment_config": f"127.0.0.1:{self.pool_port}"} if environment_type == "EXTERNAL" else {}
        return {
            "job_endpoint": f"127.0.0.1:{self.job_port}",
            "environment_type": environment_type,
            "sdk_worker_parallelism": workers,
            **pool,
        }

    def workers(self) -> list[psutil.Process]:
        """Those that work for a job now."""
        (pool,) = (
            process
            for process in psutil.Process().children()
            if process.cmdline()[-1:] == [str(self.pool_port)]
        )
        forkers = [child for child in pool.children() if child.children()]
        return [worker for forker in forkers for worker in forker.children()]


@contextlib.contextmanager
def job_service(folder: Path) -> Iterator[int]:
    """Framehaul's job service; its port."""
    with _listening("framehaul.pipelines.engines.job_service", folder) as port:
        yield port


@contextlib.contextmanager
def worker_pool(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[int]:
    """Framehaul's worker pool; its port."""
    with _listening("framehaul.pipelines.engines.worker_pool", folder, environment) as port:
        yield port


@contextlib.contextmanager
def cluster(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """Both, until the context ends."""
    with job_service(folder) as job_port, worker_pool(folder, environment) as pool_port:
        yield Cluster(job_port, pool_port)


@contextlib.contextmanager
def _listening(module: str, folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[int]:
    (folder / module).mkdir()
    with listening([sys.executable, "-m", module, "--port"], folder / module, environment) as port:
        yield port


@contextlib.contextmanager
def listening(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[int]:
    """A program that takes a port as its last argument, and listens there."""
    port = free_port()

    def connect() -> None:
        socket.create_connection(("127.0.0.1", port), 1).close()

    with running([*command, str(port)], folder, connect, environment):
        yield port
