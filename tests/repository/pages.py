"""Pages of the documentation, taken apart: headings, links, code, tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_FENCE = re.compile(r"^[ ]*```(\w*)\n(.*?)^[ ]*```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_SPAN = re.compile(r"`([^`]+)`")
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Page:
    """One README of the repository."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """The text without fenced code, each paragraph on one line, so that what is wrapped can be found."""
        return re.sub(r"\n[ ]*(?![\n|#*<0-9 -])", " ", _FENCE.sub("", self.text))

    @property
    def headings(self) -> list[str]:
        return _HEADING.findall(_FENCE.sub("", self.text))

    @property
    def anchors(self) -> set[str]:
        """What links to a heading end in, as GitHub makes it."""
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in self.headings}

    @property
    def links(self) -> list[str]:
        return _LINK.findall(_SPAN.sub("", self.prose))

    @property
    def spans(self) -> list[str]:
        """Code inside of sentences and tables."""
        return [" ".join(span.split()) for span in _SPAN.findall(self.prose)]

    def fenced(self, *languages: str) -> list[str]:
        return [content for language, content in _FENCE.findall(self.text) if language in languages]

    @property
    def tables(self) -> Iterator[list[list[str]]]:
        """Rows of cells, the head first, without the line below it."""
        for block in re.findall(r"(?:^[ ]*\|.*\n)+", self.text, re.MULTILINE):
            rows = [_CELL.split(line.strip())[1:-1] for line in block.splitlines()]
            yield [[cell.strip() for cell in row] for row in (rows[0], *rows[2:])]

    def section(self, heading: str) -> str:
        """What stands below a heading, up to the next one of any level."""
        _, _, after = self.text.partition(f"\n{heading}\n")
        return re.split(r"^#{1,6} ", after, maxsplit=1, flags=re.MULTILINE)[0]


ROOT = Path(__file__).parents[2]
FOLDERS = ("configs", "pipelines", "scripts", "tests", "transforms")
PAGES = {name: Page(ROOT / name) for name in ("README.md", *(f"{folder}/README.md" for folder in FOLDERS))}
MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
