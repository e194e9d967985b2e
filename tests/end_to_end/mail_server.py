"""A real mail server in this process, with certificates of an authority of its own."""

import contextlib
import email
import email.policy
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from storage.server_process import free_port

USER = "exports"
PASSWORD = "not-to-be-found-in-mail"


@dataclass
class Mailbox:
    """What has arrived, and what is refused.

    Attributes:
        authority: file with the certificate of the authority.
        refused: recipients that get 550.
        busy: how many messages get 451 before one is taken.
    """

    port: int
    authority: Path
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    busy: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for this name
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.busy:
            self.busy -= 1
            return "451 come again"
        content = cast(bytes, envelope.content)
        message = email.message_from_bytes(content, policy=email.policy.default)
        self.messages.append(cast(EmailMessage, message))
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"


@contextlib.contextmanager
def mail_server(folder: Path, security: str = "starttls", *, with_login: bool = True) -> Iterator[Mailbox]:
    """A server on a free port, ``starttls``, ``tls`` or ``none``."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    mailbox = Mailbox(free_port(), folder / "authority.pem")
    options: dict[str, Any] = {"starttls": {"tls_context": context}, "tls": {"ssl_context": context}}.get(
        security, {}
    )
    if security == "starttls":
        options["require_starttls"] = True
    if with_login:
        options |= {
            "authenticator": _judge,
            "auth_required": True,
            "auth_require_tls": security == "starttls",
        }
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, **options)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


def _judge(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=right, handled=False)  # or a refused login gets no answer at all
