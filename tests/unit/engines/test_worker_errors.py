"""What a worker raised is raised again, in plain words."""

import pytest

from framehaul.pipelines.engines.worker_errors import own_error, reraise_worker_errors
from framehaul.transforms.errors import (
    AccountingError,
    ConfigError,
    ExportError,
    InvalidRecordError,
    SourceError,
    StorageError,
)
from framehaul.transforms.reasons import Reason

KINDS = [ConfigError, SourceError, StorageError, AccountingError, ExportError]
WHILE = " [while running 'ReadRecords/ReadSplit-ptransform-17']"


def traceback_of(error: Exception, suffix: str = WHILE) -> str:
    """What Beam makes of a worker's exception."""
    name = f"{type(error).__module__}.{type(error).__name__}"
    return (
        "Error processing instruction 7. Original traceback is\nTraceback (most recent call last):\n"
        '  File "read.py", line 5, in process\n    raise_error()\n'
        f"{name}: {error}\n\nDuring handling of the above exception, another exception occurred:\n\n"
        f'Traceback (most recent call last):\n  File "sdk_worker.py", line 1\n{name}: {error}{suffix}\n\n'
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", [WHILE, ""])
def test_an_error_of_ours_comes_back_as_it_was(kind: type[ExportError], suffix: str) -> None:
    found = own_error(traceback_of(kind("dump/x.gz: is [damaged]: Error -3"), suffix))
    assert type(found) is kind
    assert str(found) == "dump/x.gz: is [damaged]: Error -3"


@pytest.mark.parametrize(
    "text", ["", "KeyError: 'a bug'", "ValueError: not transforms.errors", "SourceError: x"]
)
def test_a_bug_is_not_made_an_error_of_ours(text: str) -> None:
    assert own_error(text) is None
    with pytest.raises(RuntimeError) as caught, reraise_worker_errors():
        raise RuntimeError(text)
    assert str(caught.value) == text


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_raised_in_this_process_loses_only_the_name_of_the_step(kind: type[ExportError]) -> None:
    with pytest.raises(ExportError) as caught, reraise_worker_errors():
        raise kind("x.gz is damaged" + WHILE)
    assert type(caught.value) is kind
    assert str(caught.value) == "x.gz is damaged"


def test_what_beam_made_of_a_workers_error_is_that_error_again_without_a_traceback() -> None:
    with pytest.raises(SourceError) as caught, reraise_worker_errors():
        raise RuntimeError(traceback_of(SourceError("x.gz is damaged")))
    assert str(caught.value) == "x.gz is damaged"
    assert caught.value.__suppress_context__


def test_an_error_about_a_record_that_escaped_is_told_and_not_hidden_by_another() -> None:
    error = InvalidRecordError(Reason.MISSING_KEY, "taskId is absent")
    assert "taskId is absent" in str(own_error(traceback_of(error)))
    with pytest.raises(InvalidRecordError, match="taskId is absent"), reraise_worker_errors():
        raise error


def test_other_exceptions_pass() -> None:
    for error in (ValueError("x"), KeyboardInterrupt()):
        with pytest.raises(type(error)), reraise_worker_errors():
            raise error
