"""A stand-in for Google's services: Dataflow's REST interface, which carries jobs out in this process, and tokens."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

Json = dict[str, Any]
JOB_ID = "2026-11-22_fake"


class FakeDataflow:
    """Takes one job, and carries it out.

    Args:
        carry_out: what is done with the body of the job; what it raises fails the job.

    Attributes:
        jobs: bodies of all jobs.
        requests: method and path of everything that was asked.
        port: on 127.0.0.1.
    """

    def __init__(self, carry_out: Callable[[Json], None]) -> None:
        self._carry_out = carry_out
        self._state = "JOB_STATE_RUNNING"
        self._said: list[Json] = []
        self.jobs: list[Json] = []
        self.requests: list[tuple[str, str]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service._answer(self, "GET", None)

            def do_POST(self) -> None:
                service._answer(self, "POST", self.rfile.read(int(self.headers["Content-Length"] or 0)))

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port

    @contextlib.contextmanager
    def running(self) -> Iterator["FakeDataflow"]:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()

    def _answer(self, request: BaseHTTPRequestHandler, method: str, body: bytes | None) -> None:
        path = request.path.partition("?")[0]
        self.requests.append((method, path))
        answer = json.dumps(self._of(method, path, body)).encode()
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(answer)))
        request.end_headers()
        request.wfile.write(answer)

    def _of(self, method: str, path: str, body: bytes | None) -> Json:
        if path == "/token":
            return {"access_token": "not-a-secret", "expires_in": 3600, "token_type": "Bearer"}
        if path.endswith("/messages"):
            return {"jobMessages": self._said}
        if path.endswith("/metrics"):
            return {"metrics": []}
        if method == "POST":
            self.jobs.append(json.loads(body or b"{}"))
            threading.Thread(target=self._run, args=(self.jobs[-1],), daemon=True).start()
        job = self.jobs[-1]
        known = {"projectId": "annotation-platform", "location": "europe-west1", "type": "JOB_TYPE_BATCH"}
        return {"id": JOB_ID, "name": job["name"], "currentState": self._state, **known}

    def _run(self, job: Json) -> None:
        try:
            self._carry_out(job)
            self._state = "JOB_STATE_DONE"
        except Exception as error:  # as the service does: whatever it is, the job has failed
            said = f"Traceback (most recent call last):\n{type(error).__module__}.{type(error).__name__}: {error}"
            message = {"id": "1", "time": "2026-11-22T00:00:00Z", "messageText": said}
            self._said = [{**message, "messageImportance": "JOB_MESSAGE_ERROR"}]
            self._state = "JOB_STATE_FAILED"

    def credentials(self, path: Path) -> Path:
        """The key file of a service account whose tokens come from here."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        text = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        account = {
            "type": "service_account",
            "project_id": "annotation-platform",
            "private_key_id": "1",
            "private_key": text.decode(),
            "client_email": "exports@annotation-platform.iam.gserviceaccount.com",
            "client_id": "1",
            "token_uri": f"http://127.0.0.1:{self.port}/token",
        }
        path.write_text(json.dumps(account))
        return path
