"""Mail: one message by SMTP, encrypted unless the config says otherwise."""

import re
import smtplib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate

from framehaul.pipelines.notify.attempts import ANSWER_WITHIN_S, NotSentError, send_with_retries
from framehaul.pipelines.notify.message import html_text, plain_text, subject
from framehaul.pipelines.notify.news import News
from framehaul.transforms.storage.redaction import redact


@dataclass(frozen=True)
class MailServer:
    """A server for mail, with sender and recipients.

    Attributes:
        security: ``starttls``, ``tls`` or ``none``.
        login: user and password; ``None`` to send without.
    """

    host: str
    port: int
    security: str
    sender: str
    to: Sequence[str]
    login: tuple[str, str] | None = field(default=None, repr=False)

    def send(self, news: News) -> None:
        """Send ``news``. Raises ``NotSentError``."""
        message = compose(news, self.sender, self.to)
        send_with_retries(lambda: self._deliver(message))

    def _deliver(self, message: EmailMessage) -> None:
        try:
            with self._connect() as server:
                if self.login is not None:
                    server.login(*self.login)
                refused = server.send_message(message, self.sender, list(self.to))
        except (OSError, smtplib.SMTPException) as error:
            raise NotSentError(self._error_text(error), may_pass=_may_pass(error)) from None
        if refused:  # the others have it, so it is not sent again
            raise NotSentError(self._error_text(smtplib.SMTPRecipientsRefused(refused)), may_pass=False)

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=ANSWER_WITHIN_S, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=ANSWER_WITHIN_S)
        try:
            if self.security == "starttls":
                server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server

    def _error_text(self, error: Exception) -> str:
        """Say what went wrong, without the login that a server may repeat."""
        return redact(f"{self.host}:{self.port} {_reason(error)}", self.login or ())


def compose(news: News, sender: str, to: Sequence[str]) -> EmailMessage:
    """Write the mail; a second copy of a message has the same ``Message-ID``, so that it can be recognised."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Subject"] = subject(news)
    message["Date"] = formatdate()
    name = re.sub(r"[^A-Za-z0-9._-]", "-", f"{news.export_id}.{news.event}.{news.finished_at}")
    message["Message-ID"] = f"<{name}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(plain_text(news))
    message.add_alternative(html_text(news), subtype="html")
    return message


def _reason(error: Exception) -> str:  # noqa: PLR0911 - one line a case
    if isinstance(error, socket.gaierror):
        return "is a host that is not known here"
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return f"does not answer within {ANSWER_WITHIN_S:g} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a certificate that is not trusted here ({error.verify_message}); SSL_CERT_FILE may name its authority"
    if isinstance(error, ssl.SSLError):
        return "does not speak TLS there; check port and security"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"does not accept this user and password ({_reply(error.smtp_code, error.smtp_error)})"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"cannot do what is needed: {error}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        replies = (f"{address} ({_reply(*reply)})" for address, reply in error.recipients.items())
        return f"refuses {', '.join(replies)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"refuses the message ({_reply(error.smtp_code, error.smtp_error)})"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "hangs up"
    return f"cannot be reached: {getattr(error, 'strerror', None) or type(error).__name__}"


def _reply(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return f"{code} {' '.join(said.split())}"


def _may_pass(error: Exception) -> bool:
    """Tell whether another attempt may help: a reply of the kind 4xx asks for one."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(400 <= code < 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return 400 <= error.smtp_code < 500
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return False
    return not isinstance(error, ssl.SSLError)
