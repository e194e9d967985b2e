"""Exports as a killed run leaves them, made without killing one."""

from pathlib import Path
from unittest import mock

from end_to_end.exports import Json, export_here, settings, tables_in, write_lines

from pipelines.config_file import check_config
from pipelines.run import run
from pipelines.sample.tables import write_sample
from transforms.formats.manifest import Manifest


def sample_config(folder: Path, exports: Path | str) -> Json:
    """Tables with a long video and a record that is set aside, for an export of many shards."""
    write_sample(folder / "tables", tasks=60, videos=1, frames=300, objects=4, seed=3)
    write_lines(folder / "tables" / "tasks-broken.ndjson", [b"{"])
    return settings(
        tables_in(folder / "tables"),
        exports,
        output={"shard_bytes": "40kB"},
        limits={"max_dead_letters": 1},
    )


def export_without_manifest(config: Json, export_id: str = "x") -> Path:
    """All is stored but the manifest, as if the run had been killed right before it; nobody holds the folder."""
    with mock.patch("pipelines.unfinished.remove_own_folder"):
        export = export_here(config, export_id)
    (export / "manifest.json").unlink()
    (export.parent / "latest.json").unlink()
    return export


def resume_here(config: Json, export_id: str = "x") -> Manifest:
    return run(check_config(config, "the config of the test"), export_id, resume=True)
