"""The settings of an export: their values, their defaults, and what is refused."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.config_file import check_config, load_config
from framehaul.pipelines.config.setting_values import parse_size
from framehaul.transforms.errors import ConfigError

EXAMPLE = Path(__file__).with_name("contract_example.yaml")


def config(**sections: Any) -> ExportConfig:
    return check_config({"source": {"tasks": ["tasks.ndjson"]}, **sections}, "export.yaml")


def problem(**sections: Any) -> str:
    """The one problem of a config."""
    with pytest.raises(ConfigError) as caught:
        config(**sections)
    (line,) = str(caught.value).removeprefix("export.yaml is wrong:\n").splitlines()
    return line.removeprefix("  - ")


def test_the_full_example_of_the_contract_loads_and_says_the_defaults() -> None:
    tables = {"tasks": ["dump/tasks-*.ndjson"], "stage_history": ["dump/stage-history-*.ndjson"]}
    assert load_config(EXAMPLE) == config(source=tables)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("64MiB", 64 << 20),
        ("64 MiB", 64 << 20),
        ("64mib", 64 << 20),
        ("1.5KiB", 1536),
        ("1.5 kB", 1500),
        ("500MB", 500_000_000),
        ("1GiB", 1 << 30),
        ("2TB", 2 * 10**12),
        ("12B", 12),
        ("12", 12),
        (12, 12),
    ],
)
def test_a_size_is_a_number_of_bytes_or_a_text_with_a_unit(text: Any, size: int) -> None:
    assert parse_size(text) == size
    assert config(output={"shard_bytes": text}).output.shard_bytes == size


@pytest.mark.parametrize(
    "size", ["64 MiBs", "MiB", "-1MiB", "1e6", "", "64 KBit", "lots", "9" * 400, 0, -5, 1.5, None, []]
)
def test_what_is_no_size_is_refused(size: Any) -> None:
    assert problem(output={"shard_bytes": size}).startswith("output.shard_bytes is ")


@pytest.mark.parametrize(
    ("size", "refused"), [("16MiB", False), ("1KiB", False), ("16.1MiB", True), (1023, True)]
)
def test_a_line_has_from_one_kibibyte_to_16_mebibytes(size: Any, refused: bool) -> None:
    if refused:
        assert problem(output={"max_line_bytes": size}).startswith("output.max_line_bytes is ")
    else:
        assert config(output={"max_line_bytes": size}).output.max_line_bytes >= 1024


@pytest.mark.parametrize("setting", ["stages", "batches", "tasks", "task_types"])
def test_one_name_need_not_be_a_list(setting: str) -> None:
    assert getattr(config(export={setting: "*"}).export, setting) == ["*"]


def test_one_url_need_not_be_a_list() -> None:
    source = {"tasks": "tasks.ndjson", "stage_history": "history.ndjson"}
    assert config(source=source).source.stage_history == ["history.ndjson"]


@pytest.mark.parametrize("url", ["ftp://host/x", "http://host/x", "S3://bucket/x", "hdfs://x", ""])
def test_a_store_that_is_not_known_is_refused(url: str) -> None:
    assert problem(output={"url": url}).startswith("output.url is ")
    assert problem(source={"tasks": [url]}).startswith("source.tasks.0 is ")
    assert problem(storage={"ftp": {}}).startswith("storage.ftp")


@pytest.mark.parametrize(
    "url", ["exports", "/exports", "file:///x", "s3://b/x", "gs://b", "az://c", "abfs://c/x"]
)
def test_every_store_of_the_contract_is_known(url: str) -> None:
    assert config(output={"url": url}, source={"tasks": [url]}).output.url == url


@pytest.mark.parametrize("workers", ["auto", 1, 63])
def test_workers_are_a_number_or_auto(workers: Any) -> None:
    assert config(runner={"workers": workers}).runner.workers == workers


@pytest.mark.parametrize("workers", [0, -1, 64, "many", 1.5])
def test_other_workers_are_refused(workers: Any) -> None:
    with pytest.raises(ConfigError, match=r"runner\.workers"):
        config(runner={"workers": workers})


@pytest.mark.parametrize(
    ("after", "before", "bounds"),
    [
        (None, None, ("", "")),
        ("2024-05-01T10:00:00+02:00", None, ("2024-05-01T08:00:00.000000", "")),
        (
            "2024-05-01",
            "2024-05-01T00:00:00.000001Z",
            ("2024-05-01T00:00:00.000000", "2024-05-01T00:00:00.000001"),
        ),
        (None, datetime(2024, 5, 1, 8), ("", "2024-05-01T08:00:00.000000")),
    ],
)
def test_bounds_are_utc_where_no_zone_is_given(after: Any, before: Any, bounds: tuple[str, str]) -> None:
    export = config(export={"updated_at": {"after": after, "before": before}}).export
    assert export.updated_at.bounds() == bounds


@pytest.mark.parametrize(
    ("after", "before"),
    [
        ("2024-05-02", "2024-05-01"),
        ("2024-05-01", "2024-05-01"),
        ("2024-05-01T10:00:00", "2024-05-01T10:30:00+02:00"),
    ],
)
def test_an_interval_in_which_no_time_lies_is_refused(after: str, before: str) -> None:
    text = problem(export={"created_at": {"after": after, "before": before}})
    assert text.startswith("export.created_at")
    assert "no time lies between" in text


@pytest.mark.parametrize("bound", [20240501, "2024", 1714636800.5, True, "yesterday", ""])
def test_a_bound_is_a_date_or_a_time_and_no_number_that_could_mean_another(bound: Any) -> None:
    # 20240501 seconds after the epoch is a day in 1970: the whole project would be selected
    assert problem(export={"updated_at": {"after": bound}}).startswith("export.updated_at.after is ")


@pytest.mark.parametrize("bound", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00"])
def test_a_bound_outside_of_the_years_1_to_9999_is_refused(bound: str) -> None:
    assert problem(export={"updated_at": {"after": bound}}).startswith("export.updated_at")


def test_videos_have_key_frames_alone_a_flag_and_entries_where_they_are_asked_for() -> None:
    plain = {"only_key_frames": False, "key_frame_flag": False, "layout": "frames"}
    assert config().export.video.model_dump() == plain
    chosen = {"only_key_frames": True, "key_frame_flag": True, "layout": "tracks"}
    assert config(export={"video": chosen}).export.video.model_dump() == chosen
    assert problem(export={"video": {"layout": "objects"}}).startswith("export.video.layout is ")


def test_rows_of_long_videos_may_be_a_table_of_their_own() -> None:
    assert config(source={"tasks": "t.ndjson", "frames": "frames-*.parquet"}).source.frames == [
        "frames-*.parquet"
    ]


@pytest.mark.parametrize(("frames", "refused"), [(50_000, False), (0, False), (-1, True), ("many", True)])
def test_a_video_is_long_from_a_number_of_frames_on(frames: Any, refused: bool) -> None:
    assert config().limits.long_video_frames == 50_000
    if refused:
        assert problem(limits={"long_video_frames": frames}).startswith("limits.long_video_frames is ")
    else:
        assert config(limits={"long_video_frames": frames}).limits.long_video_frames == frames
