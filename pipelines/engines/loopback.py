"""Servers of Beam that listen on this machine alone.

Beam opens the ports of its local servers to every network, with no switch for it, and whoever reaches one can
make workers run code.
"""

from typing import Any

LOOPBACK = "127.0.0.1"
ALONE = ("grpc.so_reuseport", 0)
"""Option of a server, without which a second one gets the same port, and some of the requests to the first."""


class OnLoopback:
    """Stand-in for a module or a server of gRPC, which a module of Beam gets in place of ``grpc``."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def server(self, *arguments: Any, **options: Any) -> "OnLoopback":
        options["options"] = [*(options.get("options") or ()), ALONE]
        return OnLoopback(self._real.server(*arguments, **options))

    def add_insecure_port(self, address: str) -> int:
        return int(self._real.add_insecure_port(address.replace("[::]", LOOPBACK)))


def taken_port_exit(port: int) -> SystemExit:
    """Make the exit of a server that does not get its port."""
    return SystemExit(
        f"error: port {port} of {LOOPBACK} is taken: stop what listens there, or give another --port"
    )
