"""What there is to tell when a run has ended."""

import socket
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

import msgspec

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.stores import output_store
from framehaul.pipelines.exit_codes import ExitCode
from framehaul.pipelines.exports.links import sign_main_link
from framehaul.pipelines.exports.selection_text import selection_text
from framehaul.transforms.counts import Count
from framehaul.transforms.errors import ConfigError, ExportError
from framehaul.transforms.exports.manifest import Manifest
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import scheme_of
from framehaul.transforms.storage.redaction import shown


class Event(StrEnum):
    """What has happened to an export."""

    READY = "ready"
    FAILED = "failed"


class NewsLink(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A signed URL: to the data if they are one object, else to the manifest.

    Attributes:
        path: in the folder of the export.
        expires_at: ISO-8601 UTC.
    """

    path: str
    url: str
    expires_at: str


class News(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The end of one run; the body of a webhook is this as JSON.

    Attributes:
        exit_code: of the run, see ``ExitCode``.
        url: folder of the export, whether there is one or not; a path on ``host`` where it is on a disk.
        host: the machine that ran it.
        selection: on one line.
        error: why it failed, for a person to read.
        records, assets, shards: how many there are; ``None`` without an export, like all that follows,
            and assets of issues, which need not tell theirs.
        size_bytes: of the shards, as stored (``bytes`` in JSON).
        dead_letters: records set aside, and why.
        counts: as in the manifest.
        link: ``None`` where the store or its credentials sign none.
    """

    event: Event
    export_id: str
    exit_code: int
    url: str
    host: str
    tool: str
    selection: str
    finished_at: str
    seconds: float
    error: str | None = None
    records: int | None = None
    assets: int | None = None
    shards: int | None = None
    size_bytes: int | None = msgspec.field(default=None, name="bytes")
    dead_letters: dict[str, int] | None = None
    counts: dict[str, int] | None = None
    link: NewsLink | None = None

    @property
    def idempotency_key(self) -> str:
        """The same for everything that is said of one event of one export."""
        return f"{self.export_id}:{self.event}"

    @property
    def headline(self) -> str:
        if self.event is Event.READY:
            return f"Export {self.export_id} is ready"
        if self.records is not None:
            return f"Export {self.export_id} set aside more records than allowed"
        return f"Export {self.export_id} failed"


def news_of_failure(config: ExportConfig, export_id: str, error: BaseException, seconds: float) -> News:
    """``error`` is told as it is if it was raised on purpose; a bug is told by its kind, as it may hold anything."""
    deliberate = isinstance(error, ExportError)
    said = shown(str(error)) if deliberate else f"a bug in framehaul ({type(error).__name__}); see its output"
    return News(
        event=Event.FAILED,
        export_id=export_id,
        exit_code=ExitCode.BAD_CONFIG if isinstance(error, ConfigError) else ExitCode.FAILED,
        url=_place(config, export_id),
        host=socket.gethostname(),
        tool=_tool(),
        selection=selection_text(config.recorded()),
        finished_at=_now(),
        seconds=round(seconds, 1),
        error=said,
    )


def news_of_export(config: ExportConfig, manifest: Manifest, seconds: float, link: timedelta) -> News:
    """``link`` is how long the link should live. An export with too many dead letters has failed, but is there."""
    letters = manifest.dead_letters
    allowed = config.limits.max_dead_letters
    failed = letters.count > allowed
    return News(
        event=Event.FAILED if failed else Event.READY,
        export_id=manifest.export_id,
        exit_code=ExitCode.DEAD_LETTERS if failed else ExitCode.DONE,
        url=_place(config, manifest.export_id),
        host=socket.gethostname(),
        tool=_tool(),
        selection=selection_text(manifest.config),
        finished_at=manifest.finished_at,
        seconds=round(seconds, 1),
        error=f"{letters.count:,} records were set aside, {allowed:,} are allowed; the export is there, without them"
        if failed
        else None,
        records=manifest.counts[Count.RECORDS],
        assets=manifest.counts[Count.ASSETS] if manifest.kind.has_assets else None,
        shards=len(manifest.shards),
        size_bytes=sum(shard.size_bytes for shard in manifest.shards),
        dead_letters=letters.by_reason,
        counts=manifest.counts,
        link=_link(config, manifest, link),
    )


def _place(config: ExportConfig, export_id: str) -> str:
    output = output_store(config).base_url
    if scheme_of(output) == "file" and not output.startswith("file://"):
        output = str(Path(output).resolve())
    return f"{output}/{export_id}"


def _link(config: ExportConfig, manifest: Manifest, valid: timedelta) -> NewsLink | None:
    """None is no reason to be silent."""
    output = output_store(config)
    folder = ObjectStore(output.url_of(manifest.export_id), output.options)
    try:
        link, expires_at = sign_main_link(folder, manifest, valid)
    except ExportError:
        return None
    return NewsLink(path=link.path, url=link.url, expires_at=expires_at)


def _tool() -> str:
    return f"framehaul {version('framehaul')}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
