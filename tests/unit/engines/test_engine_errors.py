"""What engines say when they fail, in words that tell what to do."""

import pytest

from framehaul.pipelines.config.runner_settings import RunnerSection
from framehaul.pipelines.engines.engine import engine_of
from framehaul.pipelines.engines.engine_errors import translate_engine_errors
from framehaul.transforms.errors import EngineError, ExportError, SourceError

FLINK = engine_of(RunnerSection(name="flink"), [])
JAVA = "\n\tat org.apache.beam.fn.harness(Harness.java:12)\n\t... 3 more"


def told(error: Exception) -> ExportError:
    with pytest.raises(ExportError) as caught, translate_engine_errors(FLINK):
        raise error
    return caught.value


def test_an_error_of_ours_is_found_in_the_trace_of_an_engine() -> None:
    said = f"java.lang.RuntimeException: Traceback\nframehaul.transforms.errors.SourceError: x.gz is damaged [while running 'a']{JAVA}"
    error = told(RuntimeError(said))
    assert isinstance(error, SourceError)
    assert str(error) == "x.gz is damaged"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("ModuleNotFoundError: No module named 'framehaul'", "the workers of flink lack Framehaul"),
        ("ModuleNotFoundError: No module named 'msgspec'", "the workers of flink lack the package msgspec"),
        (
            "ModuleNotFoundError: No module named 'framehaul.transforms.gone'",
            "run another version of Framehaul",
        ),
        (
            "AttributeError: Can't get attribute 'Old' on <module 'framehaul.transforms.counts' from '/x.py'>",
            "run another version of Framehaul",
        ),
        ("Error starting worker: no", "flink could not start a worker (localhost:50000)"),
        ("RuntimeError: Channel closed prematurely.", "a worker process was lost in the middle of the run"),
        ("one\ntwo", "the job failed on flink (RuntimeError): two"),
        ("", "the job failed on flink (RuntimeError): nothing"),
    ],
)
def test_what_an_engine_says_becomes_what_to_do(said: str, message: str) -> None:
    error = told(RuntimeError(said))
    assert isinstance(error, EngineError)
    assert message in str(error)


def test_what_is_no_failure_of_the_engine_passes() -> None:
    with pytest.raises(KeyboardInterrupt), translate_engine_errors(FLINK):
        raise KeyboardInterrupt
    error = SourceError("x")
    assert told(error) is error
