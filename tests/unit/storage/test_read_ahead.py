"""What is needed next is read while something else is done, and nothing is lost or mixed up by it."""

from collections.abc import Iterator

import pytest

from framehaul.transforms.storage.read_ahead import read_ahead


def test_what_was_read_comes_in_the_order_of_the_items() -> None:
    assert list(read_ahead(range(50), lambda item: item * 2, 8)) == [item * 2 for item in range(50)]
    assert list(read_ahead([], len, 8)) == []


def test_only_so_many_are_read_before_they_are_asked_for() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(50):
            taken.append(item)
            yield item

    reading = read_ahead(items(), lambda item: item, 3)
    next(reading)
    assert taken == [0, 1, 2, 3]
    next(reading)
    assert taken == [0, 1, 2, 3, 4]


def test_what_cannot_be_read_fails_when_it_is_asked_for() -> None:
    def read(item: int) -> int:
        if item == 2:
            raise OSError("gone")
        return item

    reading = read_ahead(range(9), read, 8)
    assert [next(reading), next(reading)] == [0, 1]
    with pytest.raises(OSError, match="gone"):
        next(reading)
