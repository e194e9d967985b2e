"""Records in one piece, put together from the parts that the shards of an export hold."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.manifest import Manifest
from framehaul.transforms.exports.output_form import FRAMINGS
from framehaul.transforms.exports.record_parts import PartHead, check_follows, taken_apart
from framehaul.transforms.exports.record_spool import RecordSpool
from framehaul.transforms.exports.shard_lines import shard_groups
from framehaul.transforms.exports.shard_reader import StoredRecord, records_of_shard
from framehaul.transforms.storage.object_store import ObjectStore

JoinedRecord = Iterable[bytes]
"""The pieces of one record, to be used before the next record is asked for."""


def joined_records(
    store: ObjectStore, manifest: Manifest, spool_folder: Path | None
) -> Iterator[JoinedRecord]:
    """Every record of an export, in one piece, in the order of the shards; a long asset stands where its first shard does.

    A joined record has ``part`` too, that of a record that always fitted: index 0, count 1 and all its frames. In an
    export that is one object no record has it.

    Memory holds one line, not one record: the rows of several parts wait in a temporary file.

    Args:
        spool_folder: of temporary files, ``None`` for the system's.

    Raises:
        SourceError, StorageError: an object is missing or damaged, or a record not whole.
    """
    for shards in shard_groups(manifest):
        joining = _Joining(spool_folder, with_entries=manifest.form.with_entries)
        for shard in shards:
            for stored in records_of_shard(store, shard):
                record = joining.add(stored)
                if record is not None:
                    yield record
        try:
            joining.finish()
        except StorageError as error:
            raise StorageError(f"{store.url_of(shards[-1].path)}, last line: {error}") from error


def framed(records: Iterable[JoinedRecord], record_format: str) -> Iterator[bytes]:
    """Records as the bytes of one object.

    Args:
        record_format: ``ndjson`` or ``json``.
    """
    return _array(records) if record_format == "json" else _lines(records)


def _lines(records: Iterable[JoinedRecord]) -> Iterator[bytes]:
    for record in records:
        yield from record
        yield b"\n"  # at once: whoever reads along has whole lines, whatever comes after


def _array(records: Iterable[JoinedRecord]) -> Iterator[bytes]:
    framing = FRAMINGS["json"]
    before = framing.head
    for record in records:
        yield before
        yield from record
        before = framing.separator
    yield framing.empty if before == framing.head else framing.tail


class _Joining:
    """The record whose parts are being read."""

    def __init__(self, folder: Path | None, *, with_entries: bool) -> None:
        self._folder = folder
        self._with_entries = with_entries
        self._spool: RecordSpool | None = None
        self._first_page: int | None = None
        self._last: PartHead | None = None

    def add(self, stored: StoredRecord) -> JoinedRecord | None:
        """The record, if this is all of it, or its last part. Raises ``StorageError``."""
        part = stored.part
        if part is None:
            return (stored.line,)
        try:
            check_follows(self._last, part)
            return (stored.line,) if part.is_whole else self._add_part(stored.line, part)
        except StorageError as error:
            raise stored.located(error) from error

    def _add_part(self, line: bytes, part: PartHead) -> JoinedRecord | None:
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
