"""Flags for Beam: from the config and the command line, all of them known to Beam."""

from collections.abc import Mapping, Sequence
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from framehaul.transforms.errors import ConfigError


def beam_options(flags: Sequence[str]) -> PipelineOptions:
    """Parse flags for Beam, which only warns about a misspelt one and runs without it; here it is refused.

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

    >>> flags_of({"streaming": False, "job_name": "nightly", "labels": {"team": "data"}})
    ['--job_name=nightly', '--labels=team=data']
    """
    return [
        f"--{name}" if value is True else f"--{name}={value}"
        for name, given in options.items()
        for value in _values(given)
        if value is not False and value is not None
    ]


def _values(given: Any) -> list[Any]:
    if isinstance(given, Mapping):
        return [f"{name}={value}" for name, value in given.items()]
    return given if isinstance(given, list) else [given]
