"""From a runner's name to the Beam runner that carries the pipeline out."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner

from pipelines.forked_environment import ForkedEnvironment
from pipelines.forked_workers import forked_workers, may_fork
from transforms.errors import ConfigError

_SMALL_INPUT = 32 << 20  # below this, starting workers takes longer than they save


def worker_count(workers: int | str, input_bytes: int) -> int:
    """How many worker processes a run gets; 0 is none: all is done in the launching process."""
    if workers != "auto":
        return int(workers)
    return 0 if input_bytes < _SMALL_INPUT else os.cpu_count() or 1


@contextmanager
def direct_runner(workers: int, flags: Sequence[str]) -> Iterator[beam.Pipeline]:
    """An empty pipeline that runs on this machine; its workers end with the context.

    ``DirectRunner`` is not used: it first tries to download another engine, with no time limit.
    """
    options = beam_options([*flags, f"--direct_num_workers={max(workers, 1)}"])
    if workers == 0:
        yield beam.Pipeline(runner=FnApiRunner(), options=options)
        return
    if not may_fork():
        options = beam_options(
            [*flags, f"--direct_num_workers={workers}", "--direct_running_mode=multi_processing"]
        )
        yield beam.Pipeline(runner=FnApiRunner(), options=options)
        return
    with forked_workers(workers) as forked:
        try:
            yield beam.Pipeline(runner=FnApiRunner(ForkedEnvironment()), options=options)
        except Exception as error:
            raise (forked.cause or error) from None


def beam_options(flags: Sequence[str]) -> PipelineOptions:
    """Beam only warns about a misspelt flag and runs without it; here it is refused.

    Raises:
        ConfigError: naming the flags that Beam does not know.
    """
    stray = [word for word in flags if not word.startswith("--")]
    if stray:
        raise ConfigError(f"{', '.join(stray)}: flags for Beam are written --NAME=VALUE")
    options = PipelineOptions(list(flags))
    known = options.get_all_options()
    unknown = options.get_all_options(retain_unknown_options=True).keys() - known.keys()
    if unknown:
        named = ", ".join(f"--{name}" for name in sorted(unknown))
        raise ConfigError(
            f"Beam has no flag {named}; see its pipeline options, and runner.options of the config"
        )
    return options


def flags_of(options: Mapping[str, Any]) -> list[str]:
    """``runner.options`` as command-line flags.

    >>> flags_of({"streaming": False, "job_name": "nightly"})
    ['--job_name=nightly']
    """
    return [
        f"--{name}" if value is True else f"--{name}={value}"
        for name, given in options.items()
        for value in (given if isinstance(given, list) else [given])
        if value is not False and value is not None
    ]
