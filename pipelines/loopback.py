"""Servers of Beam that listen on this machine alone.

Beam opens the ports of its local servers to every network, with no switch for it, and whoever reaches one can
make workers run code.
"""

from typing import Any

LOOPBACK = "127.0.0.1"


class OnLoopback:
    """Stands for a module or a server of gRPC; a module of Beam gets it in place of ``grpc``."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def server(self, *arguments: Any, **options: Any) -> "OnLoopback":
        return OnLoopback(self._real.server(*arguments, **options))

    def add_insecure_port(self, address: str) -> int:
        return int(self._real.add_insecure_port(address.replace("[::]", LOOPBACK)))
