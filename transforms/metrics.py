"""The one function that counts.

Beam counters are for people who watch a run: a retried bundle may count twice
in them. What is promised (the accounting of the manifest) travels as data, in
``records.tally.Tally``, under the same names.
"""

from collections.abc import Mapping

from apache_beam.metrics import Metrics

from framehaul.transforms.counts import Progress
from framehaul.transforms.runs.progress_board import BOARD

NAMESPACE = "framehaul"


def count(name: str, by: int = 1) -> None:
    """Add to a Beam counter and, on one machine, to the board that the terminal shows."""
    Metrics.counter(NAMESPACE, name).inc(by)
    if isinstance(name, Progress):
        BOARD.add(name, by)


def count_all(counts: Mapping[str, int]) -> None:
    """Add the sums of a tally to the counters of the same names."""
    for name, number in counts.items():
        count(name, number)
