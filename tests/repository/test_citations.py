"""What modules cite: headings and paths that are there, and no book that is not in the house."""

import re
from collections.abc import Iterator
from pathlib import Path

from repository.pages import FOLDERS, MODULES, PAGES, ROOT

OTHERS = [path for path in MODULES if path != Path(__file__)]

CITATION = re.compile(r'\b((?:[a-z]+/)?README\.md), ("[^"]+"(?:(?:,| and) "[^"]+")*)')


def citations(path: Path) -> Iterator[tuple[str, str]]:
    """Pages and headings that a module cites; what is wrapped, or a comment, is joined first."""
    text = re.sub(r"\s*\n\s*(?:# )?", " ", path.read_text(encoding="utf-8").replace('\\"', '"'))
    for page, headings in CITATION.findall(text):
        yield from ((page, heading) for heading in re.findall(r'"([^"]+)"', headings))


def test_every_heading_that_is_cited_is_there() -> None:
    cited = {(page, heading) for path in OTHERS for page, heading in citations(path)}
    assert len(cited) >= 15
    assert [(page, heading) for page, heading in sorted(cited) if heading not in PAGES[page].headings] == []


def test_no_module_goes_by_a_book_that_is_not_in_the_house() -> None:
    book = re.compile(r"\bthe contract\b(?!_)|contract,? section|format page", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in OTHERS
        for line in path.read_text(encoding="utf-8").splitlines()
        if book.search(line)
    ]
    assert found == []


def test_every_path_that_a_module_names_is_there() -> None:
    named = re.compile(rf"``((?:{'|'.join(FOLDERS)})/[\w./-]+)``")
    missing = [
        f"{path.relative_to(ROOT)}: {found}"
        for path in OTHERS
        for found in named.findall(path.read_text(encoding="utf-8"))
        if not (ROOT / found).exists()
    ]
    assert missing == []
