"""Messages to chat services, by the package apprise, which knows a hundred of them."""

import logging
from dataclasses import dataclass, field
from typing import Any

from framehaul.pipelines.notify.attempts import NotSentError
from framehaul.pipelines.notify.message import plain_text
from framehaul.pipelines.notify.news import Event, News
from framehaul.transforms.errors import ConfigError


@dataclass(frozen=True)
class ChatService:
    """One service.

    Attributes:
        name: of the environment variable that holds its URL, which is a secret.
    """

    name: str
    service: Any = field(repr=False)

    def send(self, news: News) -> None:
        """Send ``news``. Raises ``NotSentError``."""
        kind = "success" if news.event is Event.READY else "failure"
        if not self.service.notify(
            title=news.headline, body=plain_text(news), notify_type=kind, body_format="text"
        ):
            raise NotSentError(f"the service of {self.name} did not take it", may_pass=False)


def chat_service(name: str, url: str) -> ChatService:
    """Make a service from its URL. Raises ``ConfigError`` without apprise, or for a URL that it does not know."""
    try:
        import apprise  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigError("notify.apprise needs the package apprise: pip install 'framehaul[chat]'") from None
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it repeats URLs
    service = apprise.Apprise()
    if not service.add(url):
        raise ConfigError(
            f"the environment variable {name} of notify.apprise holds no URL that apprise knows"
        )
    return ChatService(name, service)
