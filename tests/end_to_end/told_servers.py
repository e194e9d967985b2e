"""Everybody who is told how a run ended: a mail server, a webhook and a chat service, real ones in this process."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from end_to_end.exports import Json
from end_to_end.mail_server import PASSWORD, USER, Mailbox, mail_server
from end_to_end.web_receiver import Receiver, web_receiver

KEY = "webhook-key-not-to-be-found"


@dataclass
class Servers:
    """Real ones, and how a run finds them."""

    mailbox: Mailbox
    hook: Receiver
    chat: Receiver

    def notify(self) -> Json:
        return {
            "email": {
                "host": "127.0.0.1",
                "port": self.mailbox.port,
                "user": {"env": "SMTP_USER"},
                "password": {"env": "SMTP_PASSWORD"},
                "sender": "exports@example.com",
                "to": ["a@example.com", "b@example.com"],
            },
            "webhook": {"url": {"env": "HOOK_URL"}, "secret": {"env": "HOOK_SECRET"}},
            "apprise": [{"env": "CHAT_URL"}],
        }

    def environment(self) -> dict[str, str]:
        return {
            "SSL_CERT_FILE": str(self.mailbox.authority),
            "SMTP_USER": USER,
            "SMTP_PASSWORD": PASSWORD,
            "HOOK_URL": f"{self.hook.url}/hooks/hidden-part",
            "HOOK_SECRET": KEY,
            "CHAT_URL": self.chat.url.replace("http://", "json://") + "/hidden-part",
        }


@contextlib.contextmanager
def told_servers(folder: Path) -> Iterator[Servers]:
    """Servers on free ports.

    Args:
        folder: for the certificate of the mail server.
    """
    with mail_server(folder) as mailbox, web_receiver() as hook, web_receiver() as chat:
        yield Servers(mailbox, hook, chat)
