"""The platform's own SDK reads the zip of an export as it reads the platform's."""

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from end_to_end.exports import export_here, manifest_of, settings, tables_in
from framehaul.pipelines.exports.join import join_export
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.storage.object_store import ObjectStore
from judges.fingerprint import fingerprint

KINDS: dict[str, dict[str, str]] = {"v3": {}, "legacy": {"generation": "legacy"}, "issue": {"type": "issue"}}
ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-ango-sdk" / "bin" / "python"


class Platform(ThreadingHTTPServer):
    """What the SDK asks for an export: the answer names the zip, which it then fetches.

    Attributes:
        zips: by the kind of records and the format.
        kind: of the project that is asked for: the SDK does not tell a generation.
        asked: the queries.
    """

    def __init__(self, zips: dict[str, Path]) -> None:
        self.zips = zips
        self.asked: list[dict[str, list[str]]] = []
        self.kind = "v3"
        super().__init__(("127.0.0.1", 0), Answer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answer(BaseHTTPRequestHandler):
    server: Platform

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/v2/export":
            query = parse_qs(url.query)
            self.server.asked.append(query)
            name = f"{self.server.kind}-{query['format'][0]}"
            link = f"{self.server.url}/{self.server.zips[name].name}?{name}"
            self._send(json.dumps({"status": "success", "data": {"exportPath": link}}).encode())
        else:
            self._send(self.server.zips[url.query].read_bytes())

    def _send(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same tasks as an array, and as shards with a video that is in many parts; each with its zip."""
    folder = tmp_path_factory.mktemp("sdk")
    write_sample(folder, tasks=60, videos=1, frames=80, objects=2, seed=8, legacy=True, issues=30)
    forms: dict[str, dict[str, object]] = {"json": {"format": "json"}, "ndjson": {"max_line_bytes": "8kB"}}
    return {
        f"{kind}-{name}": export_here(
            settings(
                {**tables_in(folder), "issues": f"{folder}/issues*"},
                folder / "exports",
                export={"project": None, **selected},
                output={**form, "zip": True, "shard_bytes": "200kB"},
            ),
            f"{kind}-{name}",
        )
        for kind, selected in KINDS.items()
        for name, form in forms.items()
    }


@pytest.fixture(scope="module")
def platform(exports: dict[str, Path]) -> Iterator[Platform]:
    server = Platform({name: next(export.glob("*.zip")) for name, export in exports.items()})
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("file_format", "type_name"), [("json", "list"), ("ndjson", "generator")])
def test_the_sdk_returns_every_record(  # noqa: PLR0913, PLR0917 - one fixture each
    kind: str, file_format: str, type_name: str, platform: Platform, exports: dict[str, Path], tmp_path: Path
) -> None:
    platform.kind = kind
    if not PYTHON.exists():
        pytest.fail(f"{PYTHON.relative_to(ROOT)} is missing: run scripts/test, which creates it")
    judge = ROOT / "tests" / "judges" / "judge_ango_sdk.py"
    finished = subprocess.run(
        [str(PYTHON), str(judge), platform.url, file_format], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    found = json.loads(finished.stdout)
    export = exports[f"{kind}-{file_format}"]
    join_export(ObjectStore(str(export)), "json", tmp_path / "records.json")
    records = orjson.loads((tmp_path / "records.json").read_bytes())
    for record in records:
        record.pop("part", None)
    assert found.pop("type") == type_name
    if file_format == "ndjson":
        assert manifest_of(export)["counts"]["records"] > len(records) or kind == "issue"
        assert found.pop("number") == len(records)
    assert found == fingerprint(records)
    assert platform.asked[-1]["project"] == ["p1"]


def test_the_zip_has_the_name_that_the_platform_gives_it(exports: dict[str, Path]) -> None:
    manifest = manifest_of(exports["v3-json"])
    started = manifest["startedAt"]
    day, time = started[:10], started[11:19].replace(":", "_")
    assert manifest["zip"]["path"] == f"all-task-export-{day}-{time}_GMT.zip"
    assert manifest["zip"]["member"] == "data.json"
    assert (exports["v3-json"] / manifest["zip"]["path"]).exists()
    assert manifest_of(exports["issue-json"])["zip"]["path"].startswith(f"all-issue-export-{started[:4]}")
