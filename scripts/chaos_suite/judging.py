"""What a reader finds of an export after each kill, and of everything at its end."""

import json
from dataclasses import dataclass
from pathlib import Path

from chaos_suite.figures import Figures
from chaos_suite.places import Place
from chaos_suite.reference import Reference, contents
from framehaul.pipelines.exports.verify import verify_export
from framehaul.transforms.errors import ExportError

_COMPANIONS = {"manifest.json", "manifest.json.sha256", "README.md", "croissant.json"}
COMPANIONS = len(_COMPANIONS)


@dataclass(frozen=True)
class Judge:
    """Looks at one place, and counts what is wrong there.

    Attributes:
        temporary: where the runs spill.
    """

    place: Place
    temporary: Path
    figures: Figures

    def is_finished(self, name: str) -> bool:
        return f"{name}/manifest.json" in self.place.files(name)

    def published(self, name: str) -> list[str]:
        """What a reader of the folder sees, finished or not."""
        return [path for path in self.place.files(name) if "/." not in path]

    def after_kill(self, name: str) -> None:
        """A reader must find a whole export or none."""
        if self.is_finished(name):
            self._expect_whole(name)
        else:
            self.figures.left_by_kills += len(self.place.files(name)) + self.place.uploads()
        if "latest.json" in self.place.files():
            latest = json.loads(self.place.read("latest.json"))
            if not self.is_finished(latest["exportId"]):
                self.figures.half += 1
                self.figures.problems.append(f"latest.json names {latest}, which is not there")

    def _expect_whole(self, name: str) -> None:
        try:
            problems = verify_export(self.place.objects(name))
        except ExportError as error:
            problems = [str(error)]
        if problems:
            self.figures.half += 1
            self.figures.problems += [f"{name}: {problem}" for problem in problems]

    def at_the_end(self, name: str, reference: Reference) -> dict[str, str]:
        """The export is that of an undisturbed run; returns its shards."""
        self._expect_whole(name)
        records, shards = contents(self.place, name)
        self.figures.lost += (reference.records - records).total()
        self.figures.twice += (records - reference.records).total()
        self.figures.changed += len({path for path, _ in shards.items() ^ reference.shards.items()})
        return shards

    def after_clean(self, name: str, shards: dict[str, str]) -> None:
        """There is nothing but the export. (An empty folder may be one that a run is only just making.)"""
        known = {f"{name}/{path}" for path in {*shards, *_COMPANIONS}}
        left = [path for path in self.place.files(name) if path not in known]
        left += [f"the upload {number}" for number in range(self.place.uploads())]
        left += [
            f"{path.name} with {sorted(inner.name for inner in path.iterdir())}"
            for path in self.temporary.iterdir()
            if any(path.iterdir())
        ]
        self._count(left)
        if "latest.json" not in self.place.files():
            self.figures.problems.append("there is no latest.json")

    def young(self) -> list[str]:
        """What runs were only trying their target with, or about to write: by its age alone one can tell that it is
        of the dead.
        """
        here = [path for path in self.place.files() if path.startswith(".") or "/" not in path]
        return [path for path in here if path != "latest.json"]

    def after_last_clean(self) -> None:
        """Not even that is there."""
        self._count(self.young())

    def _count(self, left: list[str]) -> None:
        self.figures.orphans += len(left)
        self.figures.problems += [f"{path} is left after clean" for path in left]
