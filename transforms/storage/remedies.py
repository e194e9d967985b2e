"""Remedies: a sentence that tells a person what to do about a failure of a store."""

import errno
import os
import re

from framehaul.transforms.storage.failures import (
    LASTING_KINDS,
    UNREACHABLE_KINDS,
    StoreAnswer,
    answer_of,
    kinds_of,
)

_LONGEST_SAYING = 500  # some drivers repeat a whole page of XML or HTML


_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_NOT_ACCEPTED = {
    *("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "InvalidClientTokenId", "AuthFailure"),
    *("AuthenticationFailed", "InvalidAuthenticationInfo", "NoAuthenticationInformation"),
}
NO_BUCKET = {"NoSuchBucket", "ContainerNotFound"}
_OTHER_REGION = {
    *("AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException"),
    *("AuthorizationQueryParametersError", "InvalidRegion"),
}
_NO_CREDENTIALS = {
    "botocore.exceptions.NoCredentialsError",
    "botocore.exceptions.PartialCredentialsError",
    "google.auth.exceptions.DefaultCredentialsError",
    "azure.identity._exceptions.CredentialUnavailableError",
}
_CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role, or storage.s3.key and .secret",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS or a service account of the machine, or storage.gs.token",
    "az": "AZURE_STORAGE_ACCOUNT_NAME with a key, a token or an identity, or storage.az",
}
_ABOUT_A_KEY = re.compile(r"\bkms:[A-Z]|Cloud KMS|encryption ?scope", re.IGNORECASE)
_KEY_USERS = {
    "s3": "these credentials need kms:GenerateDataKey and kms:Decrypt",
    "gs": "the service agent of Cloud Storage needs to encrypt and decrypt with it",
    "az": "the scope has to be there and enabled, and the account has to reach its key",
}
_ADDRESS = {
    "s3": "storage.s3.endpoint_url or AWS_ENDPOINT_URL",
    "gs": "storage.gs.endpoint_url or STORAGE_EMULATOR_HOST",
    "az": "storage.az.account_name or its connection string",
}


def explain(error: BaseException, scheme: str, bucket_owner: str | None = None) -> str:
    """Say on one line what went wrong and what to do about it; the text may hold secrets, see ``redaction``.

    Args:
        bucket_owner: owner that the config expects of the bucket; S3 does not tell that refusal from others.
    """
    said = " ".join(str(error).split()).partition(" Content: <")[0] or type(error).__name__
    remedy = _disk_remedy(error) if scheme == "file" else _remedy(error, scheme)
    if bucket_owner is not None and (answer := answer_of(error)) is not None and answer.status == 403:
        remedy += f"; or the bucket is not of {bucket_owner}: correct storage.s3.expected_bucket_owner"
    return f"{said[:_LONGEST_SAYING]}; {remedy}" if remedy else said[:_LONGEST_SAYING]


def _remedy(error: BaseException, scheme: str) -> str:
    store = {"abfs": "az"}.get(scheme, scheme)
    answer = answer_of(error)
    if answer is not None:
        return _remedy_of_answer(answer, str(error), store)
    kinds = kinds_of(error)
    if kinds & _NO_CREDENTIALS or "unable to connect to account" in str(error):
        return f"there are no credentials: give {_CREDENTIALS.get(store, 'them')}"
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        variable = "AWS_CA_BUNDLE" if store == "s3" else "SSL_CERT_FILE"
        return f"its certificate is not trusted here: name a file with that of its issuer in {variable}"
    if kinds & (UNREACHABLE_KINDS | LASTING_KINDS):
        return f"nothing there speaks as this store does: check {_ADDRESS.get(store, 'the URL')}, and the network"
    if kinds & {"google.auth.exceptions.RefreshError", "botocore.exceptions.TokenRetrievalError"}:
        return "the credentials have expired: get new ones"
    return ""


def _remedy_of_answer(answer: StoreAnswer, said: str, store: str) -> str:  # noqa: PLR0911 - one line a case
    # Azure says it of a SAS token, in the detail of an answer that is the same for a wrong key.
    if answer.code in _EXPIRED or "expired" in said.lower() or "specified time frame" in said:
        return "the credentials have expired: get new ones"
    if answer.code in _NOT_ACCEPTED or answer.status == 401 or "failed to authenticate" in said:
        return f"the store does not accept these credentials: check {_CREDENTIALS.get(store, 'them')}"
    if answer.code == "RequestTimeTooSkewed":
        return "the clock of this machine is wrong: set it"
    if answer.code in _OTHER_REGION or answer.status == 301:
        return (
            "the bucket is in another region: set storage.s3.config_kwargs.region_name or AWS_DEFAULT_REGION"
        )
    if answer.code in NO_BUCKET:
        return "create the bucket, or correct the URL"
    if answer.code.startswith("KMS.") or _ABOUT_A_KEY.search(said):
        return f"check storage.{store}.encryption, and who may use that key: {_KEY_USERS.get(store, 'ask its owner')}"
    if answer.status == 403:
        return "these credentials may not do that here: let them read, write, list and delete, or take others"
    if answer.status == 404:
        return "there is no such bucket or object: create the bucket, or correct the URL"
    return ""


def _disk_remedy(error: BaseException) -> str:
    number = getattr(error, "errno", None)
    if number == errno.ENOSPC:
        path = getattr(error, "filename", None)
        return "free some inodes: too many files" if path and _no_inodes(path) else "free some space"
    return {
        errno.EDQUOT: "the quota is used up: free some space",
        errno.EROFS: "the disk is read-only: mount it for writing, or take another folder",
        errno.EACCES: "let this user read and write there, or take another place",
        errno.EPERM: "let this user read and write there, or take another place",
        errno.ENOENT: "correct the path",
        errno.ENOTDIR: "correct the path: what it takes for a folder is a file",
        errno.EISDIR: "name a file: that is a folder",
        errno.ENAMETOOLONG: "take a folder with a shorter path",
        errno.EMFILE: "raise the limit of open files (ulimit -n)",
    }.get(number or 0, "")


def _no_inodes(path: str) -> bool:
    """Tell whether the disk of ``path``, which may not exist, has room but no place for another file."""
    folder = os.path.dirname(os.path.abspath(path))
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return disk.f_files > 0 and disk.f_favail == 0 and disk.f_bavail > 0
