"""Names of everything that is counted. Plain Python, so that reading a manifest never imports Beam."""

from enum import StrEnum


class Count(StrEnum):
    """Keys of ``counts`` in the manifest, besides those of the tables (``framehaul.transforms.tables``)."""

    RECORDS = "records"
    ASSETS = "assets"
    ANNOTATIONS = "annotations"
    KEY_FRAME_ROWS = "keyFrameRows"
    INTERPOLATED_ROWS = "interpolatedRows"
    SUPERSEDED_ROWS = "supersededRows"


class Progress(StrEnum):
    """What a person at a terminal watches while a run goes on."""

    RECORDS_READ = "records_read"
    BYTES_READ = "bytes_read"
    SHARDS_WRITTEN = "shards_written"
    SHARDS_KEPT = "shards_kept"
    BYTES_WRITTEN = "bytes_written"
