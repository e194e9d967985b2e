"""Rows of Parquet: each with its own payload, none of them lost, and damaged files by name."""

import io
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.errors import SourceError
from framehaul.transforms.formats.parquet import row_group_rows, rows_of

QUICK = settings(max_examples=40, deadline=None)
MANY = 2600  # more than two of the batches in which rows are read
TABLE = pa.table(
    {
        "taskId": [f"t{index}" for index in range(MANY)],
        "answer": [f'{{"tools":[{index}]}}' if index % 7 else None for index in range(MANY)],
    }
)


def stored(table: pa.Table, **options: Any) -> io.BytesIO:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    file.seek(0)
    return file


def rows(table: pa.Table, needs_payload: Callable[[bytes], bool] | None) -> list[bytes]:
    found = rows_of(stored(table), "dump/tasks.parquet", 0, table.column_names, needs_payload)
    return [row for some in found for row in some]


@pytest.mark.parametrize("needs_payload", [None, lambda _: True])
@pytest.mark.parametrize("columns", [["answer"], ["task_id"], ["task_id", "answer"]], ids="+".join)
def test_rows_without_a_known_scalar_column_are_rows_too(
    columns: list[str], needs_payload: Callable[[bytes], bool] | None
) -> None:
    table = pa.table({name: ['{"tools":[]}'] * 3 for name in columns})
    names = ["taskId", "stage", "answer"]
    found = rows_of(stored(table), "dump/tasks.parquet", 0, names, needs_payload)
    assert sum(len(some) for some in found) == 3  # each of them will be set aside: missing_key


@QUICK
@given(st.sets(st.integers(0, MANY - 1) | st.sampled_from([0, 1023, 1024, 2047, 2048, 2599])))
def test_each_row_gets_its_own_payload_and_only_where_it_is_needed(needed: set[int]) -> None:
    heads = {b'{"taskId":"t%d"}' % index for index in needed}
    found = rows(TABLE, lambda head: head in heads)
    assert found == [
        b'{"taskId":"t%d","answer":{"tools":[%d]}}' % (index, index)
        if index in needed and index % 7
        else b'{"taskId":"t%d"}' % index
        for index in range(MANY)
    ]


class _WatchedFile(io.BytesIO):
    """A file that remembers which of its bytes were read."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.touched: list[tuple[int, int]] = []

    def read(self, size: int | None = -1) -> bytes:
        start = self.tell()
        content = super().read(size)
        self.touched.append((start, start + len(content)))
        return content


@pytest.mark.parametrize("needed", [False, True])
def test_the_bytes_of_a_payload_that_no_row_needs_are_not_read(needed: bool) -> None:
    answers = [f'{{"tools":[{"1" * 200}{index}]}}' for index in range(MANY)]
    table = TABLE.set_column(1, "answer", pa.array(answers))
    file = _WatchedFile(stored(table, compression="none", use_dictionary=False).getvalue())
    start = pq.ParquetFile(file).metadata.row_group(0).column(1).data_page_offset
    file.touched.clear()
    file.seek(0)
    found = list(rows_of(file, "dump/tasks.parquet", 0, table.column_names, lambda _: needed))
    assert sum(map(len, found)) == MANY
    # Beyond this the end of the file is near, which is read to find the footer.
    end = start + 400_000
    assert any(first < end and last > start for first, last in file.touched) == needed


def test_only_the_row_group_and_the_columns_asked_for_are_read() -> None:
    file = stored(TABLE, row_group_size=1000)
    assert row_group_rows(file, "dump/tasks.parquet") == [1000, 1000, 600]
    (found,) = rows_of(file, "dump/tasks.parquet", 2, ["taskId", "not there"], lambda _: True)
    assert (found[0], len(found)) == (b'{"taskId":"t2000"}', 600)


@pytest.mark.parametrize("damage", ["no Parquet", "empty", "cut off", "footer lost"])
def test_a_damaged_file_is_named(damage: str) -> None:
    whole = stored(TABLE).getvalue()
    content = {"no Parquet": b"{}\n" * 9, "empty": b"", "cut off": whole[:-9], "footer lost": whole[:200]}
    with pytest.raises(SourceError, match=r"dump/tasks\.parquet cannot be read as Parquet"):
        row_group_rows(io.BytesIO(content[damage]), "dump/tasks.parquet")


def test_damaged_pages_are_named_while_rows_are_read() -> None:
    whole = bytearray(stored(TABLE, compression="zstd").getvalue())
    whole[4:400] = b"\xff" * 396
    with pytest.raises(SourceError, match=r"dump/tasks\.parquet cannot be read as Parquet"):
        list(rows_of(io.BytesIO(bytes(whole)), "dump/tasks.parquet", 0, ["taskId"], lambda _: True))


def test_without_a_question_every_row_comes_with_its_payload() -> None:
    assert rows(TABLE, None) == rows(TABLE, lambda _: True)
