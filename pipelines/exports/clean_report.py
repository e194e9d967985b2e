"""Clean for a person or a program: what was found, on standard output."""

from framehaul.pipelines.exports.clean import Cleaning, Found
from framehaul.pipelines.terminal import TextTable, console, say, say_json
from framehaul.transforms.storage.object_store import ObjectStore


def clean_with_report(output: ObjectStore, *, unfinished: bool, dry_run: bool, as_json: bool) -> None:
    """Clean, and print what was found.

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
            say_json({"url": output.base_url, "found": [_facts(row, done) for row in rows]})
        elif rows:
            _print(rows, done)
        else:
            say(f"{output.base_url}: nothing to clean")


def _facts(row: Found, done: str) -> dict[str, object]:
    state = done if row.removed else "kept"
    return {
        "what": row.what,
        "where": row.where,
        "objects": row.objects,
        "state": state,
        "reason": row.reason,
    }


def _print(rows: list[Found], done: str) -> None:
    table = TextTable("what", "where", "objects", "state")
    for row in rows:
        table.say(row.what, row.where, f"{row.objects:,}", done if row.removed else f"kept: {row.reason}")
    console().print(table)
