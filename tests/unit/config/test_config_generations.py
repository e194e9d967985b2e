"""What a config says about the legacy generation and about issues."""

from typing import Any

import pytest

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.config.legacy_settings import LegacySection
from framehaul.pipelines.config.source_tables import fields_of
from framehaul.transforms.errors import ConfigError
from framehaul.transforms.records.fields import LegacyToggles


def config(export: dict[str, Any], **source: Any) -> ExportConfig:
    return check_config({"export": export, "source": source or {"tasks": "t.ndjson"}}, "c.yaml")


def problem(export: dict[str, Any], **source: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        config(export, **source)
    return str(caught.value)


def test_the_toggles_are_those_of_the_platform_and_have_its_defaults() -> None:
    legacy = fields_of(config({"generation": "legacy"})).legacy
    assert legacy == LegacyToggles()
    assert LegacySection().model_dump() == vars(legacy)
    off = {name for name, value in vars(legacy).items() if value is False}
    assert off == {"segmentation_points", "box_image_content"}


def test_v3_has_no_legacy_toggles() -> None:
    found = problem({"fields": {"legacy": {"status": False, "mask_host": "https://h.example"}}})
    assert "generation is v3, but fields.legacy.status is for legacy alone" in found
    assert "fields.legacy.mask_host is for legacy alone" in found


@pytest.mark.parametrize(
    ("export", "named"),
    [
        ({"fields": {"idle_blur_durations": True}}, "fields.idle_blur_durations is for v3 alone"),
        ({"video": {"layout": "tracks"}}, "video.layout tracks is for v3 alone"),
    ],
)
def test_legacy_refuses_what_only_v3_has(export: dict[str, Any], named: str) -> None:
    assert named in problem({"generation": "legacy", **export})


def test_an_unknown_toggle_names_the_nearest() -> None:
    found = problem({"generation": "legacy", "fields": {"legacy": {"mask_url": True}}})
    assert "export.fields.legacy.mask_url is not a setting; did you mean mask_urls?" in found


@pytest.mark.parametrize("host", ["h.example", "ftp://h", "https://user:pw@h", "https://h?key=1", ""])
def test_a_host_of_masks_is_a_plain_url(host: str) -> None:
    assert "a host is like" in problem({"generation": "legacy", "fields": {"legacy": {"mask_host": host}}})


def test_legacy_reads_no_stage_history() -> None:
    source = {"tasks": "t.ndjson", "stage_history": "h.ndjson"}
    assert config({}, **source).export.reads_stage_history
    assert not config({"generation": "legacy"}, **source).export.reads_stage_history


def test_an_export_of_issues_needs_issues_and_no_tasks() -> None:
    assert config({"type": "issue"}, issues="i.ndjson").source.tasks == []
    assert "source.issues is missing; every export needs it" in problem({"type": "issue"})
    assert "source.issues is []" in problem({"type": "issue"}, tasks="t.ndjson", issues=[])
    assert "source.tasks is missing; every export needs it" in problem({}, issues="i.ndjson")


@pytest.mark.parametrize("export", [{}, {"generation": "legacy"}, {"type": "issue"}])
def test_a_resolved_config_can_be_used_again(export: dict[str, Any]) -> None:
    """A manifest holds it."""
    found = config(export, tasks="t.ndjson", issues="i.ndjson")
    assert check_config(found.model_dump(mode="json"), "again") == found
