"""Carry a pipeline out on this machine: in this process, or in workers that are forked from it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import apache_beam as beam
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner

from framehaul.pipelines.engines.beam_flags import beam_options
from framehaul.pipelines.engines.forked_environment import ForkedEnvironment
from framehaul.pipelines.engines.forked_workers import fork_workers, may_fork

_SMALL_INPUT = 32 << 20  # below this, starting workers takes longer than they save


def worker_count(workers: int | str, input_bytes: int) -> int:
    """Number of worker processes that a run gets; with 0 all is done in the launching process."""
    if workers != "auto":
        return int(workers)
    return 0 if input_bytes < _SMALL_INPUT else os.cpu_count() or 1


@contextmanager
def direct_pipeline(workers: int, flags: Sequence[str]) -> Iterator[beam.Pipeline]:
    """Make an empty pipeline that runs on this machine; its workers end with the context.

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
    with fork_workers(workers) as forked:
        try:
            yield beam.Pipeline(runner=FnApiRunner(ForkedEnvironment()), options=options)
        except Exception as error:
            raise (forked.cause or error) from None
