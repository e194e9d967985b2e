"""``scripts/chaos``: kill and resume exports on every store, and print what came of it.

Progress goes to standard error, one line for each export.
"""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random

from chaos_suite.figures import Figures, table
from chaos_suite.lives import Lives
from chaos_suite.places import PLACES, place
from chaos_suite.reference import LAYOUTS, Reference, reference
from framehaul.pipelines.sample.sample_tables import write_sample
from storage.server_process import MissingServerError

_MOST_KILLS_OF_A_LIFE = 6


def main(words: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 if nothing was lost, left or changed."""
    arguments = _arguments(words)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that servers and runs end with it
    seed = arguments.seed if arguments.seed is not None else Random().randrange(1 << 30)  # noqa: S311 - no secret
    _tell(f"seed {seed}")
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        found = chaos(arguments, seed, Path(folder))
    print(f"{table(found)}\n\nSeed {seed}.")
    for figures in found:
        for problem in figures.problems:
            print(f"{figures.place}: {problem}", file=sys.stderr)
    return 0 if found and all(figures.is_good for figures in found) else 1


def chaos(arguments: argparse.Namespace, seed: int, folder: Path) -> list[Figures]:
    tables = folder / "tables"
    write_sample(tables, tasks=arguments.tasks, videos=2, frames=300, objects=3, seed=seed % 1000)
    references = undisturbed(arguments.layouts, tables, folder)
    found = []
    for name in arguments.store or PLACES:
        try:
            chance = Random(f"{seed} {name}")  # noqa: S311 - no secret
            found.append(lives_at(name, arguments, chance, references, tables, folder))
        except MissingServerError as error:
            _tell(f"{name}: {error}")
            found.append(Figures(name, problems=[str(error)]))
    return found


def undisturbed(layouts: Sequence[str], tables: Path, folder: Path) -> list[Reference]:
    with place("local", folder / "undisturbed", tables) as local:
        return [reference(local, layout, folder / layout) for layout in layouts]


def lives_at(  # noqa: PLR0913, PLR0917 - all that the lives at one place need
    name: str,
    arguments: argparse.Namespace,
    chance: Random,
    references: list[Reference],
    tables: Path,
    folder: Path,
) -> Figures:
    """Raises ``MissingServerError`` where the store is not installed."""
    figures = Figures(name)
    with ExitStack() as stack:
        (folder / name).mkdir()
        here = stack.enter_context(place(name, folder / name, tables))
        os.environ.update(here.environment)
        lives = Lives(
            place=here,
            references=references,
            chance=chance,
            fault_rate=arguments.fault_rate,
            folder=folder / name / "lives",
            figures=figures,
            early=arguments.early,
            failing=arguments.failing,
        )
        while (kills := figures.kills.total()) < arguments.kills:
            told = lives.live(min(_MOST_KILLS_OF_A_LIFE, arguments.kills - kills))
            _tell(f"{name}: {figures.kills.total()} of {arguments.kills} kills; {told}")
        if lives.end():
            _tell(f"{name}: waited until what kills had left before the work was old enough to be removed")
    return figures


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=10, help="of each store")
    parser.add_argument("--store", action="append", choices=PLACES, help="repeatable; all without it")
    parser.add_argument("--seed", type=int, help="the same kills and faults again; printed where not given")
    parser.add_argument(
        "--fault-rate", type=float, default=0.05, help="of requests to a failing store; 0: none fails"
    )
    parser.add_argument("--failing", type=float, default=0.5, help="part of the exports whose store fails")
    parser.add_argument(
        "--early", type=float, default=1 / 8, help="part of the kills that come before the work"
    )
    parser.add_argument("--tasks", type=int, default=1500, help="of the input, besides two videos")
    parser.add_argument("--layouts", nargs="+", choices=LAYOUTS, default=[*LAYOUTS], help="of shards")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
