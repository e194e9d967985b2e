"""Run exports in this process, and look at what they wrote.

Exports with worker processes run through the command or ``small_budgets.py``:
workers are forked, which is only sound before a process has run anything.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import zstandard
from isal import igzip

from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.run import run

Json = dict[str, Any]

EVERYTHING: Json = {"stages": "*", "task_types": ["*"]}
_OPENERS = {".gz": igzip.open, ".zst": zstandard.open}


def settings(source: Mapping[str, Any], output: Path | str, /, **sections: Mapping[str, Any]) -> Json:
    """A config that selects every task; a section given by name is added to it, setting by setting."""
    base: Json = {"export": EVERYTHING, "source": dict(source), "output": {"url": str(output)}}
    return base | {name: {**base.get(name, {}), **values} for name, values in sections.items()}


def tables_in(folder: Path | str) -> dict[str, str]:
    """The source section for a folder that holds ``tasks*`` and ``stage-history*`` files."""
    return {"tasks": f"{folder}/tasks*", "stage_history": f"{folder}/stage-history*"}


def export_here(config: Json, export_id: str = "x") -> Path:
    """Run an export in this process, and return its folder."""
    run(check_config(config, "the config of the test"), export_id)
    return Path(config["output"]["url"]) / export_id


def manifest_of(export: Path) -> Json:
    return orjson.loads((export / "manifest.json").read_bytes())  # type: ignore[no-any-return]


def replace_manifest(export: Path, manifest: Json) -> None:
    """Write another manifest, with its checksum, as whoever wants to be believed would."""
    content = orjson.dumps(manifest, option=orjson.OPT_INDENT_2)
    (export / "manifest.json").write_bytes(content)
    (export / "manifest.json.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  manifest.json\n")


def shard_hashes(export: Path) -> dict[str, str]:
    """SHA-256 of every file in ``data/``, read from the disk and not from the manifest."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((export / "data").iterdir())
    }


def lines_of(export: Path) -> list[bytes]:
    """The lines of all shards in the order of their names, without line ends."""
    return [line for path in sorted((export / "data").iterdir()) for line in shard_lines(path)]


def shard_lines(path: Path) -> list[bytes]:
    with _OPENERS.get(path.suffix, open)(path, "rb") as stream:
        *lines, rest = stream.read().split(b"\n")
    assert rest == b"", f"{path} ends in mid-line"
    return lines


def records_of(export: Path) -> list[Json]:
    return [orjson.loads(line) for line in lines_of(export)]


def dead_letters_of(export: Path) -> list[Json]:
    path = export / "dead-letters.ndjson"
    return [orjson.loads(line) for line in shard_lines(path)] if path.exists() else []


def order_of(record: Json) -> tuple[str, str]:
    """What records are sorted by: assetId (taskId where there is none), then taskId."""
    return record["assetId"] or record["task"]["taskId"], record["task"]["taskId"]


def write_lines(path: Path, lines: Sequence[bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path
