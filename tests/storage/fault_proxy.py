"""A proxy before a store that answers some requests badly: with an error, late, cut off, or not at all."""

import contextlib
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, urlsplit


@dataclass(frozen=True)
class Canned:
    """An answer that the store never gave."""

    status: int
    body: bytes = b""


def refusal(status: int, code: str) -> Canned:
    """An error as S3 and Azure word it."""
    content = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>by the proxy</Message></Error>"
    return Canned(status, content.encode())


# A word is "reset" (before the store sees the request), "lost" (after), "cut" (the answer), "short" (the store
# gets half of the body), "dropped" (the store keeps nothing and says it did), "delay" or one of the next.
Fault = str | Canned
_SHORT = {
    "503": refusal(503, "SlowDown"),
    "429": refusal(429, "TooManyRequests"),
    "500": refusal(500, "InternalError"),
}
DELAY_S = 0.3


@dataclass
class FaultProxy:
    """What it does, and what it has done.

    Attributes:
        choose: given the method and the path of a request, a fault or nothing.
        dropped: request headers, in small letters, that the store does not get.
        listen: is told of every request: its method and path, its headers by small letters, its body.
        odd_etags: ETags of S3 are none of the MD5s that they look like, as with a key of KMS.
        done: (method, path, fault) of every request that was answered badly.
    """

    endpoint_url: str
    choose: Callable[[str, str], Fault | None] = lambda _method, _path: None
    dropped: frozenset[str] = frozenset()
    listen: Callable[[str, str, dict[str, str], bytes], None] = lambda _method, _path, _headers, _body: None
    odd_etags: bool = False
    done: list[tuple[str, str, Fault]] = field(default_factory=list)
    requests: int = 0

    @contextlib.contextmanager
    def first(self, faults: Iterable[Fault], method: str = "") -> Iterator[None]:
        """The first requests (of that method) are answered like this, until the context ends."""
        lock = threading.Lock()
        left = iter(faults)

        def choose(found: str, _path: str) -> Fault | None:
            with lock:
                return None if method and found != method else next(left, None)

        self.choose, before = choose, self.choose
        try:
            yield
        finally:
            self.choose = before


@contextlib.contextmanager
def fault_proxy(target: str) -> Iterator[FaultProxy]:
    """A proxy before the server at ``target``, until the context ends."""
    proxy = FaultProxy("")

    class Handler(_Handler):
        pass

    Handler.proxy, Handler.target = proxy, urlsplit(target).netloc
    with _Server(("127.0.0.1", 0), Handler) as server:
        proxy.endpoint_url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    proxy: FaultProxy
    target: str
    protocol_version = "HTTP/1.1"

    def _any(self) -> None:
        self.proxy.requests += 1
        body = self._body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.proxy.listen(self.command, self.path, headers, body)
        told = self.path + self._google_name(body)
        fault = self.proxy.choose(self.command, told)
        if fault is not None:
            self.proxy.done.append((self.command, told, fault))
        if fault == "reset":
            self._hang_up()
        elif isinstance(canned := _SHORT.get(str(fault), fault), Canned):
            self._answer(canned.status, [("Content-Type", "application/xml")], canned.body)
        elif fault == "dropped" and not self.path.startswith(_GOOGLE):
            self._answer(201 if "x-ms-version" in self.headers else 200, [("ETag", f'"{"0" * 32}"')], b"")
        else:
            if fault == "delay":
                time.sleep(DELAY_S)
            self._forward(body, fault)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = _any  # noqa: N815 - named by http.server

    def _google_name(self, body: bytes) -> str:
        """Of the object, which Google's uploads have in their body."""
        found = re.search(rb'"name": ?"([^"]*)"', body[:2000]) if self.path.startswith(_GOOGLE[0]) else None
        return f"#{found[1].decode()}" if found else ""

    def _body(self) -> bytes:
        if self.headers.get("Expect", "").lower() == "100-continue":
            pass  # http.server has answered it
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        content = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return content

    def _forward(self, body: bytes, fault: str | None) -> None:
        body = self._with_odd_etags(body)
        connection = http.client.HTTPConnection(self.target, timeout=60)
        dropped = {"transfer-encoding", *self.proxy.dropped}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in dropped}
        headers["Content-Length"] = str(len(body))
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():  # with the Host that was signed
            connection.putheader(name, value)
        connection.endheaders(body if fault != "short" else body[: len(body) // 2])
        if fault == "short":
            connection.close()
            self._hang_up()
            return
        answer = connection.getresponse()
        content = self._with_odd_etags(answer.read())
        connection.close()
        if fault == "lost":
            self._hang_up()
            return
        if fault == "dropped" and answer.status == 200:
            self._take_back(content)
        kept = [
            (name, self._with_odd_etags(value.encode()).decode() if name.lower() == "etag" else value)
            for name, value in answer.getheaders()
            if name.lower() not in _OWN
        ]
        length = int(answer.getheader("Content-Length") or 0) if self.command == "HEAD" else len(content)
        cut = len(content) // 2 if fault == "cut" else None
        self._answer(answer.status, kept, content, length, cut)

    def _with_odd_etags(self, text: bytes) -> bytes:
        """Turned around, both ways, so that the store knows its own again."""
        return _ETAG.sub(lambda found: found[1] + found[2][::-1], text) if self.proxy.odd_etags else text

    def _take_back(self, content: bytes) -> None:
        """Google's answer to an upload tells the checksum of what it got, so that much is done."""
        stored = json.loads(content)
        connection = http.client.HTTPConnection(self.target, timeout=60)
        name = quote(stored["name"], safe="")
        connection.request("DELETE", f"/storage/v1/b/{stored['bucket']}/o/{name}")
        connection.getresponse().read()
        connection.close()

    def _answer(
        self,
        status: int,
        headers: list[tuple[str, str]],
        content: bytes,
        length: int | None = None,
        cut: int | None = None,
    ) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content if cut is None else content[:cut])
        if cut is not None:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


_GOOGLE = ("/upload/storage/", "/storage/")
_ETAG = re.compile(rb'((?:^|<ETag>)(?:"|&quot;|&#34;)?)([0-9a-f]{32})')
_OWN = {"content-length", "transfer-encoding", "connection"}
