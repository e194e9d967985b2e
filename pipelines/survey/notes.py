"""Notes on a plan: sentences that say which figures are estimates, and why."""

from collections.abc import Collection, Iterator, Sequence

from framehaul.pipelines.config.config import ExportConfig
from framehaul.transforms.kinds.kinds import LEGACY


def notes_on(config: ExportConfig, videos: Collection[object], urls: Sequence[str]) -> list[str]:
    """Sentences for a person that hold for this config and this input."""
    return list(_notes(config, videos, urls))


def _notes(config: ExportConfig, videos: Collection[object], urls: Sequence[str]) -> Iterator[str]:
    yield (
        "Counted: files, bytes, records, tasks, videos and annotated frames. Estimated: records, bytes and "
        "shards of the export, from the length of the input records; bytes are before compression."
    )
    yield (
        "Records are set aside here only for what their keys show; a run checks them as a whole, and may set "
        "aside more. Duplicates are found among tasks alone."
    )
    if config.export.kind == LEGACY:
        yield (
            "A legacy record holds an asset with all its tasks. Its keys and its objects are not those of the "
            "input, so sizes are rough."
        )
    if videos and not config.export.video.only_key_frames:
        yield (
            "Rows of videos whose records or rows come in another order than their frames are at most as many: "
            "an object that is switched off and on again then counts as on in between."
        )
    if not config.export.fields.annotation_metadata:
        yield "The export has no annotation metadata and is smaller than estimated."
    if any(url.lower().endswith(".parquet") for url in urls):
        yield (
            "Of Parquet, answers are read for selected videos only; for other rows their size is the average "
            "of the row group."
        )
