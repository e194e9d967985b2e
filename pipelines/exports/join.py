"""``framehaul join``: every record of an export in one piece again, as a stream."""

from pathlib import Path

from framehaul.pipelines.exports.standard_output import in_blocks, write_to_standard_output
from framehaul.transforms.errors import ConfigError
from framehaul.transforms.exports.export_reader import open_export
from framehaul.transforms.exports.output_form import FRAMINGS
from framehaul.transforms.storage.object_store import ObjectStore


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
    if output_format not in FRAMINGS:
        raise ConfigError(f"--format is {output_format!r}; it must be one of: {', '.join(FRAMINGS)}")
    target = None if out is None else _local_file(out)
    pieces = in_blocks(open_export(store).as_one_object(output_format, target and target.parent))
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
