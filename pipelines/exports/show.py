"""Exports as tables for a person, or as JSON for a program, on standard output."""

import sys
from collections.abc import Sequence

import orjson
from rich.console import Console
from rich.table import Table

from framehaul.transforms.exports.export_reader import open_export
from framehaul.transforms.exports.manifest import Manifest
from framehaul.transforms.storage.object_store import ObjectStore


def print_export(store: ObjectStore, *, as_json: bool) -> None:
    """Print one export; as JSON it is the manifest itself.

    Raises:
        StorageError: there is no manifest, or it cannot be read.
    """
    export = open_export(store)
    manifest = export.manifest
    if as_json:
        sys.stdout.write(export.content.decode())
        return
    console = Console()
    for table in (_facts(manifest), _figures(manifest), _titles(manifest)):
        if table.row_count:
            console.print(table)


def print_problems(url: str, problems: Sequence[str], *, as_json: bool) -> None:
    """Print what ``verify`` found."""
    if as_json:
        sys.stdout.write(
            orjson.dumps({"url": url, "whole": not problems, "problems": problems}).decode() + "\n"
        )
    elif problems:
        sys.stdout.write(f"{url} is not whole:\n" + "".join(f"  - {problem}\n" for problem in problems))
    else:
        sys.stdout.write(f"{url} is whole\n")


def _facts(manifest: Manifest) -> Table:
    table = Table(title=manifest.export_id, show_header=False)
    stored = sum(shard.size_bytes for shard in manifest.shards)
    for name, value in (
        ("written by", f"{manifest.tool.name} {manifest.tool.version}"),
        ("started", manifest.started_at),
        ("finished", manifest.finished_at),
        (
            "input",
            f"{len(manifest.source):,} files, {sum(file.bytes for file in manifest.source) / 1e6:,.1f} MB",
        ),
        ("output", f"{manifest.form.in_words(len(manifest.shards))}, {stored / 1e6:,.1f} MB"),
        *_archive(manifest),
        ("longest line", f"{max((shard.max_line_bytes for shard in manifest.shards), default=0):,} bytes"),
        ("set aside", f"{manifest.dead_letters.count:,} records {manifest.dead_letters.by_reason or ''}"),
    ):
        table.add_row(name, value)
    return table


def _archive(manifest: Manifest) -> list[tuple[str, str]]:
    archive = manifest.zip
    return [("zip", f"{archive.path}, {archive.size_bytes / 1e6:,.1f} MB")] if archive else []


def _figures(manifest: Manifest) -> Table:
    table = Table("count", "number", title="counts")
    for name, number in manifest.counts.items():
        if number:
            table.add_row(name, f"{number:,}")
    return table


def _titles(manifest: Manifest) -> Table:
    table = Table("title", "annotations", title="annotations by title")
    for title, number in manifest.annotations_by_title.items():
        table.add_row(title or "(none)", f"{number:,}")
    return table
