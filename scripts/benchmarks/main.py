"""``scripts/benchmark``: measure, and print the tables of scripts/README.md.

Run it on a machine that does nothing else. Progress goes to standard error.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks import engines
from benchmarks.contestants import FORMATS, FRAMEHAUL, RIVALS, SCRIPTS, Contestant
from benchmarks.formats import FORMS
from benchmarks.markdown import comparison_table, growth_table, machine
from benchmarks.pairs import Bench, Comparison
from benchmarks.process_tree import CommandFailedError, apart
from benchmarks.same_records import DifferentRecordsError, refuse_other_records
from benchmarks.same_rows import refuse_other_rows
from benchmarks.sample_tables import Size, Tables, sample, sample_videos, tables_of_size
from benchmarks.stores import places
from benchmarks.variants import Turns, Variant, variants_table
from benchmarks.video import CHECKED
from benchmarks.video import costs as video_costs
from benchmarks.video_markdown import video_table

_CHECKED_TASKS = 300
_VIDEOS = "50000x10,200000x10,1000000x2"
_LARGE_GB = 1
_MEMORY_SHARE = 0.75
"""Of the machine's memory; a job that takes more is killed before the machine suffers."""


def main() -> None:
    """Measure the subject that the command line names."""
    arguments = _arguments()
    data: Path = arguments.data
    data.mkdir(parents=True, exist_ok=True)
    try:
        with TemporaryDirectory(dir=data, prefix="run-") as scratch:
            _MEASURES[arguments.subject](Path(scratch), arguments)
    except (DifferentRecordsError, CommandFailedError) as error:
        sys.exit(f"error: {error}")


def _measure_videos(scratch: Path, arguments: argparse.Namespace) -> None:
    print("comparing the rows of Framehaul and of a plain loop", file=sys.stderr, flush=True)
    apart(refuse_other_rows, sample_videos(arguments.data, CHECKED))
    found = video_costs(arguments.data, scratch, arguments.videos, arguments.rounds)
    print(machine(), end="\n\n")
    print(video_table(found))


def _measure_formats(scratch: Path, arguments: argparse.Namespace) -> None:
    _measure_variants(FORMS, scratch, arguments)


def _measure_stores(scratch: Path, arguments: argparse.Namespace) -> None:
    with places(scratch) as variants:
        _measure_variants(variants, scratch, arguments)


def _measure_variants(variants: Sequence[Variant], scratch: Path, arguments: argparse.Namespace) -> None:
    limit = int(_MEMORY_SHARE * psutil.virtual_memory().total)
    inputs = [tables_of_size(arguments.data, size, "ndjson") for size in arguments.sizes]
    found = Turns(variants, scratch, limit, arguments.rounds, arguments.rest).costs(inputs)
    print(machine(), end="\n\n")
    print(variants_table(found, arguments.rounds, arguments.rest))


def _measure_engines(scratch: Path, arguments: argparse.Namespace) -> None:
    tables = tables_of_size(arguments.data, arguments.sizes[0], "ndjson")
    found = engines.costs(tables, scratch, arguments.rounds, arguments.rest)
    print(machine(), end="\n\n")
    print(engines.engines_table(tables, found, arguments.rest))


def _measure_tables(scratch: Path, arguments: argparse.Namespace) -> None:
    for table_format in arguments.formats:
        print(f"comparing the records of all, {table_format}", file=sys.stderr, flush=True)
        refuse_other_records(sample(arguments.data, _CHECKED_TASKS, table_format), table_format)
    limit = int(_MEMORY_SHARE * psutil.virtual_memory().total)
    bench = Bench(scratch, limit, arguments.rest)
    comparisons = list(_comparisons(bench, arguments))
    sizes = [tables_of_size(arguments.data, size, "ndjson") for size in arguments.growth]
    costs = bench.costs([(FRAMEHAUL, tables) for tables in sizes], arguments.rounds)
    print(machine(), end="\n\n")
    print(comparison_table(comparisons, _CHECKED_TASKS, arguments.rest), end="\n\n")
    print(growth_table(list(zip(sizes, costs, strict=True)), arguments.rounds))


def _comparisons(bench: Bench, arguments: argparse.Namespace) -> Iterator[Comparison]:
    for size in arguments.sizes:
        for table_format in arguments.formats:
            tables = tables_of_size(arguments.data, size, table_format)
            for rival in RIVALS:
                too_heavy = rival.heavy and size > _LARGE_GB
                if too_heavy and not arguments.all:
                    yield Comparison(tables, rival, 0, "not measured (`--all` does)")
                else:
                    rounds = arguments.heavy_rounds if too_heavy else arguments.rounds
                    yield _comparison(bench, rival, tables, rounds)


def _comparison(bench: Bench, rival: Contestant, tables: Tables, rounds: int) -> Comparison:
    """A rival that fails, or loses records, says so in the table; the others are measured all the same."""
    try:
        return bench.compare(rival, tables, rounds)
    except CommandFailedError as error:
        return Comparison(tables, rival, 0, str(error))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=__doc__)
    add = parser.add_argument
    add("subject", nargs="?", choices=list(_MEASURES), default="tables")
    add("--sizes", type=_sizes, default=[0.6, 3], help="GB of NDJSON to compare on (0.6,3)")
    add("--formats", type=_formats, default=list(FORMATS), help="formats to compare on (ndjson,parquet)")
    add("--growth", type=_sizes, default=[0.3, 0.6, 1.2, 3], help="GB of the second table (0.3,0.6,1.2,3)")
    add("--videos", type=_videos, default=_VIDEOS, help=f"frames x objects of videos ({_VIDEOS})")
    add("--rounds", type=int, default=3, help="timed runs of each (3)")
    add("--heavy-rounds", type=int, default=1, help=f"the same for heavy rivals over {_LARGE_GB} GB (1)")
    add("--rest", type=float, default=20, help="seconds of rest before each timed run of the tables (20)")
    add("--all", action="store_true", help=f"also heavy rivals over {_LARGE_GB} GB")
    add("--quick", action="store_true", help="does it work? small input, one round; the figures say nothing")
    add("--data", type=Path, default=SCRIPTS.parent / "build" / "benchmark-data", help="keeps sample tables")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.sizes, arguments.growth = [0.03], [0.01, 0.03]
        arguments.rounds, arguments.rest = 1, 0
        arguments.videos = [CHECKED]
    return arguments


def _sizes(text: str) -> list[float]:
    return [float(size) for size in text.split(",")]


def _videos(text: str) -> list[Size]:
    return [Size(*map(int, size.split("x"))) for size in text.split(",")]


def _formats(text: str) -> Sequence[str]:
    formats = text.split(",")
    if not set(formats) <= set(FORMATS):
        raise argparse.ArgumentTypeError(f"{text!r}; formats are {', '.join(FORMATS)}")
    return formats


_MEASURES = {
    "tables": _measure_tables,
    "video": _measure_videos,
    "formats": _measure_formats,
    "stores": _measure_stores,
    "engines": _measure_engines,
}

if __name__ == "__main__":
    main()
