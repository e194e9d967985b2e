"""Runners that can carry an export out: one row for each ``runner.name``. Beam is imported only when it is used."""

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from framehaul.transforms.errors import ConfigError


@dataclass(frozen=True)
class Runner:
    """One way to carry an export out.

    Attributes:
        beam_class: ``module:name`` of Beam's runner.
        defaults: flags for Beam, where neither the config nor the command line gives them.
        needs: flags that must be given, with an example of each.
        module: package that must be importable beside Framehaul's own, and ``extra``, which brings it.
        stores_only: whether workers have no disk in common with the launching machine.
    """

    beam_class: str
    defaults: Mapping[str, str | bool] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    module: str | None = None
    extra: str | None = None
    stores_only: bool = False


_PORTABLE = "apache_beam.runners.portability.portable_runner:PortableRunner"
# Beam's job services give a job five minutes unless told otherwise; whether there is one is asked before.
_NO_HURRY = {"job_server_timeout": "31536000"}
_WORKER_POOL = {"environment_type": "EXTERNAL", "environment_config": "localhost:50000"}

RUNNERS: Mapping[str, Runner] = {
    "direct": Runner("apache_beam.runners.portability.fn_api_runner.fn_runner:FnApiRunner"),
    "portable": Runner(
        _PORTABLE,
        defaults=_NO_HURRY,
        needs={"job_endpoint": "localhost:8099", "environment_type": "EXTERNAL"},
    ),
    "flink": Runner(_PORTABLE, {"job_endpoint": "localhost:8099", **_WORKER_POOL, **_NO_HURRY}),
    "spark": Runner(_PORTABLE, {"job_endpoint": "localhost:8099", **_WORKER_POOL, **_NO_HURRY}),
    "prism": Runner(
        _PORTABLE, {"job_endpoint": "localhost:8073", "environment_type": "LOOPBACK", **_NO_HURRY}
    ),
    "dataflow": Runner(
        "apache_beam.runners.dataflow.dataflow_runner:DataflowRunner",
        # What is in __main__ is only the command line; workers have no use for it.
        defaults={"sdk_location": "container", "no_save_main_session": True},
        needs={
            "project": "my-project",
            "region": "europe-west1",
            "temp_location": "gs://my-bucket/temp",
            "sdk_container_image": "europe-docker.pkg.dev/my-project/framehaul/worker:0.1.0",
        },
        module="google.cloud.dataflow",
        extra="dataflow",
        stores_only=True,
    ),
}

_DASK = (
    "Beam's Dask runner gives every tagged output all elements, runs only the last sink, and loses what a bundle "
    "emits at its end, all without an error"
)
_SPARK_PACKAGE = "beam-pyspark-runner gives every tagged output all elements, without an error; use spark"
REFUSED: Mapping[str, str] = {
    "dask": _DASK,
    "ray": "ray-beam does not work with this version of Beam",
    "pyspark": _SPARK_PACKAGE,
}


def refuse_wrong_runner(name: Any) -> Any:
    """Refuse a runner that is known to give wrong results; any other ``name`` is returned as it is.

    Raises:
        ValueError: with the reason.
    """
    reason = REFUSED.get(str(name).lower().removesuffix("runner"))
    if reason is not None:
        raise ValueError(f"it would give wrong results: {reason}; allowed are {', '.join(RUNNERS)}")
    return name


def import_runner(name: str) -> Any:
    """Import Beam's class of a runner.

    Raises:
        ConfigError: its packages are missing; the message names the extra that brings them.
    """
    runner = RUNNERS[name]
    if runner.module is not None and not _is_installed(runner.module):
        raise ConfigError(
            f"runner.name {name} needs packages that are not installed: pip install 'framehaul[{runner.extra}]'"
        )
    module, _, attribute = runner.beam_class.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # one of the packages around it
        return False


def refuse_missing_flags(name: str, given: Mapping[str, Any]) -> None:
    """Raise ``ConfigError`` that names every flag which the runner needs and ``given`` lacks."""
    missing = {flag: example for flag, example in RUNNERS[name].needs.items() if not given.get(flag)}
    if missing:
        examples = ", ".join(f"{flag}: {example}" for flag, example in missing.items())
        raise ConfigError(
            f"runner.name {name} needs {', '.join(f'runner.options.{flag}' for flag in missing)}; "
            f"write for example {{{examples}}}"
        )


def refuse_local_urls(name: str, urls: Sequence[str]) -> None:
    """Raise ``ConfigError`` for URLs that workers of the runner could not reach."""
    if not RUNNERS[name].stores_only:
        return
    local = [url for url in urls if "://" not in url or url.startswith(("file://", "memory://"))]
    if local:
        raise ConfigError(
            f"the workers of runner.name {name} cannot see {', '.join(local)}; they read and write stores alone: "
            "s3://, gs://, az://"
        )
