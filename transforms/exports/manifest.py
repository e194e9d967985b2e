"""Contents of an export: ``manifest.json`` and the entries in it.

``FORMAT_VERSION`` is known to every reader out there. A change that an old
reader would misread needs a new number, and readers refuse numbers they do
not know.
"""

from typing import Any

import msgspec
import orjson

from framehaul.transforms.errors import StorageError
from framehaul.transforms.exports.output_form import OutputForm, form_of_config
from framehaul.transforms.exports.run_metrics import RunMetrics
from framehaul.transforms.kinds.kinds import RecordKind, kind_of_records

FORMAT_VERSION = 1
MANIFEST_NAME = "manifest.json"
LATEST_NAME = "latest.json"
DEAD_LETTERS_NAME = "dead-letters.ndjson"


class ShardEntry(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One stored shard, described so that a reader can check it.

    Attributes:
        path: relative to the export's folder, so that an export can be moved.
        records: number of lines.
        size_bytes: stored size, after compression (``bytes`` in JSON).
        sha256: of the stored bytes, in hex.
        md5: of the stored bytes, in base64, as object stores report it.
        uncompressed_bytes: size of the lines, line ends included.
        max_line_bytes: the longest line, without its line end.
        first_asset_id: smallest asset id in the shard; ``None`` in an empty shard.
        last_asset_id: greatest asset id in the shard.
        buckets: which assets are in it: those whose ``bucket_of`` (of the asset
            id, or of the task id where there is none) is at least the first
            number and below the second. ``None`` for the shard of a long asset,
            and where an older version wrote the export.
    """

    path: str
    records: int
    size_bytes: int = msgspec.field(name="bytes")
    sha256: str
    md5: str
    uncompressed_bytes: int
    max_line_bytes: int
    first_asset_id: str | None
    last_asset_id: str | None
    buckets: tuple[int, int] | None = None


class LongAsset(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A task that has shards of its own, since it is long; other tasks of its asset may be among all others.

    Attributes:
        asset_id: the task id where the asset has none.
        frames: ``frameTotal`` of a video, else 0.
        parts: lines of the task, in all its shards.
        shards: their paths, in the order of the parts.
        shard_pages: first and last frame of the task in each of the shards,
            both inclusive; ``None`` where it is no video.
    """

    asset_id: str
    task_id: str
    frames: int
    parts: int
    shards: list[str]
    shard_pages: list[tuple[int, int] | None] = []


class SourceEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One input file and how many records it held.

    Attributes:
        changed_while_read: true where the store had another version of it, or none, when the run ended
            (``changedWhileRead`` in JSON, absent otherwise).
    """

    table: str
    url: str
    bytes: int
    records: int
    changed_while_read: bool | msgspec.UnsetType = msgspec.field(
        name="changedWhileRead", default=msgspec.UNSET
    )


class DeadLetters(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """How many records were set aside, where they are, and why."""

    count: int = 0
    path: str | None = None
    by_reason: dict[str, int] = {}


class ArchiveEntry(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The zip of an export.

    Attributes:
        path: relative to the export's folder.
        member: name of the data file in it.
        records: in that file, each in one piece.
        size_bytes: stored size (``bytes`` in JSON).
        sha256, md5: of the zip, as for shards.
        uncompressed_bytes: of the data file.
    """

    path: str
    member: str
    records: int
    size_bytes: int = msgspec.field(name="bytes")
    sha256: str
    md5: str
    uncompressed_bytes: int


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """Why a run was started: ``schedule``, a rule of the config's ``trigger``, or whatever its starter says.

    Attributes:
        rule: in snake_case.
        reason: what has met it, for a person to read.
    """

    rule: str
    reason: str


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """What wrote the export."""

    name: str
    version: str


class Manifest(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One export. Times are ISO-8601 UTC with milliseconds; ``counts`` is by ``framehaul.transforms.counts.Count``.

    Attributes:
        trigger: why it was run; absent where a person has run it.
        metrics: what the run took; absent where an older version wrote the export.
    """

    format_version: int = FORMAT_VERSION
    export_id: str
    tool: Tool
    started_at: str
    finished_at: str
    mode: str = "full"
    trigger: list[Trigger] | msgspec.UnsetType = msgspec.UNSET
    config: dict[str, Any]
    source: list[SourceEntry]
    counts: dict[str, int]
    annotations_by_title: dict[str, int]
    shards: list[ShardEntry]
    long_assets: list[LongAsset] = []
    dead_letters: DeadLetters
    zip: ArchiveEntry | None = None
    metrics: RunMetrics | msgspec.UnsetType = msgspec.UNSET

    @property
    def form(self) -> OutputForm:
        """Layout of the records in objects."""
        return form_of_config(self.config)

    @property
    def kind(self) -> RecordKind:
        """Kind of the records. Raises ``StorageError`` where this version does not know it."""
        try:
            return kind_of_records(self.config)
        except KeyError as error:
            raise StorageError(
                f"{self.export_id} is of a kind that is not known here: {error.args[0]}; update framehaul"
            ) from None

    def to_json(self) -> bytes:
        content = msgspec.to_builtins(self)
        if self.zip is None:
            del content["zip"]
        return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


class _Version(msgspec.Struct, rename="camel"):
    format_version: int


_VERSIONS, _MANIFESTS = msgspec.json.Decoder(_Version), msgspec.json.Decoder(Manifest)


def parse_manifest(content: bytes, url: str) -> Manifest:
    """The manifest in ``content``.

    Raises:
        StorageError: it is cut off or damaged, or of a format that this version does not know.
    """
    try:
        version = _VERSIONS.decode(content).format_version
        if version != FORMAT_VERSION:
            raise StorageError(
                f"{url} has formatVersion {version}; this version of framehaul reads {FORMAT_VERSION}. Update framehaul"
            )
        return _MANIFESTS.decode(content)
    except msgspec.MsgspecError as error:
        raise StorageError(f"{url} is not a whole manifest: {error}") from error
