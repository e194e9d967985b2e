"""``framehaul join``: every record of an export in one piece again, as a stream."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from framehaul.pipelines.exports.standard_output import in_blocks, write_to_standard_output
from framehaul.transforms.errors import ConfigError, StorageError
from framehaul.transforms.exports.manifest import MANIFEST_NAME, Manifest, parse_manifest
from framehaul.transforms.exports.record_parts import PartHead, check_follows, part_of, taken_apart
from framehaul.transforms.exports.record_spool import RecordSpool
from framehaul.transforms.exports.shard_lines import shard_groups, whole_lines
from framehaul.transforms.exports.single_records import SingleRecords
from framehaul.transforms.runs.finished_export import finished_manifest
from framehaul.transforms.storage.object_store import ObjectStore

FORMATS = ("ndjson", "json")

Record = Iterable[bytes]
"""The pieces of one record, to be used before the next record is asked for."""


def join_export(store: ObjectStore, output_format: str, out: Path | None) -> None:
    """Write every record of an export to ``out``, or to standard output.

    A joined record has ``part`` too, that of a record that always fitted:
    index 0, count 1 and all its frames. So an export whose records all fit is
    joined to the very same lines. The order is that of the shards; a long
    asset stands where its first shard is listed.

    Memory holds one line, not one record: the rows wait in a temporary file,
    next to ``out`` if there is one. The records of an export that is one object
    are whole, and are handed on as they are.

    Args:
        output_format: ``ndjson``, or ``json`` for one array.
        out: appears only once it is complete.

    Raises:
        ConfigError: ``output_format`` or ``out`` is impossible.
        SourceError, StorageError: an object is missing or damaged, or a record not whole.
    """
    if output_format not in FORMATS:
        raise ConfigError(f"--format is {output_format!r}; it must be one of: {', '.join(FORMATS)}")
    target = None if out is None else _local_file(out)
    manifest = parse_manifest(finished_manifest(store), store.url_of(MANIFEST_NAME))
    if manifest.is_single:
        pieces = SingleRecords(store, manifest.shards[0]).reframed(output_format)
    else:
        records = joined_records(store, manifest, target and target.parent)
        pieces = in_blocks(_array(records) if output_format == "json" else _lines(records))
    if target is None:
        write_to_standard_output(pieces)
    else:
        ObjectStore(str(target.parent)).write(target.name, pieces)


def _local_file(out: Path) -> Path:
    if ":/" in str(out):  # a path has one slash where the URL had two
        raise ConfigError(f"--out is {out}; it must be a file on this machine")
    target = out.resolve()
    if target.exists() and not target.is_file():
        raise ConfigError(f"--out is {out}, which is there and no file; name a file")
    if not target.parent.is_dir():
        raise ConfigError(f"--out is {out}, but there is no folder {target.parent}")
    return target


def _lines(records: Iterable[Record]) -> Iterator[bytes]:
    for record in records:
        yield from record
        yield b"\n"


def _array(records: Iterable[Record]) -> Iterator[bytes]:
    separator = b"[\n"
    for record in records:
        yield separator
        yield from record
        separator = b",\n"
    yield b"[]\n" if separator == b"[\n" else b"\n]\n"


def joined_records(store: ObjectStore, manifest: Manifest, spool_folder: Path | None) -> Iterator[Record]:
    """The records of an export, each whole.

    Raises:
        SourceError, StorageError: an object is missing or damaged, or a record not whole.
    """
    for shards in shard_groups(manifest):
        joining = _Joining(spool_folder, with_entries=manifest.with_entries)
        for shard in shards:
            for number, line in whole_lines(store, shard):
                try:
                    record = joining.add(line)
                except StorageError as error:
                    raise StorageError(f"{store.url_of(shard.path)}, line {number}: {error}") from error
                if record is not None:
                    yield record
        try:
            joining.finish()
        except StorageError as error:
            raise StorageError(f"{store.url_of(shards[-1].path)}, last line: {error}") from error


class _Joining:
    """The record whose parts are being read."""

    def __init__(self, folder: Path | None, *, with_entries: bool) -> None:
        self._folder = folder
        self._with_entries = with_entries
        self._spool: RecordSpool | None = None
        self._first_page: int | None = None
        self._last: PartHead | None = None

    def add(self, line: bytes) -> Record | None:
        """The record, if this is its last line."""
        part = part_of(line)
        check_follows(self._last, part)
        if part.is_whole:
            return (line,)
        parts = taken_apart(line, with_entries=self._with_entries and part.pages is not None)
        if self._spool is None:
            self._spool, self._first_page = RecordSpool(parts, self._folder), part.first_page
        else:
            self._spool.add(parts)
        self._last = part
        if not part.is_last:
            return None
        spool, self._spool, self._last = self._spool, None, None
        return _pieces(spool, PartHead(0, 1, self._first_page, part.last_page))

    def finish(self) -> None:
        """Raises ``StorageError`` where parts are missing at the end."""
        if self._last is not None:
            raise StorageError(
                f"is part {self._last.index} of {self._last.count}, and the parts after it are missing "
                "(parts are counted from 0)"
            )


def _pieces(spool: RecordSpool, part: PartHead) -> Iterator[bytes]:
    with spool:
        yield from spool.pieces(part)
