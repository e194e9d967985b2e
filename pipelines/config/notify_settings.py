"""The section ``notify``: receivers of messages that an export is ready or has failed."""

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator

from framehaul.pipelines.config.durations import Duration
from framehaul.pipelines.config.setting_values import Section
from framehaul.transforms.errors import ConfigError
from framehaul.transforms.storage.redaction import carries_secret

# Characters that could end a header line or a list of addresses; the rest is for the mail server to judge.
_ADDRESS = re.compile(r"[^\s<>@,;:\"\\\x00-\x1f\x7f]+@[^\s<>@,;:\"\\\x00-\x1f\x7f]+")
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def _check_environment_name(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or set(value) != {"env"}:
        raise ValueError("may hold a secret; write {env: NAME} and put the value into the environment")
    if not isinstance(value["env"], str) or not value["env"]:
        raise ValueError("env needs the name of an environment variable")
    return {"env": value["env"]}


def _check_url_or_name(value: Any) -> str | dict[str, str]:
    if not isinstance(value, str):
        return _check_environment_name(value)
    return check_web_address(value)


def check_web_address(url: str, *, may_be_secret: bool = False) -> str:
    """Check a URL, and return it. Raises ``ValueError``, which never repeats it."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        known = None
    if not known or not url.isprintable() or " " in url:
        raise ValueError("is no URL that begins with https:// (or http://) and a host")
    if not may_be_secret and carries_secret(url):
        raise ValueError("a URL with credentials is a secret; write {env: NAME}")
    return url


def _check_address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("is no e-mail address; write name@example.com, without a display name")
    return value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


EnvironmentName = Annotated[
    dict[str, str], PlainValidator(_check_environment_name, json_schema_input_type=dict[Literal["env"], str])
]
WebAddress = Annotated[
    str | dict[str, str],
    PlainValidator(_check_url_or_name, json_schema_input_type=str | dict[Literal["env"], str]),
]
Addresses = Annotated[
    list[Annotated[str, AfterValidator(_check_address)]],
    BeforeValidator(_as_list, json_schema_input_type=list[str] | str),
]


class EmailSection(Section):
    """A mail server, and the receivers of mail through it."""

    host: str = Field(min_length=1, pattern=r"^[^\s/@]+$")
    port: int | None = Field(None, ge=1, le=65_535, description="587, 465 or 25, by `security`")
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: EnvironmentName | None = None
    password: EnvironmentName | None = None
    sender: Annotated[str, AfterValidator(_check_address)]
    to: Addresses = Field(min_length=1)

    @property
    def port_to_use(self) -> int:
        return self.port or _PORTS[self.security]

    @model_validator(mode="after")
    def _check_credentials(self) -> "EmailSection":
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password belong together; give both or none")
        if self.password is not None and self.security == "none":
            raise ValueError("security: none would send the password in the open; use starttls or tls")
        return self


class WebhookSection(Section):
    """Receiver to which a JSON message is posted."""

    url: WebAddress = Field(description="{env: NAME} where the URL itself is a secret")
    secret: EnvironmentName = Field(description="what every message is signed with")


class NotifySection(Section):
    """Receivers of messages that an export is ready or has failed."""

    events: list[Literal["ready", "failed"]] = Field(["ready", "failed"], min_length=1)
    link_expires: Duration = Field(
        timedelta(hours=24),
        le=timedelta(days=7),
        description="how long the link lives, where the store signs one",
    )
    email: EmailSection | None = None
    webhook: WebhookSection | None = None
    apprise: list[EnvironmentName] = Field([], description="URLs of apprise, for chat services")


def secret_value(reference: Mapping[str, str], where: str) -> str:
    """Look up the secret that ``{env: NAME}`` stands for, on this machine.

    Raises:
        ConfigError: the variable is not set.
    """
    name = reference["env"]
    value = os.environ.get(name)
    if not value:
        raise ConfigError(f"{where} names the environment variable {name}, which is not set on this machine")
    return value
