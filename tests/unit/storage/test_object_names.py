"""Names of objects: every id gets one of its own, which no store and no disk takes for something else."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framehaul.transforms.storage.object_names import LONGEST_NAME, safe_name

SAFE = re.compile(r"(?:[A-Za-z0-9_-]|~[0-9a-f]{2}|\.(?=[A-Za-z0-9_-]))+(?:~~[0-9a-f]{20})?|~~[0-9a-f]{20}")


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        ("64f0c0ffee00000000000001", "64f0c0ffee00000000000001"),
        ("frame-001.jpg", "frame-001.jpg"),
        ("..", "~2e~2e"),
        ("a..b", "a~2e~2eb"),
        ("trailing.", "trailing~2e"),
        (".hidden", "~2ehidden"),
        ("a//b", "a~2f~2fb"),
        ("a%2Fb", "a~252Fb"),
        ("~41", "~7e41"),
        ("A", "A"),
        ("a b", "a~20b"),
        ("con\x00", "con~00"),
        ("video\n", "video~0a"),
    ],
)
def test_names_are_what_they_have_always_been(identifier: str, name: str) -> None:
    """A change would orphan the shards of long assets in exports that are resumed."""
    assert safe_name(identifier) == name


@given(st.text())
def test_a_name_is_safe_and_not_too_long(identifier: str) -> None:
    name = safe_name(identifier)
    assert SAFE.fullmatch(name)
    assert 0 < len(name) <= LONGEST_NAME
    assert ".." not in name
    assert not name.startswith(".")
    assert not name.endswith(".")


@given(st.text())
def test_the_id_can_be_read_back_unless_it_is_shortened(identifier: str) -> None:
    name = safe_name(identifier)
    if "~~" in name:
        return
    content = re.sub(rb"~(..)", lambda match: bytes.fromhex(match[1].decode()), name.encode())
    assert content.decode("utf-8", "surrogatepass") == identifier


ALIKE = st.sampled_from(["a", "A", "\u00e4", "a\u0308", "%2F", "/", ".", "~2f", "x" * 119])


@given(st.lists(st.lists(ALIKE, max_size=5).map("".join), unique=True))
def test_two_ids_have_two_names_even_where_accents_do_not_count(identifiers: list[str]) -> None:
    names = {unicodedata.normalize("NFC", safe_name(each)) for each in identifiers}
    assert len(names) == len(identifiers)


def test_a_long_id_keeps_its_beginning_and_ends_in_a_digest() -> None:
    first, second = safe_name("video-" * 100 + "1"), safe_name("video-" * 100 + "2")
    assert len(first) == len(second) <= LONGEST_NAME
    assert first.startswith("video-video-")
    assert first != second
