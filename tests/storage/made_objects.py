"""Requests that make objects, told from all others, and what of a store's own settings each carries."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

Json = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """A request that makes an object, or a part of one that is encrypted when it arrives.

    Attributes:
        name: of the object, without its bucket.
        how: ``whole``, ``in parts`` or ``part``.
        carried: encryption and tags, as the request tells them.
    """

    name: str
    how: str
    carried: Json


class UnknownRequestError(Exception):
    """A request that may have written something, but is none of those that are known."""


def made_by(scheme: str, method: str, path: str, headers: dict[str, str], body: bytes) -> Made | None:
    """The object that a request makes; ``None`` if it makes none.

    Raises:
        UnknownRequestError: nobody knows what it does.
    """
    if method in {"GET", "HEAD", "DELETE"}:
        return None
    url = urlsplit(path)
    query = parse_qs(url.query, keep_blank_values=True)
    return {"s3": _of_s3, "gs": _of_google, "az": _of_azure}[scheme](method, url.path, query, headers, body)


def _of_s3(
    method: str, path: str, query: dict[str, list[str]], headers: dict[str, str], _: bytes
) -> Made | None:
    if (method, set(query) & {"partNumber", "uploadId"}) in (
        ("PUT", {"partNumber", "uploadId"}),
        ("POST", {"uploadId"}),
    ):
        return None  # the upload was begun with all of it
    how = {("PUT", frozenset()): "whole", ("POST", frozenset({"uploads"})): "in parts"}.get(
        (method, frozenset(query))
    )
    if how is None:
        raise UnknownRequestError(f"{method} {path}?{query}")
    named = {
        "type": "x-amz-server-side-encryption",
        "key": "x-amz-server-side-encryption-aws-kms-key-id",
        "bucket_key": "x-amz-server-side-encryption-bucket-key-enabled",
    }
    carried: Json = {name: headers[header] for name, header in named.items() if header in headers}
    return Made(
        _below(path, 1), how, {**carried, "tags": dict(parse_qsl(headers.get("x-amz-tagging", ""), True))}
    )


def _of_google(
    method: str, path: str, query: dict[str, list[str]], _: dict[str, str], body: bytes
) -> Made | None:
    if "upload_id" in query:
        return None  # content of what was begun with all of it
    kinds = {"multipart": "whole", "resumable": "in parts"}
    how = kinds.get(query.get("uploadType", [""])[0])
    if method != "POST" or not path.startswith("/upload/storage/v1/b/") or how is None:
        raise UnknownRequestError(f"{method} {path}?{query}")
    described = json.loads(body) if how == "in parts" else json.loads(_FIRST_PART.findall(body)[0])
    carried = {"key": query["kmsKeyName"][0]} if "kmsKeyName" in query else {}
    return Made(described["name"], how, {**carried, "tags": described.get("metadata", {})})


_FIRST_PART = re.compile(rb"\A--==0==\r?\n.*?\r?\n\r?\n(\{.*?\})\r?\n--==0==", re.DOTALL)


def _of_azure(
    method: str, path: str, query: dict[str, list[str]], headers: dict[str, str], _: bytes
) -> Made | None:
    comp = query.get("comp", [""])[0]
    how = {"": "whole", "blocklist": "in parts", "block": "part"}.get(comp)
    if method != "PUT" or how is None or "restype" in query:
        raise UnknownRequestError(f"{method} {path}?{query}")
    scope = headers.get("x-ms-encryption-scope")
    carried: Json = {"scope": scope} if scope is not None else {}
    return Made(
        _below(path, 2), how, {**carried, "tags": dict(parse_qsl(headers.get("x-ms-tags", ""), True))}
    )


def _below(path: str, folders: int) -> str:
    """Without account and bucket."""
    return unquote(path).lstrip("/").split("/", folders)[-1]
