"""What a run is made of, and what is said when that has changed."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from framehaul.pipelines.config.config_file import check_config
from framehaul.transforms.errors import StorageError
from framehaul.transforms.runs.run_record import (
    RUN_RECORD,
    InputFile,
    RunRecord,
    changes,
    read_run_record,
    run_record,
)
from framehaul.transforms.storage.object_store import ObjectStore

FILES = [
    InputFile(table="tasks", url="s3://dump/tasks-1.ndjson", bytes=1000, version="ETag abc"),
    InputFile(table="tasks", url="s3://dump/tasks-2.ndjson", bytes=2000, version="ETag def"),
]


def record_of(files: list[InputFile] = FILES, **sections: dict[str, Any]) -> RunRecord:
    config = {"source": {"tasks": "s3://dump/tasks-*"}, **sections}
    return run_record(
        "x", "2026-11-22T12:00:00.000Z", check_config(config, "test").model_dump(mode="json"), files
    )


def test_what_shapes_no_shard_may_change() -> None:
    other = record_of(
        FILES[::-1],
        runner={"workers": 7},
        limits={"max_dead_letters": 5},
        storage={"s3": {"endpoint_url": "http://other:9000", "expected_bucket_owner": "123456789012"}},
        source={"tasks": ["s3://dump/tasks-1*", "s3://dump/tasks-2*"]},
        output={"url": "elsewhere"},
    )
    assert changes(record_of(), other) == []
    assert record_of().fingerprint == other.fingerprint


@pytest.mark.parametrize(
    ("now", "change"),
    [
        (record_of(export={"stages": ["Review"]}), 'export.stages was ["Complete"], is ["Review"]'),
        (
            record_of(export={"fields": {"stage_history": False}}),
            "export.fields.stage_history was true, is false",
        ),
        (record_of(output={"compression": "gzip"}), 'output.compression was "none", is "gzip"'),
        (
            record_of(storage={"s3": {"encryption": {"type": "aws:kms"}}}),
            'storage.s3.encryption.type was null, is "aws:kms"',
        ),
        (
            record_of(storage={"az": {"tags": {"team": "vision"}}}),
            'storage.az.tags.team was null, is "vision"',
        ),
        (record_of(output={"shard_bytes": "1MiB"}), "output.shard_bytes was 67108864, is 1048576"),
        (record_of(FILES[:1]), "s3://dump/tasks-2.ndjson (tasks) is gone"),
        (
            record_of([msgspec.structs.replace(FILES[0], bytes=1001), FILES[1]]),
            "s3://dump/tasks-1.ndjson (tasks) had 1,000 bytes, has 1,001",
        ),
        (
            record_of([msgspec.structs.replace(FILES[0], version="ETag xyz"), FILES[1]]),
            "s3://dump/tasks-1.ndjson (tasks) was written again: ETag abc, now ETag xyz",
        ),
        (
            record_of([*FILES, msgspec.structs.replace(FILES[0], table="frames")]),
            "s3://dump/tasks-1.ndjson (frames) is new",
        ),
        (
            msgspec.structs.replace(record_of(), programs={**record_of().programs, "framehaul": "9.9"}),
            f'framehaul was "{record_of().programs["framehaul"]}", is "9.9"',
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_has_changed_is_said(now: RunRecord, change: str) -> None:
    assert changes(record_of(), now) == [change]
    assert record_of().fingerprint != now.fingerprint


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    folder = ObjectStore(str(tmp_path))
    assert read_run_record(folder) is None
    folder.write(RUN_RECORD, [msgspec.json.encode(record_of())])
    found = read_run_record(folder)
    assert found is not None
    assert changes(found, record_of()) == []
    assert found.fingerprint == record_of().fingerprint


def test_a_damaged_record_is_a_clear_error(tmp_path: Path) -> None:
    folder = ObjectStore(str(tmp_path))
    folder.write(RUN_RECORD, [msgspec.json.encode(record_of())[:-9]])
    with pytest.raises(StorageError, match=r"run\.json is damaged.*run without --resume to begin anew"):
        read_run_record(folder)
