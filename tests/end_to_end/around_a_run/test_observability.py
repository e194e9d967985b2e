"""What a run tells those who watch it: manifest, Prometheus, traces, and its summary."""

import shutil
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

import framehaul.pipelines.carry_out
from end_to_end.exports import Json, export_here, manifest_of, settings, tables_in
from end_to_end.gauges import gauges
from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.config.metrics_settings import MetricsSection
from framehaul.pipelines.run_report import run_with_report
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.pipelines.telemetry.figures import publish_figures
from framehaul.pipelines.telemetry.pace import slowness
from framehaul.transforms.errors import ConfigError, ExportError, FinishedError
from framehaul.transforms.exports.manifest import parse_manifest
from framehaul.transforms.storage.listed_files import list_files
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.source_state import SourceState


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("tables")
    write_sample(folder, tasks=20, videos=1, frames=20, objects=2, seed=5)
    return tables_in(folder)


@pytest.fixture(scope="module")
def export(tables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_here(settings(tables, tmp_path_factory.mktemp("exports")), "night-20261122T020000Z")


class Listener(BaseHTTPRequestHandler):
    """Takes whatever is sent, and keeps it."""

    received: list[tuple[str, str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.command, self.path, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


@pytest.fixture
def listener() -> Iterator[tuple[str, list[tuple[str, str, bytes]]]]:
    """URL of a server that takes everything, and what it has received."""
    received: list[tuple[str, str, bytes]] = []
    kind = type("Receiver", (Listener,), {"received": received})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", received
        server.shutdown()


def run_told(config: Json, export_id: str = "x") -> Path:
    """Run an export as the command does, with all that is told of it."""
    run_with_report(check_config(config, "the config"), export_id, [], path=Path("nightly.yaml"))
    return Path(config["output"]["url"]) / export_id


def test_the_manifest_tells_what_the_run_took(export: Path) -> None:
    manifest = manifest_of(export)
    metrics = manifest["metrics"]
    assert list(metrics) == [
        *("seconds", "phases", "bytesReadPerSecond", "recordsPerSecond", "bytesWrittenPerSecond"),
        *("peakMemoryBytes", "counters"),
    ]
    assert list(metrics["phases"]) == ["read", "assemble", "write"]
    assert metrics["counters"] == {
        "records_read": manifest["counts"]["tasksRead"] + manifest["counts"]["stageHistoryRead"],
        "bytes_read": sum(file["bytes"] for file in manifest["source"]),
        "shards_written": len(manifest["shards"]),
        "bytes_written": sum(shard["bytes"] for shard in manifest["shards"]),
    }
    started, finished = (datetime.fromisoformat(manifest[key]) for key in ("startedAt", "finishedAt"))
    assert metrics["seconds"] == pytest.approx((finished - started).total_seconds(), abs=0.002)
    for phase in metrics["phases"].values():
        assert started <= datetime.fromisoformat(phase["startedAt"])
        assert datetime.fromisoformat(phase["finishedAt"]) <= finished
        assert 0 <= phase["seconds"] <= metrics["seconds"]
        assert phase["busySeconds"] >= 0
    assert 50e6 < metrics["peakMemoryBytes"] < 8e9
    rate = metrics["counters"]["bytes_read"] / metrics["seconds"]
    assert metrics["bytesReadPerSecond"] == pytest.approx(rate, rel=0.01)


def test_two_runs_differ_in_ids_times_and_metrics_alone(export: Path, tables: dict[str, str]) -> None:
    first, again = manifest_of(export), manifest_of(export_here(settings(tables, export.parent), "again"))
    differing = {key for key in first if first[key] != again[key]}
    assert differing == {"exportId", "startedAt", "finishedAt", "metrics"}


def test_a_manifest_of_an_older_version_without_metrics_can_be_read(export: Path) -> None:
    manifest = manifest_of(export)
    del manifest["metrics"]
    assert not parse_manifest(orjson.dumps(manifest), "manifest.json").metrics


def test_a_source_that_changes_while_it_is_read_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_sample(tmp_path, tasks=10, videos=0, frames=1, objects=1, seed=5)
    shutil.copy(tmp_path / "tasks-00000.ndjson", tmp_path / "tasks-00001.ndjson")
    build, touched = framehaul.pipelines.carry_out.build, tmp_path / "tasks-00001.ndjson"

    def changing(*arguments: Any) -> None:
        """After the tables were listed, and before they are read."""
        build(*arguments)
        with touched.open("ab") as file:
            file.write(b'{"taskId":"late","stage":"Complete"}\n')

    monkeypatch.setattr("framehaul.pipelines.carry_out.build", changing)
    export = run_told(settings(tables_in(tmp_path), tmp_path / "exports"))
    marks = {Path(file["url"]).name: file.get("changedWhileRead") for file in manifest_of(export)["source"]}
    assert marks == {
        "stage-history-00000.ndjson": None,
        "tasks-00000.ndjson": None,
        "tasks-00001.ndjson": True,
    }
    assert f"warning        {touched} changed while the run went on" in capsys.readouterr().out


@pytest.mark.parametrize("stages", [["Compelte"], ["Complete"], "*"])
def test_a_selection_that_nothing_meets_is_pointed_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stages: Any
) -> None:
    write_sample(tmp_path, tasks=10, videos=0, frames=1, objects=1, seed=5)
    run_told(settings(tables_in(tmp_path), tmp_path / "exports", export={"stages": stages}))
    told = "warning        none of the 10 tasks read was selected" in capsys.readouterr().out
    assert told == (stages == ["Compelte"])


def test_a_source_that_is_gone_has_changed_and_one_that_is_new_has_not(tmp_path: Path) -> None:
    for name in ("a-1", "a-2", "b-1"):
        (tmp_path / name).write_text("{}")
    patterns, options = [f"{tmp_path}/a-*", f"{tmp_path}/b-1"], StorageOptions()
    state = SourceState.of(patterns, list_files(patterns, options), options)
    assert state.changed_urls() == set()
    (tmp_path / "a-3").write_text("{}")
    (tmp_path / "a-1").write_text("[]")
    (tmp_path / "b-1").unlink()
    assert state.changed_urls() == {f"{tmp_path}/a-1", f"{tmp_path}/b-1"}


def test_prometheus_gets_the_figures_as_a_file_and_as_a_push(
    tables: dict[str, str], tmp_path: Path, listener: tuple[str, list[tuple[str, str, bytes]]]
) -> None:
    url, received = listener
    textfile = tmp_path / "collected/framehaul.prom"
    to = {"textfile": str(textfile), "pushgateway": url}
    export = run_told(settings(tables, tmp_path / "exports", metrics=to))
    manifest = manifest_of(export)
    found = gauges(textfile.read_text())
    assert found["framehaul_run_failed"] == 0
    assert found["framehaul_run_seconds"] == manifest["metrics"]["seconds"]
    assert found["framehaul_count tasksExported"] == manifest["counts"]["tasksExported"]
    assert found["framehaul_bytes_read"] == manifest["metrics"]["counters"]["bytes_read"]
    assert found["framehaul_phase_seconds write"] == manifest["metrics"]["phases"]["write"]["seconds"]
    ((method, path, body),) = received
    assert (method, path) == ("POST", "/metrics/job/framehaul/export/nightly")
    pushed = gauges(body.decode())
    assert pushed.keys() == found.keys()
    assert pushed["framehaul_records_read"] == found["framehaul_records_read"]


def test_prometheus_hears_of_a_run_that_failed(tables: dict[str, str], tmp_path: Path) -> None:
    textfile = tmp_path / "framehaul.prom"
    config = settings(tables, tmp_path / "exports", metrics={"textfile": str(textfile)})
    config["source"] = {"tasks": str(tmp_path / "none-*")}
    with pytest.raises(ExportError):
        run_told(config)
    found = gauges(textfile.read_text())
    assert found["framehaul_run_failed"] == 1
    assert "framehaul_success_timestamp_seconds" not in found


def test_the_file_keeps_what_a_run_does_not_tell(tmp_path: Path, export: Path) -> None:
    """The last success over a run that failed, and all of another config that writes to the same file."""
    section = MetricsSection(textfile=str(tmp_path / "framehaul.prom"))
    manifest = parse_manifest((export / "manifest.json").read_bytes(), "")
    for name in ("weekly", "nightly"):
        assert publish_figures(section, name, manifest) == []
    before = samples_in(tmp_path / "framehaul.prom")
    assert publish_figures(section, "nightly", None) == []
    after = samples_in(tmp_path / "framehaul.prom")
    assert after.keys() == before.keys()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {
        ("framehaul_run_failed", "nightly"),
        ("framehaul_run_finished_timestamp_seconds", "nightly"),
    }


def samples_in(textfile: Path) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(textfile.read_text())
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.mark.parametrize("content", [b"framehaul_run_failed{", b"\xff\xfe", b"no figures at all"])
def test_a_file_of_something_else_is_replaced(tmp_path: Path, content: bytes) -> None:
    textfile = tmp_path / "framehaul.prom"
    textfile.write_bytes(content)
    assert publish_figures(MetricsSection(textfile=str(textfile)), "nightly", None) == []
    assert gauges(textfile.read_text())["framehaul_run_failed"] == 1


def test_a_gateway_that_is_not_there_fails_no_run(tables: dict[str, str], tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}"
    config = settings(tables, tmp_path / "exports", metrics={"pushgateway": url})
    assert manifest_of(run_told(config))
    (problem,) = publish_figures(check_config(config, "the config").metrics, "nightly", None)
    assert problem.startswith(f"the figures could not be pushed to {url}: ")


def test_a_trace_has_a_span_for_the_run_and_one_for_each_phase(
    tables: dict[str, str],
    tmp_path: Path,
    listener: tuple[str, list[tuple[str, str, bytes]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, received = listener
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
    export = run_told(settings(tables, tmp_path / "exports", metrics={"opentelemetry": True}))
    assert {path for _, path, _ in received} == {"/v1/traces"}
    requests = [ExportTraceServiceRequest.FromString(body) for _, _, body in received]
    spans = {
        span.name: span
        for request in requests
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    }
    assert spans.keys() == {"framehaul.run", "framehaul.read", "framehaul.assemble", "framehaul.write"}
    run = spans["framehaul.run"]
    told = {each.key: each.value for each in run.attributes}
    assert told["framehaul.export"].string_value == "nightly"
    assert told["framehaul.export_id"].string_value == export.name
    assert told["framehaul.tasksRead"].int_value == manifest_of(export)["counts"]["tasksRead"]
    for name, span in spans.items():
        assert name == "framehaul.run" or span.parent_span_id == run.span_id
        assert run.start_time_unix_nano - 1e6 <= span.start_time_unix_nano <= span.end_time_unix_nano


def test_a_run_that_is_refused_leaves_no_trace(
    tables: dict[str, str],
    tmp_path: Path,
    listener: tuple[str, list[tuple[str, str, bytes]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, received = listener
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
    config = settings(tables, tmp_path / "exports", metrics={"opentelemetry": True})
    export_here(config)
    with pytest.raises(FinishedError):
        run_told(config)
    assert received == []
    config["source"] = {"tasks": str(tmp_path / "none-*")}
    with pytest.raises(ExportError):
        run_told(config, "y")
    assert len(received) == 1


def test_traces_without_their_packages_are_refused_before_anything_runs(
    tables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigError, match=r"pip install 'framehaul\[otel\]'"):
        run_told(settings(tables, tmp_path / "exports", metrics={"opentelemetry": True}))
    assert not (tmp_path / "exports").exists()


def earlier_night(export: Path, number: int, seconds: float, **export_settings: Any) -> None:
    """A copy of an export as if it had run on another night, and taken so long."""
    name = f"night-202611{number:02d}T020000Z"
    shutil.copytree(export, export.parent / name)
    manifest = manifest_of(export)
    manifest |= {"exportId": name, "startedAt": f"2026-11-{number:02d}T02:00:00.000Z"}
    manifest["metrics"] |= {"seconds": seconds, "bytesReadPerSecond": 1e9 / seconds}
    manifest["config"]["export"] |= export_settings
    (export.parent / name / "manifest.json").write_bytes(orjson.dumps(manifest))


@pytest.mark.parametrize(
    ("seconds", "rate", "is_slow"),
    [
        (100.0, 1e7, True),
        (100.0, 4e7, False),  # there was that much more to read
        (55.0, 1e7, False),  # not twice as long
    ],
)
def test_a_run_that_is_slower_than_those_before_says_so(
    export: Path, tmp_path: Path, seconds: float, rate: float, is_slow: bool
) -> None:
    mine = shutil.copytree(export, tmp_path / export.name)
    for number, taken in ((1, 30.0), (2, 35.0), (3, 20.0)):
        earlier_night(mine, number, taken)
    earlier_night(mine, 4, 1.0, project="another")
    manifest = parse_manifest((mine / "manifest.json").read_bytes(), "")
    assert manifest.metrics
    metrics = msgspec.structs.replace(manifest.metrics, seconds=seconds, bytes_read_per_second=rate)
    told = slowness(msgspec.structs.replace(manifest, metrics=metrics), ObjectStore(str(tmp_path)))
    assert (told is not None) == is_slow
    if told:
        assert "100 s, 3.3 times the 30 s that the 3 runs before took" in told


def test_two_runs_before_say_nothing_about_the_next(export: Path, tmp_path: Path) -> None:
    mine = shutil.copytree(export, tmp_path / export.name)
    for number in (1, 2):
        earlier_night(mine, number, 0.001)
    manifest = parse_manifest((mine / "manifest.json").read_bytes(), "")
    assert slowness(manifest, ObjectStore(str(tmp_path))) is None
