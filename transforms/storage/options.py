"""Options of each store, with secrets as names until the moment they are used."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from framehaul.transforms.errors import ConfigError
from framehaul.transforms.storage.object_settings import NAMES, ObjectSettings
from framehaul.transforms.storage.redaction import redact

SCHEMES = ("file", "s3", "gs", "az", "abfs", "memory")
_SAME_STORE = {"az": "abfs", "abfs": "az", "gs": "gcs", "gcs": "gs"}
_ALWAYS: Mapping[str, Mapping[str, Any]] = {"file": {"auto_mkdir": True}}
_TOOLS_SECRETS = (  # which the stores' own tools read, and so the drivers
    *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    *("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN", "AZURE_CLIENT_SECRET"),
    "AZURE_STORAGE_CONNECTION_STRING",
)
_SHORTEST_SECRET = 4  # hiding every "a" of a message would hide the message


def scheme_of(url: str) -> str:
    """The scheme of a URL; a plain path is ``file``.

    >>> scheme_of("s3://bucket/key"), scheme_of("exports/today")
    ('s3', 'file')
    """
    scheme, separator, _ = url.partition("://")
    return scheme if separator else "file"


def store_failures(url: str) -> type[Exception]:
    """Errors that a store's driver raises: on a disk always ``OSError``, elsewhere each has errors of its own."""
    return OSError if scheme_of(url) == "file" else Exception


@dataclass(frozen=True)
class StorageOptions:
    """Settings of the section ``storage`` of the config, per scheme.

    It travels to workers inside steps, so a secret in it is only ever
    ``{"env": NAME}``: the name of an environment variable, read on the machine
    that opens the connection.
    """

    by_scheme: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)

    def resolve(self, url: str) -> dict[str, Any]:
        """Options for the filesystem of ``url``, secrets filled in.

        Raises:
            ConfigError: an environment variable that is named is not set here.
        """
        scheme = scheme_of(url)
        given = {name: value for name, value in self._options_of(scheme).items() if name not in NAMES}
        return {**_ALWAYS.get(scheme, {}), **_fill_in(given, f"storage.{scheme}")}

    def object_settings(self, url: str) -> ObjectSettings:
        """Settings that go with every object that is written to the store of ``url``."""
        given = self._options_of(scheme_of(url))
        return ObjectSettings(given.get("encryption") or {}, given.get("tags") or {})

    def bucket_owner(self, url: str) -> str | None:
        """Number of the AWS account that must own the bucket of an export; ``None`` for any owner."""
        return self._options_of(scheme_of(url)).get("expected_bucket_owner")

    def redact(self, url: str, text: str) -> str:
        """Replace the secrets of the store of ``url`` in ``text``."""
        names = {*_secret_names(self._options_of(scheme_of(url))), *_TOOLS_SECRETS}
        values = (os.environ.get(name, "") for name in names)
        secrets = [value for value in values if len(value) >= _SHORTEST_SECRET]
        return redact(text, sorted(secrets, key=len, reverse=True))

    def _options_of(self, scheme: str) -> Mapping[str, Any]:
        return self.by_scheme.get(scheme) or self.by_scheme.get(_SAME_STORE.get(scheme, scheme)) or {}


def _fill_in(value: Any, where: str) -> Any:
    if not isinstance(value, Mapping):
        return value
    if set(value) == {"env"}:
        name = value["env"]
        if name not in os.environ:
            raise ConfigError(
                f"{where} names the environment variable {name}, which is not set on this machine"
            )
        return os.environ[name]
    return {key: _fill_in(inner, f"{where}.{key}") for key, inner in value.items()}


def _secret_names(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if set(value) == {"env"}:
            yield str(value["env"])
        else:
            for inner in value.values():
                yield from _secret_names(inner)
