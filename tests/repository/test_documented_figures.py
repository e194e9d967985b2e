"""Figures of the documentation: tables have all of their cells, and ratios are those of the figures beside them."""

import re

import pytest

from repository.pages import PAGES

EVERY_PAGE = pytest.mark.parametrize("name", PAGES)
FIGURES = PAGES["scripts/README.md"]
RATIO = re.compile(r"([\d.]+) / ([\d.]+) = \*\*([\d.]+)\*\*")


@EVERY_PAGE
def test_every_table_has_its_cells(name: str) -> None:
    uneven = [row for table in PAGES[name].tables for row in table if len(row) != len(table[0])]
    assert uneven == []


def agrees(value: str, other: str, ratio: str) -> bool:
    """Whether ``ratio`` can be that of two figures which were rounded after it was computed."""
    least, most = (
        (float(value) + sign * error(value)) / (float(other) - sign * error(other)) for sign in (-1, 1)
    )
    return least - error(ratio) <= float(ratio) <= most + error(ratio)


def error(figure: str) -> float:
    """Half of the last digit."""
    return 0.51 * 10.0 ** -len(figure.partition(".")[2])


def test_a_ratio_that_is_not_that_of_its_figures_is_seen() -> None:
    assert agrees("53.3", "31.8", "1.67")
    assert not agrees("53.3", "31.8", "1.70")
    assert not agrees("2.00", "1.00", "1.97")


@EVERY_PAGE
def test_every_ratio_is_that_of_its_figures(name: str) -> None:
    assert [found for found in RATIO.findall(PAGES[name].text) if not agrees(*found)] == []


def test_there_are_ratios() -> None:
    assert len(RATIO.findall(FIGURES.text)) >= 10


def compared() -> list[tuple[str, str, str]]:
    """Figures, what each is compared with, the nearest row above that is 1, and the ratio beside it."""
    found = []
    for head, *rows in FIGURES.tables:
        for number, name in enumerate(head):
            if not name.startswith(("times", "of `")):
                continue
            measured = head.index("wall time, s") if name.startswith("times") else number - 1
            one = ""
            for row in rows:
                value, ratio = row[measured].replace(",", ""), row[number].split()[0]
                one = value if ratio == "1" else one
                found.append((value, one, ratio))
    return found


def test_figures_are_compared_with_the_row_that_is_1() -> None:
    assert len(compared()) > 20
    assert [found for found in compared() if not agrees(*found)] == []


def test_every_table_of_figures_says_what_has_measured_it() -> None:
    headings = [line for line in FIGURES.text.splitlines() if line.startswith("#")]
    measured = [
        heading for heading in headings if re.search(r"\| (wall time, s|kills) ", FIGURES.section(heading))
    ]
    assert len(measured) >= 6
    assert [heading for heading in measured if "scripts/" not in FIGURES.section(heading)] == []
