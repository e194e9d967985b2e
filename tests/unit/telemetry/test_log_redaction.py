"""A log line holds no secret, and no value of a key that the config redacts."""

import io
import logging
from collections.abc import Iterator

import orjson
import pytest
import structlog

from framehaul.pipelines.telemetry.log_redaction import (
    RedactingFormatter,
    redact_event,
    redact_for_log,
    redact_logs,
)

SIGNED = "https://host/a?X-Amz-Credential=me&X-Amz-Signature=hunter2"


@pytest.fixture
def redacting() -> Iterator[None]:
    redact_logs(["email", "taskId"])
    yield
    redact_logs([])


def line_of(**facts: object) -> str:
    written = io.StringIO()
    logger = structlog.wrap_logger(
        structlog.PrintLogger(written), processors=[redact_event, structlog.processors.JSONRenderer()]
    )
    logger.info("happened", **facts)
    return written.getvalue()


@pytest.mark.usefixtures("redacting")
def test_facts_of_redacted_keys_are_masked_at_any_depth() -> None:
    line = line_of(taskId="t1", counts={"read": 5, "of": [{"email": "ann"}]}, error='in {"email": "ann"}')
    assert orjson.loads(line) == {
        "event": "happened",
        "taskId": "***",
        "counts": {"read": 5, "of": [{"email": "***"}]},
        "error": 'in {"email": ***}',
    }


def test_urls_in_a_log_line_are_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the/tools")
    line = line_of(error=f"cannot read {SIGNED}", urls=["s3://me:hunter2@host/a", "of-the%2Ftools"])
    assert "hunter2" not in line
    assert "of-the" not in line
    assert "https://host/a?***" in line


def test_what_libraries_log_is_shortened_too() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(RedactingFormatter("%(message)s"))
    logger = logging.getLogger("a.driver")
    logger.addHandler(handler)
    try:
        raise OSError(f"no answer from {SIGNED}")
    except OSError:
        logger.exception("failed at %s", SIGNED)
    finally:
        logger.removeHandler(handler)
    assert "https://host/a?***" in written.getvalue()
    assert "Traceback" in written.getvalue()
    assert "hunter2" not in written.getvalue()


def test_a_run_redacts_what_its_config_names_and_the_next_one_does_not() -> None:
    redact_logs(["email"])
    redact_logs([])
    assert redact_for_log('{"email": "ann"}') == '{"email": "ann"}'
