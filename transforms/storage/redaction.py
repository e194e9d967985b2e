"""Texts that may be shown: URLs and messages of stores, without what would open a store.

A URL may carry a user and a password, or be signed; drivers repeat URLs and
connection strings in their messages. All that is shown, logged or stored by
this project goes through ``shown``.
"""

import re
from collections.abc import Iterable

HIDDEN = "***"
_USER_INFO = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<user>[^\s/?#\"'<>]*)@", re.IGNORECASE)
_SIGNING = (
    r"(?:x-amz-\w[\w-]*|x-goog-\w[\w-]*|[\w-]*signature|sig|awsaccesskeyid|googleaccessid|access_token|token)"
)
_SIGNED_QUERY = re.compile(rf"\?[^\s\"'<>]*?\b{_SIGNING}=[^\s\"'<>]*", re.IGNORECASE)
_NAMED_SECRET = re.compile(r"\b(AccountKey|SharedAccessSignature|Signature)=[^;\s\"'<>]+", re.IGNORECASE)
_CONTAINER_AND_ACCOUNT = {"az", "abfs", "abfss"}  # az://container@account.dfs.core.windows.net/ names no user


def shown(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` without user info and signatures of URLs, and without ``secrets``.

    >>> shown("http://me:hunter2@host:9000/a and https://host/b?sig=abc&se=1")
    'http://***@host:9000/a and https://host/b?***'
    """
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    text = _USER_INFO.sub(_without_user, text)
    text = _SIGNED_QUERY.sub(f"?{HIDDEN}", text)
    return _NAMED_SECRET.sub(rf"\1={HIDDEN}", text)


def carries_secret(text: str) -> bool:
    """Whether ``text`` is, or holds, a URL that opens a store by itself."""
    return shown(text) != text


def _without_user(match: re.Match[str]) -> str:
    scheme, user = match["scheme"], match["user"]
    if scheme.lower() in _CONTAINER_AND_ACCOUNT and ":" not in user:
        return match[0]
    return f"{scheme}://{HIDDEN}@"
