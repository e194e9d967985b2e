"""The undisturbed exports that all others are compared with."""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaos_suite.places import Place
from chaos_suite.program import Program

_WORKERS = 2
# By name: many small shards, or a few of several parts each.
LAYOUTS = {"small shards": "200kB", "large shards": "6MiB"}


class UndisturbedError(Exception):
    """An export fails although nobody disturbs it."""


@dataclass(frozen=True)
class Reference:
    """One undisturbed export.

    Attributes:
        layout: of its shards.
        seconds: from the beginning of the work to its end.
        records: lines, and how often each is there.
        shards: SHA-256 by path.
    """

    layout: str
    seconds: float
    records: Counter[bytes]
    shards: dict[str, str]


def config_of(place: Place, layout: str, storage: Mapping[str, Any]) -> str:
    """A config as text; JSON is YAML."""
    return json.dumps(
        {
            "export": {"stages": "*", "task_types": ["*"]},
            "source": {
                "tasks": f"{place.tables}/tasks*",
                "stage_history": f"{place.tables}/stage-history*",
            },
            "output": {"url": place.url, "shard_bytes": LAYOUTS[layout]},
            "storage": storage,
            "runner": {"workers": _WORKERS},
        }
    )


def reference(place: Place, layout: str, folder: Path) -> Reference:
    """Raises ``UndisturbedError``."""
    folder.mkdir(parents=True)
    config = folder / "export.yaml"
    config.write_text(config_of(place, layout, place.direct))
    name = layout.replace(" ", "-")
    program = Program(
        ["run", str(config), "--export-id", name], place.environment, folder, folder / "run.log"
    )
    program.wait_for_start()
    began = time.monotonic()
    if program.exit_code() != 0:
        raise UndisturbedError(program.last_words())
    return Reference(layout, time.monotonic() - began, *contents(place, name))


def contents(place: Place, export_id: str) -> tuple[Counter[bytes], dict[str, str]]:
    """Lines and SHA-256 of the shards of an export, read from the store and not from its manifest."""
    records: Counter[bytes] = Counter()
    shards = {}
    for path in place.files(f"{export_id}/data"):
        content = place.read(path)
        records.update(content.splitlines())
        shards[path.removeprefix(f"{export_id}/")] = hashlib.sha256(content).hexdigest()
    return records, shards
