"""News: facts about the end of a run, for everybody who is notified."""

import socket
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

import msgspec

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.stores import output_store
from framehaul.pipelines.exit_codes import ExitCode, exit_code_of
from framehaul.pipelines.exports.links import sign_main_link
from framehaul.pipelines.exports.selection_text import selection_text
from framehaul.transforms.counts import Count
from framehaul.transforms.errors import ConfigError, ExportError
from framehaul.transforms.exports.manifest import Manifest
from framehaul.transforms.exports.verdict import Verdict, fault_of, verdict_of
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import scheme_of
from framehaul.transforms.storage.redaction import redact


class Event(StrEnum):
    """Event of an export."""

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
        verdict: on the export; ``None`` without one.
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
    verdict: Verdict | None = None
    records: int | None = None
    assets: int | None = None
    shards: int | None = None
    size_bytes: int | None = msgspec.field(default=None, name="bytes")
    dead_letters: dict[str, int] | None = None
    counts: dict[str, int] | None = None
    link: NewsLink | None = None

    @property
    def idempotency_key(self) -> str:
        """Key that is the same for all messages about one event of one export."""
        return f"{self.export_id}:{self.event}"

    @property
    def headline(self) -> str:
        if self.event is Event.READY:
            return f"Export {self.export_id} is ready"
        if self.verdict is Verdict.TOO_MANY_SET_ASIDE:
            return f"Export {self.export_id} set aside more records than allowed"
        if self.verdict is Verdict.TOO_FEW_RECORDS:
            return f"Export {self.export_id} holds fewer records than expected"
        return f"Export {self.export_id} failed"


def news_of_failure(config: ExportConfig, export_id: str, error: BaseException, seconds: float) -> News:
    """Make the news of a run that failed.

    An error that was raised on purpose is told as it is, a bug only by its kind, as it may hold anything.
    """
    deliberate = isinstance(error, ExportError)
    said = (
        redact(str(error)) if deliberate else f"a bug in framehaul ({type(error).__name__}); see its output"
    )
    return News(
        event=Event.FAILED,
        export_id=export_id,
        exit_code=ExitCode.BAD_CONFIG if isinstance(error, ConfigError) else ExitCode.FAILED,
        url=_folder_url(config, export_id),
        host=socket.gethostname(),
        tool=_tool(),
        selection=selection_text(config.manifest_settings()),
        finished_at=_now(),
        seconds=round(seconds, 1),
        error=said,
    )


def news_of_export(config: ExportConfig, manifest: Manifest, seconds: float, link: timedelta) -> News:
    """``link`` is how long the link should live. An export that does not count as good has failed, but is there."""
    verdict, fault = verdict_of(manifest), fault_of(manifest)
    return News(
        event=Event.READY if verdict.is_good else Event.FAILED,
        export_id=manifest.export_id,
        exit_code=exit_code_of(verdict),
        url=_folder_url(config, manifest.export_id),
        host=socket.gethostname(),
        tool=_tool(),
        selection=selection_text(manifest.config),
        finished_at=manifest.finished_at,
        seconds=round(seconds, 1),
        error=f"{fault}; the export is there all the same" if fault else None,
        verdict=verdict,
        records=manifest.counts[Count.RECORDS],
        assets=manifest.counts[Count.ASSETS] if manifest.kind.has_assets else None,
        shards=len(manifest.shards),
        size_bytes=sum(shard.size_bytes for shard in manifest.shards),
        dead_letters=manifest.dead_letters.by_reason,
        counts=manifest.counts,
        link=_link(config, manifest, link),
    )


def _folder_url(config: ExportConfig, export_id: str) -> str:
    output = output_store(config).base_url
    if scheme_of(output) == "file" and not output.startswith("file://"):
        output = str(Path(output).resolve())
    return f"{output}/{export_id}"


def _link(config: ExportConfig, manifest: Manifest, valid: timedelta) -> NewsLink | None:
    """Sign a link; ``None`` where the store or its credentials sign none, which stops no message."""
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
