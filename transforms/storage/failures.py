"""Judge a failure of a store: may another attempt succeed?

Drivers wrap the same failure differently, so it is recognised by what is at its
root: the HTTP status and the store's own code where there was an answer, the kind
of exception where there was none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto


class BrokenBodyError(OSError):
    """Fewer bytes arrived than were asked for, or others than were sent."""


class Outlook(Enum):
    """Chance that another attempt succeeds."""

    PASSING = auto()
    UNREACHABLE = auto()  # passing for a store that has answered before, else a wrong address
    LASTING = auto()


@dataclass(frozen=True)
class StoreAnswer:
    """Answer of a store that refused something.

    Attributes:
        status: of HTTP.
        code: the store's own word for it, or empty.
    """

    status: int | None
    code: str


_PASSING_STATUS = {408, 425, 429, 500, 502, 503, 504}
_PASSING_CODES = {
    *("SlowDown", "Throttling", "ThrottlingException", "TooManyRequests", "RequestTimeout", "InternalError"),
    *(
        "ServiceUnavailable",
        "OperationAborted",
        "ServerBusy",
        "OperationTimedOut",
        "ConditionalRequestConflict",
    ),
    *(
        "BadDigest",
        "IncompleteBody",
        "XAmzContentSHA256Mismatch",
        "XAmzContentChecksumMismatch",
        "Md5Mismatch",
    ),
}
LASTING_KINDS = {
    "botocore.exceptions.SSLError",
    "botocore.exceptions.InvalidProxiesConfigError",
    "aiohttp.client_exceptions.ClientSSLError",
    "aiohttp.client_exceptions.InvalidURL",
    "azure.core.exceptions.ClientAuthenticationError",
}
UNREACHABLE_KINDS = {
    "botocore.exceptions.EndpointConnectionError",
    "botocore.exceptions.ConnectTimeoutError",
    "botocore.exceptions.ProxyConnectionError",
    "aiohttp.client_exceptions.ClientConnectorError",
    "aiohttp.client_exceptions.ConnectionTimeoutError",
    "azure.core.exceptions.ServiceRequestError",
    "builtins.ConnectionRefusedError",
    "socket.gaierror",
}
_PASSING_KINDS = {
    f"{__name__}.BrokenBodyError",
    "builtins.TimeoutError",
    "builtins.ConnectionError",
    "botocore.exceptions.ConnectionClosedError",
    "botocore.exceptions.ReadTimeoutError",
    "botocore.exceptions.IncompleteReadError",
    "botocore.exceptions.FlexibleChecksumError",
    "botocore.parsers.ResponseParserError",
    "aiohttp.client_exceptions.ClientConnectionError",
    "aiohttp.client_exceptions.ClientPayloadError",
    "aiohttp.http_exceptions.HttpProcessingError",
    "azure.core.exceptions.ServiceResponseError",
    "azure.core.exceptions.IncompleteReadError",
    "azure.core.exceptions.HttpResponseError",  # without a status: a body that could not be read
    "requests.exceptions.RequestException",
    "google.auth.exceptions.TransportError",
    "gcsfs.retry.ChecksumError",
}


def outlook(error: BaseException) -> Outlook:
    """Judge whether the operation that ended with ``error`` may be tried again."""
    answer = answer_of(error)
    if answer is not None:
        passing = answer.code in _PASSING_CODES or answer.status in _PASSING_STATUS
        return Outlook.PASSING if passing else Outlook.LASTING
    kinds = kinds_of(error)
    if kinds & LASTING_KINDS:
        return Outlook.LASTING
    if kinds & UNREACHABLE_KINDS:
        return Outlook.UNREACHABLE
    return Outlook.PASSING if kinds & _PASSING_KINDS else Outlook.LASTING


def was_answered(error: BaseException) -> bool:
    """Tell whether a store answered, so that it can be reached."""
    return answer_of(error) is not None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, innermost last."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def kinds_of(error: BaseException) -> set[str]:
    """Names of all classes of the error and of what led to it."""
    return {
        f"{kind.__module__}.{kind.__qualname__}" for cause in _causes(error) for kind in type(cause).__mro__
    }


def answer_of(error: BaseException) -> StoreAnswer | None:
    """Answer of the store that led to the error; ``None`` where there was no answer."""
    for cause in _causes(error):
        response = getattr(cause, "response", None)
        if isinstance(response, dict):  # botocore
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            return StoreAnswer(status, str(response.get("Error", {}).get("Code", "")))
        status = getattr(cause, "status_code", None) or getattr(cause, "status", None)
        if isinstance(status, int):  # azure, aiohttp
            return StoreAnswer(status, str(getattr(cause, "error_code", None) or ""))
        code = getattr(cause, "code", None)
        if type(cause).__name__ == "HttpError" and str(code).isdigit():  # gcsfs
            return StoreAnswer(int(str(code)), "")
    return _plain_answer(error)


def _plain_answer(error: BaseException) -> StoreAnswer | None:
    """Answer behind a plain exception: gcsfs and fsspec turn some answers into such."""
    plain = ((FileNotFoundError, 404), (PermissionError, 403), (FileExistsError, 412))
    for kind, status in plain:
        if isinstance(error, kind):
            return StoreAnswer(status, "")
    if isinstance(error, OSError) and str(error).startswith("Forbidden:"):
        return StoreAnswer(403, "")
    if isinstance(error, ValueError) and str(error).startswith("Bad Request:"):
        return StoreAnswer(400, "")
    return None
