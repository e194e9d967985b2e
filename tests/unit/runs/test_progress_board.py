"""Counters that worker processes share with the process that shows them."""

import multiprocessing

import pytest

from framehaul.transforms.counts import Progress
from framehaul.transforms.runs.progress_board import ProgressBoard


def totals(**numbers: int) -> dict[Progress, int]:
    return dict.fromkeys(Progress, 0) | {Progress(name): number for name, number in numbers.items()}


def test_a_new_board_is_empty_and_so_is_one_that_was_reset() -> None:
    board = ProgressBoard()
    assert board.totals() == totals()
    board.row = 5
    board.add(Progress.BYTES_READ, 7)
    board.reset()
    assert board.totals() == totals()


@pytest.mark.parametrize("name", Progress)
def test_each_counter_is_a_sum_of_its_own_over_all_rows(name: Progress) -> None:
    board = ProgressBoard()
    for row, number in ((0, 1), (63, 2), (5, 1 << 40), (5, 3)):
        board.row = row
        board.add(name, number)
    assert board.totals() == totals(**{name: (1 << 40) + 6})


def _work(board: ProgressBoard, row: int) -> None:
    board.row = row
    for _ in range(1000):
        board.add(Progress.RECORDS_READ, 1)


def test_forked_workers_add_to_the_board_of_the_process_that_forked_them() -> None:
    board = ProgressBoard()
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=_work, args=(board, row)) for row in (1, 2, 3)]
    for worker in workers:
        worker.start()
    _work(board, 0)
    for worker in workers:
        worker.join()
    assert board.totals() == totals(records_read=4000)
