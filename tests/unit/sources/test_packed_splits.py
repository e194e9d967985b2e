"""Splits are part of a job's description, which Dataflow limits to 10 MB."""

from hypothesis import given
from hypothesis import strategies as st

from framehaul.transforms.sources.packed_splits import pack_splits, unpack_splits
from framehaul.transforms.sources.splits import Split, number_splits

SIZES = st.integers(0, 1 << 50)
SPLITS = st.builds(
    Split,
    index=st.just(-1),
    table=st.sampled_from(["tasks", "stage_history", "frames"]),
    url=st.sampled_from(["a.ndjson", "s3://b/ä.parquet", "x/y.json.gz"]),
    size=SIZES,
    file_format=st.sampled_from(["ndjson", "json", "parquet"]),
    compression=st.sampled_from(["none", "gzip"]),
    start=SIZES,
    end=SIZES,
    stored_bytes=st.integers(0, 3),
)


@given(st.lists(SPLITS))
def test_splits_come_out_as_they_went_in(splits: list[Split]) -> None:
    assert unpack_splits(pack_splits(number_splits(splits))) == number_splits(splits)


def test_ten_terabytes_in_many_files_are_described_by_a_few_megabytes() -> None:
    """300,000 files of about 30 MB, all of them different; fewer and larger ones take less."""
    sizes = [30_000_000 + file * 7919 % 1_000_003 for file in range(300_000)]
    urls = (f"gs://dumps/2026/tasks-{file:06d}.ndjson.gz" for file in range(300_000))
    splits = [
        Split(-1, "tasks", url, size, "ndjson", "gzip", 0, size, size)
        for url, size in zip(urls, sizes, strict=True)
    ]
    assert len(pack_splits(splits)) < 4 << 20
