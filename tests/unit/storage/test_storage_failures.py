"""Failures of stores are told apart by what is at their root, however a driver wraps them."""

import errno
import ssl
from typing import Any

import aiohttp
import botocore.exceptions
import google.auth.exceptions
import pytest
from azure.core import exceptions as azure
from gcsfs.retry import ChecksumError, HttpError
from s3fs.errors import translate_boto_error

from framehaul.transforms.storage.failures import BrokenBodyError, Outlook, outlook
from framehaul.transforms.storage.remedies import explain


def from_s3(status: int, code: str) -> Exception:
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    error: Exception = translate_boto_error(botocore.exceptions.ClientError(answer, "PutObject"))
    return error


def from_azure(status: int, code: str) -> Exception:
    error = azure.HttpResponseError("no")
    error.status_code = status
    error.error_code = code  # type: ignore[attr-defined] # as the storage client sets it
    return error


def wrapped(error: Exception) -> Exception:
    try:
        raise RuntimeError("in other words") from error
    except RuntimeError as outer:
        return outer


PASSING = [
    from_s3(503, "SlowDown"),
    from_s3(500, "InternalError"),
    from_s3(400, "RequestTimeout"),
    from_s3(400, "BadDigest"),
    from_s3(429, "429"),
    from_s3(502, "502"),
    from_azure(503, "ServerBusy"),
    from_azure(500, "OperationTimedOut"),
    from_azure(400, "Md5Mismatch"),
    HttpError({"code": 429, "message": "slow down"}),
    HttpError({"code": "503", "message": ""}),
    ChecksumError(),
    TimeoutError(),
    ConnectionResetError(),
    BrokenBodyError("half of it"),
    botocore.exceptions.ReadTimeoutError(endpoint_url="x"),
    botocore.exceptions.ConnectionClosedError(endpoint_url="x"),
    aiohttp.ClientPayloadError("not completed"),
    aiohttp.ServerDisconnectedError(),
    azure.ServiceResponseError("connection lost"),
    azure.IncompleteReadError("half of it"),
    google.auth.exceptions.TransportError("no route"),
    wrapped(from_s3(503, "SlowDown")),
]
UNREACHABLE = [
    botocore.exceptions.EndpointConnectionError(endpoint_url="x"),
    botocore.exceptions.ConnectTimeoutError(endpoint_url="x"),
    azure.ServiceRequestError("cannot connect"),
    ConnectionRefusedError(),
]
LASTING = [
    from_s3(403, "AccessDenied"),
    from_s3(404, "NoSuchBucket"),
    from_s3(400, "ExpiredToken"),
    from_s3(400, "AuthorizationHeaderMalformed"),
    from_s3(501, "NotImplemented"),
    from_azure(404, "ContainerNotFound"),
    azure.ClientAuthenticationError("no token"),
    HttpError({"code": 401, "message": "Invalid Credentials"}),
    FileNotFoundError("bucket/a"),
    FileExistsError("bucket/a"),
    OSError("Forbidden: https://storage/b\nno"),
    ValueError("a bug"),
    botocore.exceptions.HTTPClientError(error=ValueError("a URL that is none")),
    botocore.exceptions.NoCredentialsError(),
    botocore.exceptions.ParamValidationError(report="no"),
    botocore.exceptions.SSLError(endpoint_url="x", error=ssl.SSLError()),
    google.auth.exceptions.RefreshError("expired"),
]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        *((error, Outlook.PASSING) for error in PASSING),
        *((error, Outlook.UNREACHABLE) for error in UNREACHABLE),
        *((error, Outlook.LASTING) for error in LASTING),
    ],
    ids=repr,
)
def test_what_may_pass_is_told_from_what_does_not(error: Exception, expected: Outlook) -> None:
    assert outlook(error) is expected


@pytest.mark.parametrize(
    ("error", "scheme", "remedy"),
    [
        (from_s3(400, "ExpiredToken"), "s3", "the credentials have expired: get new ones"),
        (from_s3(403, "SignatureDoesNotMatch"), "s3", "does not accept these credentials: check AWS_"),
        (from_s3(403, "AccessDenied"), "s3", "may not do that here"),
        (from_s3(301, "PermanentRedirect"), "s3", "storage.s3.config_kwargs.region_name"),
        (from_s3(404, "NoSuchBucket"), "s3", "create the bucket"),
        (botocore.exceptions.NoCredentialsError(), "s3", "there are no credentials: give AWS_"),
        (UNREACHABLE[0], "s3", "check storage.s3.endpoint_url"),
        (from_azure(404, "ContainerNotFound"), "abfs", "create the bucket"),
        (from_azure(403, "AuthorizationPermissionMismatch"), "az", "may not do that here"),
        (ValueError("unable to connect to account for x"), "az", "give AZURE_STORAGE_ACCOUNT_NAME"),
        (HttpError({"code": 401, "message": "x"}), "gs", "check GOOGLE_APPLICATION_CREDENTIALS"),
        (OSError("Forbidden: https://storage/b\nno"), "gs", "may not do that here"),
        (google.auth.exceptions.RefreshError("gone"), "gs", "get new ones"),
        (from_s3(400, "KMS.DisabledException"), "s3", "check storage.s3.encryption"),
        (HttpError({"code": 403, "message": "denied on Cloud KMS key"}), "gs", "the service agent"),
        (OSError(errno.ENOSPC, "full"), "file", "free some space"),
        (OSError(errno.EROFS, "read-only"), "file", "mount it for writing"),
        (OSError(errno.EACCES, "no"), "file", "let this user read and write there"),
        (OSError(errno.ENAMETOOLONG, "long"), "file", "a shorter path"),
    ],
    ids=repr,
)
def test_a_failure_comes_with_what_to_do(error: Exception, scheme: str, remedy: str) -> None:
    said = explain(error, scheme)
    assert remedy in said
    assert "\n" not in said


def test_a_refusal_may_be_of_the_owner_that_was_expected() -> None:
    """S3 refuses a bucket of somebody else in the same words as anything else."""
    owner = "; or the bucket is not of 123456789012: correct storage.s3.expected_bucket_owner"
    assert explain(from_s3(403, "AccessDenied"), "s3", "123456789012").endswith(owner)
    assert owner not in explain(from_s3(403, "AccessDenied"), "s3")
    assert owner not in explain(from_s3(404, "NoSuchBucket"), "s3", "123456789012")


def test_a_page_of_xml_is_not_repeated() -> None:
    assert len(explain(OSError("no " * 10_000), "s3")) < 600
    assert explain(OSError("no\nErrorCode:X\nContent: <?xml?>"), "s3") == "no ErrorCode:X"
    assert explain(TimeoutError(), "s3") == "TimeoutError"
