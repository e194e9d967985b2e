"""Engines: a runner with all its flags, checked before anything is touched."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from apache_beam.options.pipeline_options import PipelineOptions

from framehaul.pipelines.config.runner_settings import RunnerSection
from framehaul.pipelines.config.runners import RUNNERS, import_runner, refuse_local_urls, refuse_missing_flags
from framehaul.pipelines.engines.beam_flags import beam_options, flags_of
from framehaul.transforms.errors import ConfigError, EngineError

_ANSWER_S = 10


@dataclass(frozen=True)
class Engine:
    """One of ``framehaul.pipelines.config.runners.RUNNERS``, with its flags.

    Attributes:
        exchange: ``local``, ``inline`` or the URL of a folder: how blocks travel.
    """

    name: str
    flags: list[str]
    options: PipelineOptions
    exchange: str

    def value_of(self, flag: str) -> Any:
        return self.options.get_all_options().get(flag)

    @property
    def is_in_this_process(self) -> bool:
        """Tell whether workers are threads of the launching process, which the engine calls back."""
        return bool(self.value_of("environment_type") == "LOOPBACK")

    @property
    def waits(self) -> bool:
        """Tell whether a run waits for its end; a run that only writes a template has none to wait for."""
        return not self.value_of("template_location")

    def refuse_absent(self) -> None:
        """Raise ``EngineError``, within ten seconds, if no job service answers."""
        endpoint = self.value_of("job_endpoint")
        if self.name in {"direct", "dataflow"} or not endpoint:
            return
        with grpc.insecure_channel(endpoint) as channel:
            try:
                grpc.channel_ready_future(channel).result(timeout=_ANSWER_S)
            except grpc.FutureTimeoutError:
                raise EngineError(
                    f"no job service of runner.name {self.name} answers at {endpoint} within {_ANSWER_S} s; start it, "
                    "or say in runner.options.job_endpoint where it is"
                ) from None


def engine_of(runner: RunnerSection, beam_flags: Sequence[str]) -> Engine:
    """Make the engine that a config and the flags of the command line name.

    Raises:
        ConfigError: a flag is unknown or missing, the runner's packages are not installed, or its workers
            could not do the work.
    """
    flags = [*flags_of(RUNNERS[runner.name].defaults), *flags_of(runner.options), *beam_flags]
    options = beam_options(flags)  # before the import: it is the commoner mistake
    given = options.get_all_options()
    if given["runner"] is not None:
        raise ConfigError("--runner is no flag here: runner.name says what carries the export out")
    _refuse_bare_workers(runner.name, given)
    refuse_missing_flags(runner.name, given)
    import_runner(runner.name)
    engine = Engine(runner.name, flags, options, _exchange_way(runner, given))
    if engine.exchange not in {"local", "inline"}:
        refuse_local_urls(runner.name, [engine.exchange])
        if not engine.waits:
            raise ConfigError(
                "with a template nobody would remove what is in runner.exchange; leave it out: records then travel "
                "through Dataflow's own shuffle"
            )
    return engine


def _refuse_bare_workers(name: str, given: dict[str, Any]) -> None:
    """Raise ``ConfigError`` where workers would have Beam and nothing else."""
    if given["environment_type"] == "DOCKER" and not (
        given["environment_config"] or given["environment_options"]
    ):
        raise ConfigError(
            "runner.options.environment_type DOCKER needs environment_config, the name of an image: Beam's own has no "
            "Framehaul in it; scripts/build_worker_image builds one"
        )
    if name == "dataflow" and given["extra_packages"] and not given["sdk_container_image"]:
        raise ConfigError(
            "runner.name dataflow needs runner.options.sdk_container_image: packages that every worker installs anew "
            "are not locked; scripts/build_worker_image builds an image"
        )


def _exchange_way(runner: RunnerSection, given: dict[str, Any]) -> str:
    if runner.exchange != "auto":
        return runner.exchange
    on_one_machine = runner.name == "direct" or given["environment_type"] == "LOOPBACK"
    return "local" if on_one_machine else "inline"
