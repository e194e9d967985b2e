"""The section ``notify`` of a config."""

import re
from datetime import timedelta
from typing import Any

import pytest

from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.notify.notices import Notices
from framehaul.transforms.errors import ConfigError

EMAIL = {"host": "smtp.example.com", "sender": "exports@example.com", "to": "a@example.com"}
LOGIN = {"user": {"env": "SMTP_USER"}, "password": {"env": "SMTP_PASSWORD"}}
WEBHOOK = {"url": "https://example.com/hooks/exports", "secret": {"env": "HOOK_SECRET"}}


def checked(notify: dict[str, Any]) -> Any:
    return check_config({"source": {"tasks": ["t.ndjson"]}, "notify": notify}, "the config").notify


def test_what_is_not_said_has_a_usual_value() -> None:
    settings = checked({"email": EMAIL})
    assert settings.events == ["ready", "failed"]
    assert settings.link_expires == timedelta(hours=24)
    assert (settings.email.security, settings.email.port_to_use, settings.email.to) == (
        "starttls",
        587,
        ["a@example.com"],
    )
    assert checked({"email": EMAIL | {"security": "tls"}}).email.port_to_use == 465
    assert checked({"email": EMAIL | {"security": "none"}}).email.port_to_use == 25


@pytest.mark.parametrize(
    ("notify", "problem"),
    [
        ({"email": EMAIL | {"user": {"env": "U"}}}, "user and password belong together"),
        ({"email": EMAIL | LOGIN | {"security": "none"}}, "would send the password in the open"),
        ({"email": EMAIL | LOGIN | {"password": "hunter2"}}, "notify.email.password: may hold a secret"),
        ({"email": EMAIL | LOGIN | {"password": {"env": ""}}}, "notify.email.password: env needs the name"),
        ({"email": EMAIL | {"to": []}}, "notify.email.to"),
        (
            {"email": EMAIL | {"to": ["a@example.com", "b@x\r\nBcc: c@x"]}},
            "notify.email.to.1: is no e-mail address",
        ),
        ({"email": EMAIL | {"sender": "Exports <exports@x>"}}, "notify.email.sender: is no e-mail address"),
        ({"email": EMAIL | {"host": "smtp://x"}}, "notify.email.host"),
        ({"email": {"host": "x"}}, "notify.email.sender is missing"),
        ({"webhook": WEBHOOK | {"secret": "hunter2"}}, "notify.webhook.secret: may hold a secret"),
        (
            {"webhook": WEBHOOK | {"url": "https://me:hunter2@example.com"}},
            "a URL with credentials is a secret",
        ),
        ({"webhook": WEBHOOK | {"url": "https://example.com/?token=hunter2"}}, "a URL with credentials"),
        (
            {"webhook": WEBHOOK | {"url": "ftp://example.com"}},
            "notify.webhook.url: is no URL that begins with",
        ),
        ({"webhook": WEBHOOK | {"url": "https://"}}, "is no URL"),
        ({"webhook": {"url": WEBHOOK["url"]}}, "notify.webhook.secret is missing"),
        ({"apprise": ["slack://hunter2/b/c"]}, "notify.apprise.0: may hold a secret"),
        ({"events": ["done"]}, "notify.events.0: Input should be 'ready' or 'failed'"),
        ({"link_expires": "8d"}, "notify.link_expires"),
        ({"link_expires": "a day"}, "is no length of time"),
        ({"on": ["ready"]}, "notify.on is not a setting"),
        ({True: ["ready"]}, "notify has a key that is no text; YAML takes on, off"),  # from `on: [ready]`
        ({"emial": EMAIL}, "did you mean email?"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_refused_and_no_secret_is_repeated(notify: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(problem)) as raised:
        checked(notify)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("notify", "named"),
    [
        (
            {"email": EMAIL | LOGIN},
            "notify.email.user names the environment variable SMTP_USER, which is not set",
        ),
        ({"webhook": WEBHOOK}, "notify.webhook.secret names the environment variable HOOK_SECRET"),
        ({"apprise": [{"env": "CHAT"}]}, "notify.apprise names the environment variable CHAT"),
    ],
)
def test_a_secret_that_is_not_there_is_told_before_anything_runs(notify: dict[str, Any], named: str) -> None:
    config = check_config({"source": {"tasks": ["t.ndjson"]}, "notify": notify}, "the config")
    with pytest.raises(ConfigError, match=named):
        Notices(config, "x")


def test_a_secret_url_is_checked_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "key")
    monkeypatch.setenv("HOOK_URL", "hunter2")
    config = check_config(
        {"source": {"tasks": ["t"]}, "notify": {"webhook": WEBHOOK | {"url": {"env": "HOOK_URL"}}}},
        "the config",
    )
    with pytest.raises(ConfigError, match=r"HOOK_URL of notify\.webhook\.url is no URL") as raised:
        Notices(config, "x")
    assert "hunter2" not in str(raised.value)
    monkeypatch.setenv("HOOK_URL", "https://me:hunter2@example.com/?token=x")
    Notices(config, "x")


def test_a_missing_package_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT", "json://127.0.0.1")
    monkeypatch.setitem(__import__("sys").modules, "apprise", None)
    config = check_config(
        {"source": {"tasks": ["t"]}, "notify": {"apprise": [{"env": "CHAT"}]}}, "the config"
    )
    with pytest.raises(ConfigError, match=r"pip install 'framehaul\[chat\]'"):
        Notices(config, "x")


def test_a_url_that_apprise_does_not_know_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHAT", "hunter2://x")
    config = check_config(
        {"source": {"tasks": ["t"]}, "notify": {"apprise": [{"env": "CHAT"}]}}, "the config"
    )
    with pytest.raises(
        ConfigError, match=r"CHAT of notify\.apprise holds no URL that apprise knows"
    ) as raised:
        Notices(config, "x")
    assert "hunter2" not in str(raised.value)
