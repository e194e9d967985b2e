"""Run steps with Beam in this process, and make what goes into them."""

from collections.abc import Iterable
from typing import Any

import apache_beam as beam
import orjson
from apache_beam.metrics import MetricsFilter
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.testing import test_pipeline

from framehaul.transforms.kinds.ango_v3.v3_kind import kind_with
from framehaul.transforms.metrics import NAMESPACE
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.selection import Selection
from framehaul.transforms.sources.record_block import RecordBlock
from framehaul.transforms.sources.splits import Split

EVERYTHING = Selection(stages=frozenset("*"), task_types=frozenset("*"))
KIND = kind_with(Fields())


def new_pipeline() -> beam.Pipeline:
    """The default runner of a test pipeline would look for another engine to download."""
    return test_pipeline.TestPipeline(runner=FnApiRunner())


def run(pipeline: beam.Pipeline) -> dict[str, int]:
    """Run to the end, and return our counters by name."""
    result = pipeline.run()
    result.wait_until_finish()
    counters = result.metrics().query(MetricsFilter().with_namespace(NAMESPACE))["counters"]
    return {counter.key.metric.name: counter.committed for counter in counters}


def split_of(table: str = "tasks", *, index: int = 0, url: str = "tasks.ndjson", **changes: Any) -> Split:
    values = {"size": 100, "file_format": "ndjson", "compression": "none", "start": 0, "end": 100}
    return Split(index=index, table=table, url=url, **{**values, "stored_bytes": 100, **changes})


def block_of(*records: Any, table: str = "tasks", index: int = 0, first: int = 1) -> RecordBlock:
    """Bytes are lines as they stand, all else is written as JSON."""
    lines = [record if isinstance(record, bytes) else orjson.dumps(record) for record in records]
    return RecordBlock(split_of(table, index=index), first, lines)


def task_of(task_id: str, **changes: Any) -> dict[str, Any]:
    return {"taskId": task_id, "stage": "Complete", **changes}


def entry_of(task_id: str, own_id: str | None = None, **changes: Any) -> dict[str, Any]:
    return {"taskId": task_id, "_id": own_id, "stage": "Label", "completedAt": 5, **changes}


def frame_of(task_id: str, page: int, **changes: Any) -> dict[str, Any]:
    return {"taskId": task_id, "page": page, **changes}


def not_zero(counts: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in counts.items() if number}


def flat(lists: Iterable[Iterable[Any]]) -> list[Any]:
    return [member for some in lists for member in some]
