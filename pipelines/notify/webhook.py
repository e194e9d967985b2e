"""Webhooks: one message as JSON, signed, and sent again while that may help.

The receiver computes HMAC-SHA256 with the shared secret over the timestamp as it
stands in its header, a dot and the body as it came, and compares it with the
signature; an old timestamp means that somebody sends an old message again.
"""

import hashlib
import hmac
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import msgspec
import orjson
import requests

from framehaul.pipelines.notify.attempts import ANSWER_WITHIN_S, NotSentError, send_with_retries
from framehaul.pipelines.notify.news import News

_PASSING = {408, 425, 429}


@dataclass(frozen=True)
class Webhook:
    """Receiver of messages. Its URL may be a secret like the key, so neither is ever shown."""

    url: str = field(repr=False)
    secret: str = field(repr=False)

    def send(self, news: News) -> None:
        """Send ``news``. Raises ``NotSentError``."""
        body = orjson.dumps(msgspec.to_builtins(news))
        send_with_retries(lambda: self._post(body, news))

    def _post(self, body: bytes, news: News) -> None:
        try:
            with requests.post(
                self.url,
                data=body,
                headers=self._headers(body, news),
                timeout=ANSWER_WITHIN_S,
                allow_redirects=False,
                stream=True,  # only how it begins is of interest
            ) as answer:
                self._check_status(answer.status_code)
        except requests.RequestException as error:
            raise NotSentError(f"{self._host} {_error_text(error)}", may_pass=_may_pass(error)) from None

    def _headers(self, body: bytes, news: News) -> dict[str, str]:
        """Headers of one attempt, signed with its time, as receivers refuse an old one."""
        timestamp = str(int(time.time()))
        return {
            "Content-Type": "application/json",
            "User-Agent": news.tool.replace(" ", "/"),
            "Idempotency-Key": news.idempotency_key,
            "X-Framehaul-Event": news.event,
            "X-Framehaul-Timestamp": timestamp,
            "X-Framehaul-Signature": f"sha256={signature(self.secret, timestamp, body)}",
        }

    def _check_status(self, status: int) -> None:
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            raise NotSentError(
                f"{self._host} answers with a redirect ({status}), which is not followed; give the URL it leads to",
                may_pass=False,
            )
        raise NotSentError(
            f"{self._host} answers with HTTP {status}", may_pass=status in _PASSING or status >= 500
        )

    @property
    def _host(self) -> str:
        return urlsplit(self.url).hostname or "the receiver"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over timestamp, dot and body, in hex.

    >>> signature("key", "1700000000", b"{}")[:16]
    '9d713ed406bb7076'
    """
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _error_text(error: requests.RequestException) -> str:
    """Say what went wrong, by the kind of the error: messages of the library repeat the URL."""
    if isinstance(error, requests.Timeout):
        return f"does not answer within {ANSWER_WITHIN_S:g} s"
    if isinstance(error, requests.exceptions.SSLError):
        return "has a certificate that is not trusted here; REQUESTS_CA_BUNDLE may name its authority"
    if "NameResolutionError" in repr(error):
        return "is a host that is not known here"
    if isinstance(error, requests.ConnectionError):
        return "cannot be reached, or hangs up"
    return f"cannot be asked ({type(error).__name__})"


def _may_pass(error: requests.RequestException) -> bool:
    if isinstance(error, requests.exceptions.SSLError):
        return False
    return isinstance(error, (requests.Timeout, requests.ConnectionError))
