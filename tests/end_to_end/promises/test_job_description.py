"""Promise 6: what is handed to a runner names secrets, and holds none. A cluster keeps it where others can read it."""

import base64
import bz2
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.internal.cloudpickle import cloudpickle

from end_to_end.exports import export_here, settings, tables_in
from framehaul.pipelines import carry_out as carrying_out
from framehaul.pipelines.sample.sample_tables import write_sample

SECRET = "hunter2-of-the-job"


def opened(description: bytes) -> Iterator[bytes]:
    """A job description, and whatever is packed in it."""
    yield description
    for packed in re.findall(rb"[A-Za-z0-9+/=]{40,}", description):
        for unpack in (bz2.decompress, zlib.decompress):
            with suppress(Exception):  # it only looks like something packed
                yield unpack(base64.b64decode(packed))


class _Steps(beam.pipeline.PipelineVisitor):
    def __init__(self) -> None:
        self.pickled: list[bytes] = []

    def visit_transform(self, node: Any) -> None:
        with suppress(Exception):  # steps of Beam itself that are not sent as they are
            self.pickled.append(cloudpickle.dumps(node.transform.fn))


def test_no_secret_is_in_the_steps_or_in_the_job_description(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAME_OF_A_SECRET", SECRET)
    found: list[bytes] = []
    build = carrying_out.build

    def build_and_look(pipeline: Any, plan: Any) -> None:
        build(pipeline, plan)
        steps = _Steps()
        pipeline.visit(steps)
        found.extend(steps.pickled)
        found.extend(opened(pipeline.to_runner_api().SerializeToString()))

    monkeypatch.setattr(carrying_out, "build", build_and_look)
    write_sample(tmp_path / "tables", tasks=3, videos=0, frames=1, objects=1, seed=1)
    storage = {"s3": {"secret": {"env": "NAME_OF_A_SECRET"}}}
    export = export_here(settings(tables_in(tmp_path / "tables"), tmp_path / "exports", storage=storage))
    assert sum(b"NAME_OF_A_SECRET" in each for each in found) >= 3, "the names are seen, so values would be"
    assert [each for each in found if SECRET.encode() in each] == []
    assert SECRET not in (export / "manifest.json").read_text()
