"""One export after another, each killed and resumed until it is done, and then judged."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from chaos_suite.figures import Figures
from chaos_suite.judging import COMPANIONS, Judge
from chaos_suite.places import Place
from chaos_suite.program import Moment, Program
from chaos_suite.reference import Reference, config_of
from framehaul.transforms.runs.claims import LEASE_S
from storage.fault_proxy import FaultProxy
from storage.random_faults import RandomFaults

_MOST_RUNS = 60  # of one life; more is no progress


@dataclass
class Life:
    """One export.

    Attributes:
        name: its id.
        reference: what it must become.
        config: of all its runs.
        proxy: that answers badly, or ``None``.
        most_kills: of its runs.
        kills: whom they have met.
        bad_answers: of the store, so far.
    """

    name: str
    reference: Reference
    config: Path
    proxy: FaultProxy | None
    most_kills: int
    kills: list[str] = field(default_factory=list)
    bad_answers: int = 0

    def __str__(self) -> str:
        faults = f", bad answers {self.bad_answers}" if self.proxy else ""
        return f"{self.name}, {self.reference.layout}, killed {', '.join(self.kills) or 'never'}{faults}"


@dataclass
class Lives:
    """All exports at one place.

    Attributes:
        references: what they are compared with, one for each layout.
        chance: what all that is random is drawn from.
        fault_rate: part of the requests that a failing store answers badly.
        folder: for configs, logs and temporary files.
        early: part of the kills that come before the work.
        failing: part of the lives in which the store fails.
    """

    place: Place
    references: list[Reference]
    chance: Random
    fault_rate: float
    folder: Path
    figures: Figures
    early: float
    failing: float

    def __post_init__(self) -> None:
        self._temporary = self.folder / "tmp"
        self._temporary.mkdir(parents=True)
        self._judge = Judge(self.place, self._temporary, self.figures)

    def live(self, most_kills: int) -> Life:
        """One export from its first run to what is left of it in the end."""
        life = self._begin(most_kills)
        with self._faults(life):
            self._run_until_done(life)
        if self._judge.is_finished(life.name):
            shards = self._judge.at_the_end(life.name, life.reference)
            self._clean(life.name, life.config)
            self._judge.after_clean(life.name, shards)
        return life

    def _begin(self, most_kills: int) -> Life:
        self.figures.exports += 1
        name = f"life-{self.figures.exports:03}"
        reference = self.chance.choice(self.references)
        fails = self.fault_rate > 0 and self.chance.random() < self.failing
        proxy = self.place.proxy if fails else None
        config = self.folder / f"{name}.yaml"
        storage = self.place.proxied if proxy else self.place.direct
        config.write_text(config_of(self.place, reference.layout, storage))
        return Life(name, reference, config, proxy, most_kills)

    @contextmanager
    def _faults(self, life: Life) -> Iterator[None]:
        """While this goes on the store fails, if it does in this life."""
        if (proxy := life.proxy) is None:
            yield
            return
        proxy.done.clear()
        before = proxy.requests
        proxy.choose = RandomFaults(self.chance.randrange(1 << 30), self.fault_rate)
        try:
            yield
        finally:
            proxy.choose = lambda _method, _path: None
            life.bad_answers = len(proxy.done)
            self.figures.faults += Counter(str(fault) for _, _, fault in proxy.done)
            self.figures.requests += proxy.requests - before

    def _run_until_done(self, life: Life) -> None:
        for number in range(_MOST_RUNS):
            killed, program = self._run(life, number)
            if killed is not None:
                life.kills.append(killed)
                self.figures.kills[killed] += 1
                self._judge.after_kill(life.name)
            if self._judge.is_finished(life.name):
                return
            if killed is None:
                self._note_failure(life, program)
        self.figures.problems.append(f"{life.name} was not done after {_MOST_RUNS} runs")

    def _run(self, life: Life, number: int) -> tuple[str | None, Program]:
        """Whom a kill met, if it did, and the run, which has ended."""
        self.figures.runs += 1
        resume = ["--resume"] if number else []
        program = self._program(
            f"{life.name}-{number}", "run", str(life.config), "--export-id", life.name, *resume
        )
        killed = None
        if len(life.kills) < life.most_kills:
            whom = self.chance.choice(["run", "worker", "all"])
            killed = program.kill_at(self._moment(life), whom, self.chance)
        program.exit_code()
        self.figures.processes += len(program.left)
        return killed, program

    def _moment(self, life: Life) -> Moment:
        """Before the work, at any time of it or, as most of it is reading, while it writes."""

        def seen() -> int:
            return len(self._judge.published(life.name))

        kind, chance = self.chance.random(), self.chance
        if kind < self.early:
            return Moment(before_work=True, objects=0, seen=seen, delay_s=chance.uniform(0.3, 3))
        if kind < (1 + self.early) / 2:
            return Moment(
                before_work=False, objects=0, seen=seen, delay_s=chance.uniform(0, life.reference.seconds)
            )
        most = len(life.reference.shards) + COMPANIONS
        objects = chance.randint(min(seen() + 1, most), most)
        return Moment(before_work=False, objects=objects, seen=seen, delay_s=chance.uniform(0, 0.05))

    def _note_failure(self, life: Life, program: Program) -> None:
        """A store that fails for good, as when it drops what it took, may end a run; nothing else may."""
        code, said = program.exit_code(), program.last_words()
        if life.proxy and code == 1 and "run_failed" in said and "bug" not in said:
            self.figures.failed_runs += 1
        else:
            self.figures.problems.append(f"{life.name}: a run that nobody killed ended with {code}: {said}")

    def end(self) -> bool:
        """After the last life: wait until what is left is old enough to be of the dead; returns whether it must."""
        if not self._judge.young():
            return False
        time.sleep(LEASE_S + 10)
        self._clean("last", sorted(self.folder.glob("life-*.yaml"))[-1])
        self._judge.after_last_clean()
        return True

    def _clean(self, name: str, config: Path) -> None:
        cleaning = self._program(f"{name}-clean", "clean", self.place.url, "--config", str(config))
        if cleaning.exit_code() != 0:
            self.figures.problems.append(f"clean failed: {cleaning.last_words()}")

    def _program(self, log: str, *arguments: str) -> Program:
        return Program(arguments, self.place.environment, self._temporary, self.folder / f"{log}.log")
