"""Entries of the layout ``tracks``: what they look like, and what is none."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framehaul.transforms.errors import StorageError
from framehaul.transforms.video.track_entries import (
    NOBODY,
    Owner,
    entry_in,
    extra_bytes,
    gathered,
    rows_alone,
    without_page,
)

QUICK = settings(max_examples=150, deadline=None)
ROW = b'{"page":3}'


def entry(owner: Owner, *rows: bytes) -> bytes:
    return owner.head() + b",".join(rows) + b"]}"


def test_an_entry_has_two_keys() -> None:
    assert entry(Owner("o1"), b"1", b"2") == b'{"objectId":"o1","frames":[1,2]}'
    assert entry(Owner("s1", by_schema=True), b"1") == b'{"schemaId":"s1","frames":[1]}'
    assert entry(NOBODY, b"1") == b'{"objectId":null,"frames":[1]}'


@QUICK
@given(st.text(), st.booleans(), st.lists(st.sampled_from([b"{}", b'"]}"', b'{"frames":[1]}']), min_size=1))
def test_an_entry_that_is_read_is_the_one_that_was_written(
    track: str, by_schema: bool, rows: list[bytes]
) -> None:
    owner = Owner(track, by_schema) if track else NOBODY
    found = entry_in(entry(owner, *rows))
    assert found is not None
    assert (found.owner, bytes(found.rows)) == (owner, b",".join(rows))
    assert extra_bytes(track) == len(entry(owner, *rows)) - len(b",".join(rows))


@pytest.mark.parametrize(
    "row",
    [
        b"{}",
        b"[]",
        b'{"objectId":"o1"}',
        b'{"objectId":"o1","frames":[]}',
        b'{"objectId":"o1","frames":{"x":[]}}',
        b'{"objectId":"o1","page":1,"frames":[1]}',
        b'{"objectId":"o1","frames":[1],"x":[1]}',
        b'{"objectId":"o1","frames":[1],"frames":[1]}',
        b'{"objectId":"o1","objectId":"o1","frames":[1]}',
        b'{"objectId":"o1","schemaId":"s1","frames":[1]}',
        b'{"schemaId":null,"frames":[1]}',
        b'{"objectId":"","frames":[1]}',
        b'{"objectId":7,"frames":[1]}',
        b'{"objectId":["x"],"frames":[1]}',
        b'{"objectId":"\\u006f1","frames":[1]}',
        b'{"frames":[1],"objectId":["o1"]}',
    ],
)
def test_a_row_that_has_more_or_less_than_an_entry_is_none_and_stays_as_it_is(row: bytes) -> None:
    assert entry_in(row) is None
    assert without_page(row) == row


@QUICK
@given(st.text(), st.booleans())
def test_a_row_without_page_is_never_read_as_an_entry(track: str, by_schema: bool) -> None:
    row = entry(Owner(track, by_schema), ROW)
    written = without_page(row)
    assert entry_in(written) is None
    assert {"page": None, **orjson.loads(row)} == {"page": None, **orjson.loads(written)}


def test_a_list_is_what_is_in_no_track_and_then_the_tracks() -> None:
    loose = [b'{"title":"x"}', entry(NOBODY, ROW)]
    tracks = [entry(Owner("a"), ROW, ROW), entry(Owner("b"), ROW)]
    found = gathered(memoryview(b",".join([*loose, *tracks])))
    assert bytes(found.loose) == b",".join(loose)
    assert [(each.owner.track, bytes(each.rows)) for each in found.entries] == [
        ("a", ROW + b"," + ROW),
        ("b", ROW),
    ]
    assert rows_alone(memoryview(b",".join([*loose, *tracks]))) == b",".join([loose[0], *[ROW] * 4])


@pytest.mark.parametrize("content", [b"", b'{"title":"x"}', b"1,2"])
def test_a_list_without_entries_is_as_it_was(content: bytes) -> None:
    found = gathered(memoryview(content))
    assert (bytes(found.loose), found.entries) == (content, [])
    assert rows_alone(memoryview(content)) == content


def test_a_row_after_the_tracks_is_refused() -> None:
    with pytest.raises(StorageError, match="has a row after the entry of 'a' that is in no entry"):
        gathered(memoryview(entry(Owner("a"), ROW) + b",{}"))
