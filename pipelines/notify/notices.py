"""Notify everybody whom the config names that a run has ended; a notification that fails never fails the run."""

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.notify_settings import NotifySection, check_web_address, secret_value
from framehaul.pipelines.notify.attempts import NotSentError
from framehaul.pipelines.notify.news import News, news_of_export, news_of_failure
from framehaul.pipelines.telemetry.progress import log
from framehaul.pipelines.terminal import say
from framehaul.transforms.errors import ConfigError
from framehaul.transforms.exports.manifest import Manifest

LONGEST_S = 150.0  # a receiver that keeps talking without an end does not hold the process
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]")  # what was typed may be no id; it goes into headers
_LONGEST_ID = 200


class Channel(Protocol):
    """Way to send news. ``send`` raises ``NotSentError``."""

    def send(self, news: News) -> None: ...


class Notices:
    """The notifications of one run.

    Raises:
        ConfigError: a secret is not in the environment, or a package is missing; before anything runs.
    """

    def __init__(self, config: ExportConfig, export_id: str | None) -> None:
        self._config = config
        self._export_id = _NOT_PLAIN.sub("-", export_id or "unknown")[:_LONGEST_ID]
        self._settings = config.notify
        self._channels = dict(_channels(config.notify)) if config.notify else {}

    def tell_failure(self, error: BaseException, seconds: float) -> None:
        """Tell that the run failed, so that there is no export."""
        self._tell(lambda _: news_of_failure(self._config, self._export_id, error, seconds), to_stderr=True)

    def tell_export(self, manifest: Manifest, seconds: float) -> None:
        """Tell that there is an export."""
        self._tell(
            lambda settings: news_of_export(self._config, manifest, seconds, settings.link_expires),
            to_stderr=False,
        )

    def _tell(self, make_news: Callable[[NotifySection], News], *, to_stderr: bool) -> None:
        if self._settings is None or not self._channels:
            return
        try:
            news = make_news(self._settings)
        except Exception as error:
            problems = dict.fromkeys(self._channels, _bug_text(error))
        else:
            if news.event not in self._settings.events:
                return
            problems = send_to_all(news, self._channels)
        for name in self._channels.keys() - problems.keys():
            log("notified", channel=name)
        for name, problem in problems.items():
            log("notification_failed", channel=name, error=problem)
        say(_summary(self._channels, problems), err=to_stderr)


def _bug_text(error: Exception) -> str:
    """Name a bug by its kind alone, as its message may hold anything. A bug here is no reason to lose an export."""
    return f"a bug in framehaul ({type(error).__name__})"


def _summary(channels: Mapping[str, Channel], problems: Mapping[str, str]) -> str:
    told = [name for name in channels if name not in problems]
    lines = [f"  notified       {', '.join(told)}"] if told else []
    lines += [f"  not notified   {name}: {problem}" for name, problem in problems.items()]
    return "\n".join(lines)


def send_to_all(news: News, channels: Mapping[str, Channel]) -> dict[str, str]:
    """Send ``news`` through all channels at the same time; returns, by channel, what went wrong."""
    problems = dict.fromkeys(channels, f"had not taken it after {LONGEST_S:g} s")

    def send(name: str, channel: Channel) -> None:
        try:
            channel.send(news)
        except NotSentError as error:
            problems[name] = str(error)
        except Exception as error:
            problems[name] = _bug_text(error)
        else:
            del problems[name]

    threads = [
        threading.Thread(target=send, args=(name, channel), daemon=True) for name, channel in channels.items()
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + LONGEST_S
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return dict(problems)


def _channels(settings: NotifySection) -> Iterator[tuple[str, Channel]]:
    if settings.email is not None:
        from framehaul.pipelines.notify.mail import MailServer  # noqa: PLC0415

        email = settings.email
        login = None
        if email.user is not None and email.password is not None:
            login = (
                secret_value(email.user, "notify.email.user"),
                secret_value(email.password, "notify.email.password"),
            )
        yield (
            "e-mail",
            MailServer(email.host, email.port_to_use, email.security, email.sender, email.to, login),
        )
    if settings.webhook is not None:
        from framehaul.pipelines.notify.webhook import Webhook  # noqa: PLC0415

        secret = secret_value(settings.webhook.secret, "notify.webhook.secret")
        yield "webhook", Webhook(_url(settings.webhook.url), secret)
    for reference in settings.apprise:
        from framehaul.pipelines.notify.chat import chat_service  # noqa: PLC0415

        yield reference["env"], chat_service(reference["env"], secret_value(reference, "notify.apprise"))


def _url(given: str | dict[str, str]) -> str:
    if isinstance(given, str):
        return given
    try:
        return check_web_address(secret_value(given, "notify.webhook.url"), may_be_secret=True)
    except ValueError as error:
        raise ConfigError(f"the environment variable {given['env']} of notify.webhook.url {error}") from None
