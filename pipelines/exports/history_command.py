"""``framehaul history`` and ``framehaul prune``: exports as a table, or as JSON."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from framehaul.pipelines.config.durations import duration_text
from framehaul.pipelines.exports.history import ExportSummary, State, list_exports
from framehaul.pipelines.exports.retention import Retention, delete_export, expendable
from framehaul.pipelines.terminal import TextTable, console, say, say_json
from framehaul.transforms.storage.object_store import ObjectStore


def print_history(output: ObjectStore, *, as_json: bool) -> None:
    """Print all exports under ``output``, the newest last.

    Raises:
        StorageError: the folder cannot be listed.
    """
    exports = list_exports(output)
    if as_json:
        say_json({"url": output.base_url, "exports": msgspec.to_builtins(exports)})
        return
    if not exports:
        say(f"{output.base_url} holds no exports")
        return
    console().print(_table(exports))
    for export in exports:
        if export.problem is not None:
            say(f"{export.folder}: {export.problem}")


def prune(output: ObjectStore, retention: Retention, *, delete: bool, as_json: bool) -> None:
    """Tell which exports ``retention`` lets go, and delete them if that is wanted.

    Raises:
        StorageError: the folder cannot be listed, or something could not be deleted.
    """
    exports = list_exports(output)
    going = expendable(exports, retention)
    if not as_json:
        _tell(output.base_url, exports, going, delete=delete)
    for export in going if delete else []:
        objects = delete_export(output, export.folder)
        if not as_json:
            say(f"deleted {export.folder}: {objects:,} objects")
    if as_json:
        say_json({"url": output.base_url, "deleted": delete, "exports": msgspec.to_builtins(going)})


def _tell(
    url: str, exports: Sequence[ExportSummary], going: Sequence[ExportSummary], *, delete: bool
) -> None:
    whole = sum(export.state is State.WHOLE for export in exports)
    if going:
        console().print(_table(going))
    size = sum(export.size_bytes or 0 for export in going)
    say(f"{url}: {len(going):,} of {whole:,} whole exports may go, {_size(size)}")
    if others := len(exports) - whole:
        say(f"{others:,} more are not whole; prune leaves them alone")
    if going and not delete:
        say("nothing is deleted; --yes deletes them")


def _table(exports: Sequence[ExportSummary]) -> TextTable:
    table = TextTable()
    table.add_column("id", overflow="fold")  # it is there to be copied
    for name in ("started", "took"):
        table.add_column(name, no_wrap=True)
    table.add_column("selection", overflow="fold")
    for name in ("read", "records", "size", "set aside"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for export in exports:
        took = None if export.seconds is None else duration_text(timedelta(seconds=export.seconds))
        table.say(
            export.folder,
            (export.started_at or "")[:16].replace("T", " "),
            took,
            export.selection,
            None if (rate := export.bytes_read_per_second) is None else f"{rate / 1e6:,.1f} MB/s",
            _number(export.records),
            None if export.size_bytes is None else _size(export.size_bytes),
            _number(export.dead_letters),
            _state(export),
        )
    return table


def _state(export: ExportSummary) -> str:
    """Two words for a latest one that does not count as good, which an older version may have named."""
    if export.verdict is None:
        return export.state
    words = ["latest"] if export.latest else []
    words += [] if export.verdict.is_good else ["failed"]
    return ", ".join(words) or export.state


def _number(number: int | None) -> str | None:
    return None if number is None else f"{number:,}"


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB"
