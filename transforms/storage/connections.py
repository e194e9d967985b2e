"""Connections to stores: the one place that opens a filesystem of fsspec.

Credentials that the options do not give are found as the store's own tools find
them: environment, profile, or the identity of the machine.

State of the process: a variable of the environment that gcsfs reads, set when this module is imported.
"""

import os
import types
from typing import Any

import fsspec

from framehaul.transforms.storage.options import StorageOptions, scheme_of

# Read by gcsfs when it is imported. Otherwise it asks over gRPC, for every bucket, whether objects could be
# appended to, which is of no use to whole objects, takes a minute against anything but Google itself, and
# leaves threads behind in a process that is about to fork its workers.
os.environ.setdefault("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")

_CONNECT_S = 10
_READ_S = 60  # without a byte


def connect(url: str, options: StorageOptions, *, bucket_owner: str | None = None) -> tuple[Any, str]:
    """Open the filesystem of ``url``; returns it, and its own name for the object at ``url``.

    Unlike ``fsspec.core.url_to_fs`` it does not look for chains of URLs, so a
    name may hold ``::``.

    Args:
        bucket_owner: number of the AWS account that S3 is told, with every request, to answer for alone.

    Raises:
        ConfigError: an environment variable that the options name is not set here.
    """
    scheme = scheme_of(url)
    kind = fsspec.get_filesystem_class(scheme)
    settings = _add_time_limits(scheme, {**kind._get_kwargs_from_urls(url), **options.resolve(url)})
    if bucket_owner is not None:
        also = settings.get(
            "s3_additional_kwargs", {}
        )  # which the driver adds to every request that knows them
        settings["s3_additional_kwargs"] = {**also, "ExpectedBucketOwner": bucket_owner}
    filesystem = kind(**settings)
    _leave_retries_to_us(scheme, filesystem)
    return filesystem, str(kind._strip_protocol(url))


def _add_time_limits(scheme: str, given: dict[str, Any]) -> dict[str, Any]:
    """Add limits, so that a store that stops answering does not hold a run for ever. What the config gives wins."""
    if scheme == "s3":
        once = {"retries": {"total_max_attempts": 1}, "connect_timeout": _CONNECT_S, "read_timeout": _READ_S}
        return {**given, "config_kwargs": {**once, **given.get("config_kwargs", {})}}
    if scheme in {"az", "abfs"}:
        return {"connection_timeout": _CONNECT_S, "read_timeout": _READ_S, **given}
    if scheme == "gs":
        import aiohttp  # noqa: PLC0415 - only where gcsfs imports it anyway

        limits = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=_READ_S)
        return {"requests_timeout": limits, "consistency": "md5", **given}
    return given


def _leave_retries_to_us(scheme: str, filesystem: Any) -> None:
    """Switch off the drivers' own retries: ``framehaul.transforms.storage.retries`` says why."""
    if scheme == "s3":
        filesystem.retries = 1
    elif scheme == "gs":
        filesystem._request = types.MethodType(type(filesystem)._request.__wrapped__, filesystem)
    elif scheme in {"az", "abfs"}:
        for policy in filesystem.service_client._pipeline._impl_policies:
            if hasattr(policy, "total_retries"):
                policy.total_retries = 0
