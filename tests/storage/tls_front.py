"""TLS before a server that has none, as every store that is not of this machine has it."""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

_HOST = "127.0.0.1"


@dataclass(frozen=True)
class TlsFront:
    """Where it listens, and the certificate of the issuer that its clients have to trust."""

    endpoint_url: str
    certificate: Path


@contextmanager
def tls_front(port: int, folder: Path) -> Iterator[TlsFront]:
    """Pass on what comes to a free port of its own to ``port`` of this machine."""
    issuer = trustme.CA()
    certificate = folder / "issuer.pem"
    issuer.cert_pem.write_to_path(str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert(_HOST).configure_cert(context)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(_passing_on(port), _HOST, 0, ssl=context))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield TlsFront(f"https://{_HOST}:{server.sockets[0].getsockname()[1]}", certificate)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def _passing_on(port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection(_HOST, port)
        await asyncio.gather(_copied(reader, ours), _copied(theirs, writer))

    return connected


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while content := await reader.read(1 << 16):
            writer.write(content)
            await writer.drain()
    except (OSError, ssl.SSLError):
        pass  # one side has gone; so does the other
    finally:
        writer.close()
