"""What is needed next is read while something else is done, and nothing is lost or mixed up by it."""

import threading

import pytest

from transforms.storage.read_ahead import read_ahead


def test_items_come_in_their_order_with_what_was_read_for_each() -> None:
    assert list(read_ahead(range(50), lambda item: item * 2, 8)) == [(item, item * 2) for item in range(50)]
    assert list(read_ahead([], len, 8)) == []


def test_only_so_many_are_read_before_they_are_asked_for() -> None:
    begun: list[int] = []
    enough = threading.Semaphore(0)

    def read(item: int) -> int:
        begun.append(item)
        enough.release()
        return item

    reading = read_ahead(range(50), read, 3)
    next(reading)
    for _ in range(4):
        assert enough.acquire(timeout=10)
    assert sorted(begun) == [0, 1, 2, 3]


def test_what_cannot_be_read_fails_when_it_is_asked_for() -> None:
    def read(item: int) -> int:
        if item == 2:
            raise OSError("gone")
        return item

    reading = read_ahead(range(9), read, 8)
    assert [next(reading), next(reading)] == [(0, 0), (1, 1)]
    with pytest.raises(OSError, match="gone"):
        next(reading)
