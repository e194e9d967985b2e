"""Outlook on an export: all that ``framehaul plan`` tells, as data."""

from typing import Any

import msgspec


class TableOutlook(msgspec.Struct, rename="camel"):
    """One input table. All counts but ``files`` and ``bytes`` are those of a manifest.

    Attributes:
        bytes: stored size.
        not_selected: records of tasks that the export leaves out.
        duplicates: older copies of tasks.
        orphans: records whose task was not read.
        set_aside: records that cannot be used, as far as their keys show.
    """

    table: str
    files: int
    bytes: int
    records: int = 0
    selected: int = 0
    not_selected: int = 0
    duplicates: int = 0
    orphans: int = 0
    set_aside: int = 0


class VideoOutlook(msgspec.Struct, rename="camel"):
    """One selected video.

    Attributes:
        annotated_frames: distinct pages with a row in the answer, those of the frames table included.
        is_long: more than ``limits.long_video_frames``.
        estimated_rows: of the answer in the export.
        estimated_bytes: of its records, with stage history.
    """

    asset_id: str
    task_id: str
    frames: int
    annotated_frames: int
    is_long: bool
    estimated_rows: int
    estimated_bytes: int


class LongAssetOutlook(msgspec.Struct, rename="camel"):
    """An asset that is over ``output.shard_bytes`` and so gets shards of its own."""

    asset_id: str
    tasks: int
    estimated_bytes: int
    estimated_shards: int


class OutputOutlook(msgspec.Struct, rename="camel"):
    """The export, estimated; bytes before compression, shards with those of long assets."""

    url: str
    estimated_records: int
    estimated_bytes: int
    estimated_shards: int


class ExportOutlook(msgspec.Struct, rename="camel"):
    """Outlook on a run.

    Attributes:
        selection: the filters of the config.
        videos: the one with most annotated frames first.
        notes: which figures are estimates, and why.
    """

    input: list[TableOutlook]
    selection: dict[str, Any]
    output: OutputOutlook
    videos: list[VideoOutlook]
    long_assets: list[LongAssetOutlook]
    notes: list[str]
