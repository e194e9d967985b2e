"""Flags for Beam, which are refused where Beam would only warn, and the number of workers."""

import os
from typing import Any

import pytest
from apache_beam.options.pipeline_options import DebugOptions, GoogleCloudOptions, TypeOptions

from framehaul.pipelines.engines.beam_flags import beam_options, flags_of
from framehaul.pipelines.engines.direct_run import worker_count
from framehaul.transforms.errors import ConfigError


def test_flags_that_beam_knows_pass() -> None:
    options = beam_options(
        ["--job_name=nightly", "--experiments=a", "--experiments=b", "--no_pipeline_type_check"]
    )
    assert options.view_as(GoogleCloudOptions).job_name == "nightly"
    assert options.view_as(DebugOptions).experiments == ["a", "b"]
    assert options.view_as(TypeOptions).pipeline_type_check is False


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--shardz=3"], "--shardz"),
        (["--job_nam=x"], "--job_nam"),
        (["--zzz=1", "--aaa", "--job_name=x"], "--aaa, --zzz"),
    ],
)
def test_a_flag_that_beam_does_not_know_is_refused_by_name(flags: list[str], named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        beam_options(flags)
    assert f"Beam has no flag {named};" in str(caught.value)


@pytest.mark.parametrize("flags", [["job_name=nightly"], ["--job_name=x", "stray"]])
def test_a_word_that_is_no_flag_is_refused_and_not_dropped(flags: list[str]) -> None:
    with pytest.raises(ConfigError, match=flags[-1]):
        beam_options(flags)


@pytest.mark.parametrize(
    ("options", "flags"),
    [
        ({}, []),
        (
            {"job_name": "nightly", "number": 5, "ratio": 0.5},
            ["--job_name=nightly", "--number=5", "--ratio=0.5"],
        ),
        ({"no_auth": True, "streaming": False}, ["--no_auth"]),
        ({"job_name": None}, []),
        ({"experiments": ["a", "b c"]}, ["--experiments=a", "--experiments=b c"]),
    ],
)
def test_options_of_the_config_become_flags(options: dict[str, Any], flags: list[str]) -> None:
    assert flags_of(options) == flags


def test_a_list_of_the_config_reaches_beam_as_a_list() -> None:
    options = beam_options(flags_of({"experiments": ["a", "b"]}))
    assert options.view_as(DebugOptions).experiments == ["a", "b"]


@pytest.mark.parametrize(
    ("workers", "input_bytes", "number"),
    [
        (1, 0, 1),
        (7, 0, 7),
        ("auto", 0, 0),
        ("auto", (32 << 20) - 1, 0),
        ("auto", 32 << 20, os.cpu_count()),
    ],
)
def test_small_inputs_need_no_workers_and_a_given_number_is_taken(
    workers: Any, input_bytes: int, number: int
) -> None:
    assert worker_count(workers, input_bytes) == number
