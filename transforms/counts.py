"""Names of everything that is counted. Plain Python, so that reading a manifest never imports Beam."""

from enum import StrEnum


class Count(StrEnum):
    """Counter names; the camel-case ones are the keys of ``counts`` in the manifest."""

    TASKS_READ = "tasksRead"
    TASKS_EXPORTED = "tasksExported"
    TASKS_NOT_SELECTED = "tasksNotSelected"
    DUPLICATE_TASKS = "duplicateTasks"
    DEAD_LETTER_TASKS = "deadLetterTasks"
    STAGE_HISTORY_READ = "stageHistoryRead"
    STAGE_HISTORY_EXPORTED = "stageHistoryExported"
    STAGE_HISTORY_NOT_SELECTED = "stageHistoryNotSelected"
    ORPHAN_STAGE_HISTORY = "orphanStageHistory"
    DUPLICATE_STAGE_HISTORY = "duplicateStageHistory"
    DEAD_LETTER_STAGE_HISTORY = "deadLetterStageHistory"
    FRAMES_READ = "framesRead"
    FRAMES_EXPORTED = "framesExported"
    FRAMES_NOT_SELECTED = "framesNotSelected"
    ORPHAN_FRAMES = "orphanFrames"
    DEAD_LETTER_FRAMES = "deadLetterFrames"
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
