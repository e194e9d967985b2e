"""What a config may say about when exports begin."""

from datetime import timedelta
from typing import Any

import pytest

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.config_file import check_config
from framehaul.transforms.errors import ConfigError


def config(**sections: Any) -> ExportConfig:
    return check_config({"source": {"tasks": ["t.ndjson"]}, **sections}, "the config")


def problem(**sections: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        config(**sections)
    return str(caught.value)


@pytest.mark.parametrize(
    "cron", ["15 2 * * *", "*/5 0-6,22 * * MON-FRI", "0 3 L * *", "0 3 * * 1#2", "0 0 29 2 *", "0 0 1 jan *"]
)
def test_a_cron_expression_has_five_fields_with_names_ranges_lists_and_steps(cron: str) -> None:
    section = config(schedule={"cron": cron}).schedule
    assert section is not None
    assert section.cron == cron.upper()
    assert (section.timezone, section.jitter, section.catch_up) == ("UTC", timedelta(0), True)


@pytest.mark.parametrize(
    ("cron", "messages"),
    [
        ("15 25 * * *", ["schedule.cron", "field 2 (hour) is '25'", "allowed are 0-23"]),
        ("60 2 * * *", ["field 1 (minute) is '60'", "0-59"]),
        ("0 2 * JANUAR *", ["field 4 (month) is 'JANUAR'", "JAN-DEC"]),
        ("0 2 * * 8", ["field 5 (day of week) is '8'", "SUN-SAT"]),
        ("0 2 0 * *", ["field 3 (day of month) is '0'", "1-31"]),
        ("*/0 * * * *", ["field 1 (minute) is '*/0'"]),
        ("1,, * * * *", ["field 1 (minute) is '1,,'"]),
        ("0 0 * * 5#2/2", ["field 5 (day of week)"]),
        ("15 2 * *", ["has 5 fields (minute, hour", "this one has 4", '"15 2 * * *"']),
        ("0 15 2 * * *", ["this one has 6"]),
        ("@daily", ["this one has 1"]),
        ("0 0 30 2 *", ["no date ever matches"]),
    ],
)
def test_a_typo_in_a_cron_expression_is_told_with_its_field_and_what_is_allowed(
    cron: str, messages: list[str]
) -> None:
    told = problem(schedule={"cron": cron})
    for message in messages:
        assert message in told


def test_a_time_zone_that_is_none_names_the_nearest_one() -> None:
    assert "did you mean Europe/Berlin?" in problem(
        schedule={"cron": "0 2 * * *", "timezone": "Europe/Berlni"}
    )


@pytest.mark.parametrize(
    "wrong", [{"jitter": "7h"}, {"jitter": "5x"}, {"keep": {"last": 0}}, {"name": "../x"}, {"cron": None}]
)
def test_other_settings_of_a_schedule_are_checked_too(wrong: dict[str, Any]) -> None:
    assert f"schedule.{next(iter(wrong))}" in problem(schedule={"cron": "0 2 * * *", **wrong})


def test_a_trigger_has_a_rule() -> None:
    assert "no rule is on" in problem(trigger={"every": "1m"})
    section = config(trigger={"newly_in_stage": {"Review": 20}, "every": "30s"}).trigger
    assert section is not None
    assert section.newly_in_stage == {"Review": 20}
    assert section.every == timedelta(seconds=30)
    assert "trigger.newly_in_stage.Review" in problem(trigger={"newly_in_stage": {"Review": 0}})


@pytest.mark.parametrize(
    "wrong",
    [
        {"textfile": "metrics.txt"},
        {"pushgateway": "gateway:9091"},
        {"pushgateway": "http://me:secret@gateway:9091"},
    ],
)
def test_where_figures_go_is_checked(wrong: dict[str, Any]) -> None:
    told = problem(metrics=wrong)
    assert f"metrics.{next(iter(wrong))}" in told
    assert "secret@" not in told
