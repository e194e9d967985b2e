"""Which runner a config names, and what is refused before anything is touched."""

import importlib.util
from typing import Any

import pytest

from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.config.runner_settings import RunnerSection
from framehaul.pipelines.config.runners import RUNNERS
from framehaul.pipelines.engines.engine import Engine, engine_of
from framehaul.pipelines.run import run
from framehaul.transforms.errors import ConfigError

DATAFLOW = {"project": "p", "region": "r", "temp_location": "gs://b/t", "sdk_container_image": "image:1"}


def engine(name: str, *flags: str, exchange: str = "auto", **options: Any) -> Engine:
    return engine_of(RunnerSection(name=name, exchange=exchange, options=options), flags)  # type: ignore[arg-type]


def test_every_name_of_the_table_is_a_name_of_the_config() -> None:
    allowed = RunnerSection.model_json_schema()["properties"]["name"]["enum"]
    assert allowed == list(RUNNERS)


@pytest.mark.parametrize(
    ("name", "endpoint", "environment"),
    [
        ("flink", "localhost:8099", "EXTERNAL"),
        ("spark", "localhost:8099", "EXTERNAL"),
        ("prism", "localhost:8073", "LOOPBACK"),
    ],
)
def test_named_engines_have_defaults_which_the_config_and_the_command_line_replace(
    name: str, endpoint: str, environment: str
) -> None:
    usual = engine(name)
    assert (usual.value_of("job_endpoint"), usual.value_of("environment_type")) == (endpoint, environment)
    assert engine(name, job_endpoint="a:1").value_of("job_endpoint") == "a:1"
    assert engine(name, "--job_endpoint=b:2", job_endpoint="a:1").value_of("job_endpoint") == "b:2"


@pytest.mark.parametrize(
    ("name", "options", "exchange", "way"),
    [
        ("direct", {}, "auto", "local"),
        ("direct", {}, "inline", "inline"),
        ("prism", {}, "auto", "local"),
        ("flink", {}, "auto", "inline"),
        ("flink", {}, "s3://bucket/exchange", "s3://bucket/exchange"),
        ("flink", {"environment_type": "LOOPBACK"}, "auto", "local"),
    ],
)
def test_blocks_are_spilled_on_one_machine_and_go_through_the_engine_on_several(
    name: str, options: dict[str, Any], exchange: str, way: str
) -> None:
    assert engine(name, exchange=exchange, **options).exchange == way


@pytest.mark.parametrize(
    ("name", "options", "flags", "message"),
    [
        ("portable", {}, [], "needs runner.options.job_endpoint, runner.options.environment_type"),
        ("portable", {"job_endpoint": "a:1"}, [], "write for example {environment_type: EXTERNAL}"),
        ("flink", {"paralelism": 2}, [], "Beam has no flag --paralelism"),
        ("flink", {}, ["--runner=DirectRunner"], "--runner is no flag here"),
        ("flink", {"environment_type": "DOCKER", "environment_config": ""}, [], "scripts/build_worker_image"),
        (
            "dataflow",
            {},
            [],
            "needs runner.options.project, runner.options.region, runner.options.temp_location",
        ),
        (
            "dataflow",
            {**DATAFLOW, "sdk_container_image": None},
            [],
            "needs runner.options.sdk_container_image",
        ),
    ],
)
def test_what_a_runner_needs_and_what_it_does_not_know(
    name: str, options: dict[str, Any], flags: list[str], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        engine(name, *flags, **options)
    assert message in str(caught.value)


def test_a_runner_whose_packages_are_missing_says_which_extra_brings_them() -> None:
    assert importlib.util.find_spec("google.cloud.dataflow") is None, "this environment is the one without"
    with pytest.raises(ConfigError, match=r"pip install 'framehaul\[dataflow\]'"):
        engine("dataflow", **DATAFLOW)


def refused(runner: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        check_config({"source": {"tasks": "tasks.ndjson"}, "runner": runner}, "x.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("dask", "runs only the last sink"),
        ("DaskRunner", "runs only the last sink"),
        ("ray", "does not work with this version of Beam"),
        ("pyspark", "use spark"),
    ],
)
def test_a_runner_that_gives_wrong_results_is_refused_with_the_reason(name: str, reason: str) -> None:
    said = refused({"name": name})
    assert "it would give wrong results" in said
    assert reason in said
    assert "allowed are direct, portable, flink, spark, prism, dataflow" in said


@pytest.mark.parametrize(
    ("runner", "message"),
    [
        ({"name": "flnk"}, "runner.name is 'flnk'"),
        ({"name": "flink", "workers": 3}, "workers counts processes of this machine, for direct"),
        ({"options": {"runner": "FlinkRunner"}}, "options.runner is no flag here"),
        ({"exchange": "ftp://x/y"}, "runner.exchange"),
    ],
)
def test_what_does_not_fit_together_is_a_problem_of_the_config(runner: dict[str, Any], message: str) -> None:
    assert message in refused(runner)


def test_a_run_that_nobody_would_wait_for_is_refused() -> None:
    config = check_config({"source": {"tasks": "none.ndjson"}, "runner": {"name": "prism"}}, "x.yaml")
    with pytest.raises(ConfigError, match="a run sees its job to the end"):
        run(config, None, ["--template_location=gs://bucket/template"])
