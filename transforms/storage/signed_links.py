"""Links that open one object for a while, for whoever has them.

A link is made from the credentials alone; nothing asks the store. S3 and Google
take signatures of version 4 for seven days at most. (S3's driver would make links
of version 2 where the config does not say otherwise, which newer regions refuse.)
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from framehaul.transforms.errors import ConfigError, StorageError
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import StorageOptions, scheme_of
from framehaul.transforms.storage.redaction import carries_secret

_WEEK = timedelta(days=7)
_LONGEST = {"s3": _WEEK, "gs": _WEEK}
_STORES = {"s3": "S3", "gs": "Google Cloud Storage", "az": "Azure", "abfs": "Azure"}
_NEEDED = {
    "s3": "an access key and its secret",
    "gs": "the key file of a service account (storage.gs.token or GOOGLE_APPLICATION_CREDENTIALS)",
    "az": "the key of the account (storage.az.account_key, or a connection string that has it)",
}


def refuse_unsignable(store: ObjectStore, valid: timedelta) -> None:
    """Raise ``ConfigError`` where there can be no links, or none that live for so long."""
    scheme = scheme_of(store.base_url)
    if scheme not in _STORES:
        raise ConfigError(
            f"{store.base_url} is not on a store that signs links; S3, Google Cloud Storage and Azure do"
        )
    longest = _LONGEST.get(scheme)
    if longest is not None and valid > longest:
        raise ConfigError(
            f"a link of {_STORES[scheme]} lives for {longest.days} days at most, not for {valid.total_seconds() / 86_400:g} days"
        )


def signed_link(store: ObjectStore, path: str, valid: timedelta) -> str:
    """A URL from which anybody can get one object of ``store`` with plain HTTP.

    Raises:
        ConfigError: see ``refuse_unsignable``.
        StorageError: these credentials cannot sign.
    """
    refuse_unsignable(store, valid)
    scheme = {"abfs": "az"}.get(scheme_of(store.base_url), scheme_of(store.base_url))
    url = _store_signing_version_4(store).ask(
        "sign a link to", path, _signer(scheme, int(valid.total_seconds()))
    )
    if url is None or not carries_secret(url):  # without credentials some drivers give a plain URL
        raise StorageError(
            f"the credentials for {store.base_url} cannot sign links: that takes {_NEEDED[scheme]}"
        )
    return url


def ends_with_its_credentials(link: str) -> bool:
    """Tell whether it was signed with credentials that end by themselves, maybe before the link does."""
    return "X-Amz-Security-Token=" in link


def _signer(scheme: str, seconds: int) -> Callable[[Any, str], str | None]:
    options = {"version": "v4"} if scheme == "gs" else {}

    def sign(filesystem: Any, key: str) -> str | None:
        try:
            return str(filesystem.sign(key, expiration=seconds, **options))
        except (AttributeError, ValueError, TypeError):  # what drivers raise who hold a token and no key
            return None

    return sign


def _store_signing_version_4(store: ObjectStore) -> ObjectStore:
    given = store.options.by_scheme
    s3 = given.get("s3") or {}
    config = {"signature_version": "s3v4", **s3.get("config_kwargs", {})}
    return ObjectStore(store.base_url, StorageOptions({**given, "s3": {**s3, "config_kwargs": config}}))
