"""Form of an export: how its records are laid out in objects, and the names that follow from it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exchange.sections import DEFLATED, PACKED
from framehaul.transforms.formats.compression import SUFFIXES
from framehaul.transforms.storage.object_names import safe_name

SPLIT = "ndjson-split"
_DIGEST_BYTES = 8
_LONGEST_NAME = 110  # with digest and suffix it is at most 143, see object_names


class Framing(NamedTuple):
    """What stands around records in one object; ``empty`` is an object without any."""

    head: bytes
    separator: bytes
    tail: bytes
    empty: bytes


FRAMINGS = {
    "ndjson": Framing(b"", b"\n", b"\n", b""),
    "json": Framing(b"[\n", b",\n", b"\n]\n", b"[]\n"),
}


@dataclass(frozen=True)
class Archive:
    """The zip of an export.

    Attributes:
        path: relative to the export's folder.
        modified: the time that its member gets.
    """

    path: str
    modified: datetime


@dataclass(frozen=True)
class OutputForm:
    """How the records of an export are laid out.

    Attributes:
        file_format: ``ndjson-split``, or ``ndjson`` or ``json``: one object.
        split_by: ``size`` or ``asset``.
        compression: ``none``, ``gzip`` or ``zstd``.
        archive: ``None`` where there is none.
        with_entries: the rows of videos stand in entries, see ``track_entries``.
    """

    file_format: str = SPLIT
    split_by: str = "size"
    compression: str = "none"
    archive: Archive | None = None
    with_entries: bool = False

    @property
    def is_single(self) -> bool:
        """All records are in one object, and none is split into parts."""
        return self.file_format != SPLIT

    @property
    def is_by_asset(self) -> bool:
        return self.split_by == "asset"

    @property
    def has_shards(self) -> bool:
        return not self.is_single and not self.is_by_asset

    @property
    def is_shards_alone(self) -> bool:
        """A shard is all that becomes of its lines."""
        return self.has_shards and not self.encodings_of_records

    @property
    def record_format(self) -> str:
        """``json`` or ``ndjson``: how whole records are written, in one object and in the archive."""
        return "json" if self.file_format == "json" else "ndjson"

    @property
    def encoding(self) -> str:
        """In which an object is needed that is put together from sections."""
        return DEFLATED if self.compression == "gzip" else PACKED

    @property
    def encodings_of_records(self) -> tuple[str, ...]:
        """In which whole records are needed; none where nothing holds them."""
        needed = ({self.encoding} if self.is_single else set()) | ({DEFLATED} if self.archive else set())
        return tuple(sorted(needed))

    @property
    def single_path(self) -> str:
        """Stored forever.

        >>> OutputForm("json", compression="gzip").single_path
        'data/assets.json.gz'
        """
        return f"data/assets.{self.record_format}{SUFFIXES[self.compression]}"

    @property
    def member_name(self) -> str:
        """Of the data file in the archive."""
        return f"data.{self.record_format}"

    def in_words(self, objects: int) -> str:
        """The layout, for a person to read.

        Args:
            objects: number of objects with records.

        >>> OutputForm().in_words(1200), OutputForm(split_by="asset").in_words(94), OutputForm("json").in_words(1)
        ('1,200 shards', '94 assets', '1 json object')
        """
        if self.is_single:
            return f"1 {self.file_format} object"
        return f"{objects:,} {'assets' if self.is_by_asset else 'shards'}"

    def asset_path(self, asset_key: str, external_id: str | None) -> str:
        """Path of the object of one asset. Stored forever.

        External ids are not unique, some differ in nothing but their case, and a
        new asset must not rename the object of another. So the name always ends
        with a digest of the asset's own id, which only that asset has.

        >>> OutputForm().asset_path("65f0aa11", "videos/014.mp4")
        'data/videos~2f014.mp4-4c195ecb7db6bbff.ndjson'
        """
        digest = hashlib.blake2b(asset_key.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES)
        name = f"{safe_name(external_id or asset_key, _LONGEST_NAME)}-{digest.hexdigest()}"
        return f"data/{name}.ndjson{SUFFIXES[self.compression]}"


def form_of_config(config: Mapping[str, Any]) -> OutputForm:
    """Form of an export whose manifest holds this config; an older version may lack the settings.

    The archive is left out: a manifest has an entry for it.

    >>> form_of_config({"output": {"format": "json", "compression": "gzip"}}).single_path
    'data/assets.json.gz'
    """
    output, export = _section(config, "output"), _section(config, "export")
    has_videos = export.get("type") != "issue"
    return OutputForm(
        str(output.get("format") or SPLIT),
        str(output.get("split_by") or "size"),
        str(output.get("compression") or "none"),
        with_entries=has_videos and _section(export, "video").get("layout") == "tracks",
    )


def _section(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Empty where it is missing, or none."""
    section = config.get(name)
    return section if isinstance(section, Mapping) else {}


# A manifest may come from anywhere: what it names lies below its own folder.
_RECORDS_PATH = re.compile(
    r"data/(?:assets\.(?P<single>json|ndjson)|[^/]+\.(?:nd)?json)(?P<suffix>\.gz|\.zst|)"
)


def form_of_path(path: str) -> OutputForm:
    """Form of an export as far as the name of one of its objects with records tells it: so without ``split_by``.

    Raises:
        StorageError: no such object has that name.

    >>> form_of_path("data/assets.json.gz").file_format, form_of_path("data/assets-00000-of-00001.ndjson").file_format
    ('json', 'ndjson-split')
    """
    found = _RECORDS_PATH.fullmatch(path)
    if found is None:
        raise StorageError(f"{path} is no path of a shard")
    compression = next(name for name, suffix in SUFFIXES.items() if suffix == found["suffix"])
    return OutputForm(found["single"] or SPLIT, compression=compression)


def archive_path(project: str | None, kind: str, started: datetime) -> str:
    """Name of the zip of an export, as the platform makes it (transforms/README.md, "Output forms").

    Args:
        project: ``None`` for all.
        kind: ``task`` or ``issue``.
        started: UTC.

    >>> archive_path("My project", "task", datetime(2026, 11, 22, 9, 5, 7))
    'My_project-task-export-2026-11-22-09_05_07_GMT.zip'
    """
    name = re.sub(r"[^A-Za-z0-9._-]", "_", project or "all")[:120]
    return f"{name}-{kind}-export-{started:%Y-%m-%d-%H_%M_%S}_GMT.zip"


OUR_PATHS = (
    r"data/assets\.(ndjson|json)(\.gz|\.zst)?"
    r"|data/[^/]*-[0-9a-f]{16}\.ndjson(\.gz|\.zst)?"
    r"|[^/]*-(task|issue)-export-[0-9-]{10}-[0-9_]{8}_GMT\.zip"
    r"|\.pieces/[^/]*"
)
"""All objects that are written in these forms."""
