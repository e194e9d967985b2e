"""Exports as a killed run leaves them, made without killing one."""

from pathlib import Path
from unittest import mock

from end_to_end.exports import Json, export_here, settings, tables_in, write_lines
from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.run import run
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.exports.manifest import Manifest


def sample_config(folder: Path, exports: Path | str) -> Json:
    """Tables with a long video and a record that is set aside, for an export of many shards."""
    write_sample(folder / "tables", tasks=40, videos=1, frames=200, objects=3, seed=3)
    write_lines(folder / "tables" / "tasks-broken.ndjson", [b"{"])
    return settings(
        tables_in(folder / "tables"),
        exports,
        output={"shard_bytes": "30kB"},
        limits={"max_dead_letters": 1},
    )


def export_without_manifest(config: Json, export_id: str = "x") -> Path:
    """All is stored but the manifest, as if the run had been killed right before it; nobody holds the folder."""
    with mock.patch("framehaul.pipelines.unfinished.remove_own_folder"):
        export = export_here(config, export_id)
    (export / "manifest.json").unlink()
    (export.parent / "latest.json").unlink()
    return export


def resume_here(config: Json, export_id: str = "x") -> Manifest:
    return run(check_config(config, "the config of the test"), export_id, resume=True)
