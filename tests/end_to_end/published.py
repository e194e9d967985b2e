"""A folder of exports of several nights: one is run, the others are copies with other times."""

import json
import shutil
from pathlib import Path
from typing import Any

from end_to_end.exports import export_here, manifest_of, replace_manifest, settings, tables_in
from framehaul.pipelines.sample.sample_tables import write_sample


def one_export(folder: Path, **sections: Any) -> Path:
    """An export of some shards and a long asset, at ``folder/exports/x``."""
    write_sample(folder / "tables", tasks=30, videos=1, frames=40, objects=2, seed=3)
    output = {"shard_bytes": "60kB"}
    return export_here(
        settings(tables_in(folder / "tables"), folder / "exports", **{"output": output, **sections})
    )


def copied(  # noqa: PLR0913 - what tells exports apart
    export: Path, to: Path, started: str, finished: str, *, project: str | None = None, dead_letters: int = 0
) -> Path:
    """The same export as if it had run at other times, for a project, and set so much aside; ``latest.json`` names it."""
    shutil.copytree(export, to)
    manifest = manifest_of(to) | {"exportId": to.name, "startedAt": started, "finishedAt": finished}
    manifest["config"]["export"]["project"] = project
    manifest["deadLetters"]["count"] = dead_letters
    replace_manifest(to, manifest)
    (to.parent / "latest.json").write_text(
        json.dumps({"exportId": to.name, "manifest": f"{to.name}/manifest.json"})
    )
    return to


def nights(export: Path, folder: Path, number: int) -> list[Path]:
    """Exports of the first nights of November 2026, each of ten minutes."""
    return [
        copied(
            export,
            folder / f"p-202611{night:02d}T010000Z",
            f"2026-11-{night:02d}T01:00:00.000Z",
            f"2026-11-{night:02d}T01:10:00.500Z",
        )
        for night in range(1, number + 1)
    ]
