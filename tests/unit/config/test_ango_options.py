"""Query strings of Ango Hub's export API as settings of a config."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from framehaul.pipelines.config.ango_options import PARAMETERS, settings_of_query
from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.config_file import load_config
from framehaul.transforms.errors import ConfigError

# As the SDK sends it for all options of its export method.
SENT: dict[str, str] = {
    "project": "p1",
    "stage": '["Complete", "Review"]',
    "batches": '["Batch A"]',
    "taskTypes": '["consensus"]',
    "format": "ndjson",
    "type": "task",
    "includeOnlyKeyFrames": "true",
    "includeIdleBlurDurations": "True",
    "sendEmail": "false",
    "includeMetadata": "false",
    "includeHistory": "true",
    "doNotNotify": "true",
    "updatedAt": '{"$gt": "2024-05-01T00:00:00.000000Z", "$lt": "2024-06-01T00:00:00.000000Z"}',
    "createdAt": '{"$gt": "2024-05-01T00:00:00.000000Z"}',
}
MEANT: dict[str, Any] = {
    "export.project": "p1",
    "export.stages": ["Complete", "Review"],
    "export.batches": ["Batch A"],
    "export.task_types": ["consensus"],
    "output.format": "ndjson",
    "output.split_by": "size",
    "export.type": "task",
    "export.video.only_key_frames": True,
    "export.fields.idle_blur_durations": True,
    "export.fields.annotation_metadata": False,
    "export.fields.stage_history": True,
    "export.updated_at.after": "2024-05-01T00:00:00.000000Z",
    "export.updated_at.before": "2024-06-01T00:00:00.000000Z",
    "export.created_at.after": "2024-05-01T00:00:00.000000Z",
    "export.created_at.before": None,
}


def refusal(query: str) -> str:
    with pytest.raises(ConfigError) as refused:
        settings_of_query(query)
    return str(refused.value)


def config(tmp_path: Path, settings: dict[str, Any], query: str, *overrides: str) -> ExportConfig:
    path = tmp_path / "export.yaml"
    path.write_text(json.dumps({"source": {"tasks": "t.ndjson"}, **settings}))
    return load_config(path, overrides, query)


@pytest.mark.parametrize("before", ["", "?", "https://host.example/v2/export?"])
def test_every_parameter_becomes_a_setting(before: str) -> None:
    assert settings_of_query(before + urlencode(SENT)) == MEANT
    assert PARAMETERS.keys() == SENT.keys(), "all that the SDK sends is understood"


def test_every_setting_is_one_of_the_config(tmp_path: Path) -> None:
    query = urlencode({name: value for name, value in SENT.items() if name != "format"})
    export = config(tmp_path, {}, query).export
    assert export.stages == ["Complete", "Review"]
    assert export.updated_at.bounds() == ("2024-05-01T00:00:00.000000", "2024-06-01T00:00:00.000000")
    assert export.fields.idle_blur_durations
    assert not export.fields.annotation_metadata


def test_names_may_stand_between_commas() -> None:
    assert settings_of_query("batches=A,B%20C&stage=Review") == {
        "export.batches": ["A", "B C"],
        "export.stages": ["Review"],
    }


def test_a_split_export_has_a_file_for_each_asset() -> None:
    assert settings_of_query("format=split") == {
        "output.format": "ndjson-split",
        "output.split_by": "asset",
    }


def test_the_query_is_stronger_than_the_file_and_weaker_than_set(tmp_path: Path) -> None:
    export = {"stages": ["Label"], "project": "old", "tasks": ["t1"], "updated_at": {"before": "2020-01-01"}}
    found = config(
        tmp_path,
        {"export": export},
        'project=new&stage=["Review"]&updatedAt={"$gt":"2024-05-01T00:00:00Z"}',
        "export.project=newest",
    ).export
    assert (found.project, found.stages, found.tasks) == ("newest", ["Review"], ["t1"])
    assert found.updated_at.before is None, "a parameter stands for the whole interval"


@pytest.mark.parametrize("empty", [{"export": None}, {"export": {"video": None}}])
def test_a_section_without_settings_is_filled(tmp_path: Path, empty: dict[str, Any]) -> None:
    assert config(tmp_path, empty, "includeOnlyKeyFrames=true").export.video.only_key_frames


def test_an_unknown_parameter_is_refused_with_the_nearest_and_all_known_ones() -> None:
    found = refusal("project=p1&stages=x&taskType=y&nonsense=1")
    assert "stages: no such parameter; did you mean stage?" in found
    assert "taskType: no such parameter; did you mean taskTypes?" in found
    assert "nonsense: no such parameter; allowed are project, stage, batches" in found


@pytest.mark.parametrize("name", ["status", "includeAssets"])
def test_a_parameter_whose_meaning_is_not_documented_is_refused(name: str) -> None:
    assert "not documented" in refusal(f"{name}=x")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("project=", "project: it is empty"),
        ("stage=", "stage: it is ''"),
        ("stage=[1]", "stage: it is '[1]'"),
        ("stage=[", "allowed is a JSON array"),
        ("batches=a,,b", "texts that are not empty"),
        ("format=csv", "format: it is 'csv'; allowed are json, ndjson, split"),
        ("type=gold", "type: it is 'gold'; allowed are task, issue"),
        ("includeHistory=maybe", "includeHistory: it is 'maybe'; allowed are true and false"),
        ("sendEmail=5", "sendEmail: it is '5'"),
        ("updatedAt=2024", "updatedAt: it is '2024'; allowed is an object with $gt, $lt or both"),
        ('updatedAt={"$gte":"x"}', "with $gt, $lt or both"),
        ('createdAt={"$gt":5}', "a bound is an ISO-8601 time"),
        ("type=task&type=issue", "type: it is given twice"),
        ("no query", "is no query string"),
        ("", "is no query string"),
        ("project=%ff", "is no query string"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(query: str, message: str) -> None:
    assert message in refusal(query)


def test_all_problems_are_told_at_once() -> None:
    assert len(refusal("a=1&b=2&format=x").splitlines()) == 4
