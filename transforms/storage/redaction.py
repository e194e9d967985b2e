"""Redact texts: URLs and messages of stores, without what would open a store.

A URL may carry a user and a password, or be signed; drivers repeat URLs, headers
and connection strings in their messages. Every such text that this project shows,
logs or stores goes through ``redact``.
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


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Replace user info and signatures of URLs in ``text``, and ``secrets``, by ``***``.

    >>> redact("http://me:hunter2@host:9000/a and https://host/b?sig=abc&se=1")
    'http://***@host:9000/a and https://host/b?***'
    """
    for secret in secrets:
        text = text.replace(secret, HIDDEN).replace(quote(secret, safe=""), HIDDEN)
    text = _USER_INFO.sub(_redact_user, text)
    text = _SIGNED_QUERY.sub(f"?{HIDDEN}", text)
    text = _NAMED_SECRET.sub(rf"\1={HIDDEN}", text)
    text = _CREDENTIAL.sub(rf"\1 {HIDDEN}", text)
    return _REPEATED_SIGNATURE.sub(rf"\1{HIDDEN}", _JSON_SECRET.sub(rf"\1{HIDDEN}", text))


def carries_secret(text: str) -> bool:
    """Tell whether ``text`` is, or holds, a URL that opens a store by itself."""
    return redact(text) != text


def redact_values(text: str, keys: Iterable[str]) -> str:
    """Replace the values of ``keys`` in ``text``, a message that may quote JSON, by ``***``.

    >>> redact_values('cannot read {"name": "Ann", "size": 3}', {"name"})
    'cannot read {"name": ***, "size": 3}'
    """
    for key in keys:
        name = rf"""(["']{re.escape(key)}["']\s*:\s*)"""
        text = re.sub(rf"{name}[\[{{].*", rf"\1{HIDDEN}", text, flags=re.DOTALL)
        text = re.sub(rf"""{name}("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[^\s,}}\]]+)""", rf"\1{HIDDEN}", text)
    return text


def _redact_user(match: re.Match[str]) -> str:
    scheme, user = match["scheme"], match["user"]
    if scheme.lower() in _CONTAINER_AND_ACCOUNT and ":" not in user:
        return match[0]
    return f"{scheme}://{HIDDEN}@"
