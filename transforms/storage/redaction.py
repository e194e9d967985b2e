"""Texts that may be shown: URLs and messages of stores, without what would open a store.

A URL may carry a user and a password, or be signed; drivers repeat URLs, headers
and connection strings in their messages. All that is shown, logged or stored by
this project goes through ``shown``.
"""

import re
from collections.abc import Iterable
from urllib.parse import quote

HIDDEN = "***"
_USER_INFO = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<user>[^\s/?#\"'<>]*)@", re.IGNORECASE)
_SIGNING = (
    r"(?:x-amz-\w[\w-]*|x-goog-\w[\w-]*|[\w-]*signature|sig|awsaccesskeyid|googleaccessid|access_token|token"
    r"|upload_id)"  # of a resumable upload to Google: who knows it may write
)
_SIGNED_QUERY = re.compile(rf"\?[^\s\"'<>]*?\b{_SIGNING}=[^\s\"'<>]*", re.IGNORECASE)
_NAMED_SECRET = re.compile(
    r"\b(AccountKey|SharedAccessSignature|Signature|sig|(?:aws_)?secret_access_key|aws_session_token)"
    r"=[^;\s\"'<>]+",
    re.IGNORECASE,
)
# In a header, in JSON of an identity service, and in what Azure says of a signature that it does not accept.
_CREDENTIAL = re.compile(r"\b(Bearer|SharedKey(?:Lite)?) +[^\s\"',<>]+", re.IGNORECASE)
_JSON_SECRET = re.compile(
    r"""(["'](?:access_token|refresh_token|id_token|client_secret|private_key|assertion|secret\w*|password)["']\s*:\s*)"""
    r"""("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)""",
    re.IGNORECASE,
)
_REPEATED_SIGNATURE = re.compile(r"(signature found in the HTTP request )('[^']*'?|\S+)", re.IGNORECASE)
_CONTAINER_AND_ACCOUNT = {"az", "abfs", "abfss"}  # az://container@account.dfs.core.windows.net/ names no user


def shown(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` without user info and signatures of URLs, and without ``secrets``.

    >>> shown("http://me:hunter2@host:9000/a and https://host/b?sig=abc&se=1")
    'http://***@host:9000/a and https://host/b?***'
    """
    for secret in secrets:
        text = text.replace(secret, HIDDEN).replace(quote(secret, safe=""), HIDDEN)
    text = _USER_INFO.sub(_without_user, text)
    text = _SIGNED_QUERY.sub(f"?{HIDDEN}", text)
    text = _NAMED_SECRET.sub(rf"\1={HIDDEN}", text)
    text = _CREDENTIAL.sub(rf"\1 {HIDDEN}", text)
    return _REPEATED_SIGNATURE.sub(rf"\1{HIDDEN}", _JSON_SECRET.sub(rf"\1{HIDDEN}", text))


def carries_secret(text: str) -> bool:
    """Whether ``text`` is, or holds, a URL that opens a store by itself."""
    return shown(text) != text


def without_values(text: str, keys: Iterable[str]) -> str:
    """``text``, a message that may quote JSON, without the values of ``keys``.

    >>> without_values('cannot read {"name": "Ann", "size": 3}', {"name"})
    'cannot read {"name": ***, "size": 3}'
    """
    for key in keys:
        name = rf"""(["']{re.escape(key)}["']\s*:\s*)"""
        text = re.sub(rf"{name}[\[{{].*", rf"\1{HIDDEN}", text, flags=re.DOTALL)
        text = re.sub(rf"""{name}("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[^\s,}}\]]+)""", rf"\1{HIDDEN}", text)
    return text


def _without_user(match: re.Match[str]) -> str:
    scheme, user = match["scheme"], match["user"]
    if scheme.lower() in _CONTAINER_AND_ACCOUNT and ":" not in user:
        return match[0]
    return f"{scheme}://{HIDDEN}@"
