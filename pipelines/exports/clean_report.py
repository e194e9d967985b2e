"""Clean for a person or a program: what was found, on standard output."""

import sys

import orjson
from rich.console import Console
from rich.table import Column, Table

from framehaul.pipelines.exports.clean import Cleaning, Found
from framehaul.transforms.storage.object_store import ObjectStore


def clean_with_report(output: ObjectStore, *, unfinished: bool, dry_run: bool, as_json: bool) -> None:
    """Clean and print one row, or one JSON line, for each thing that was found.

    Raises:
        StorageError: something could not be listed or deleted; what was removed before is printed.
    """
    rows: list[Found] = []
    try:
        for found in Cleaning(output, unfinished=unfinished, dry_run=dry_run).found():
            rows.append(found)  # noqa: PERF402 - what was removed is told even if it goes wrong later
    finally:
        done = "would be removed" if dry_run else "removed"
        if as_json:
            sys.stdout.write("".join(_line(row, done) for row in rows))
        elif rows:
            _print(rows, done)
        else:
            sys.stdout.write(f"{output.base_url}: nothing to clean\n")


def _line(row: Found, done: str) -> str:
    facts = {"what": row.what, "where": row.where, "objects": row.objects}
    return (
        orjson.dumps({**facts, "state": done if row.removed else "kept", "reason": row.reason}).decode()
        + "\n"
    )


def _print(rows: list[Found], done: str) -> None:
    table = Table("what", Column("where", overflow="fold"), "objects", "state")
    for row in rows:
        table.add_row(row.what, row.where, f"{row.objects:,}", done if row.removed else f"kept: {row.reason}")
    Console().print(table)
