"""The documentation has one table of reasons for dead letters, and it is the one that ``Reason`` makes."""

from pathlib import Path

from framehaul.transforms.reasons import Reason

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- reasons: begin -->", "<!-- reasons: end -->"


def reason_table() -> str:
    rows = [f"| `{reason}` | {reason.description} |" for reason in Reason]
    return "\n".join(["| reason | the record |", "|---|---|", *rows])


def documented_tables() -> list[str]:
    """What stands between the markers, on all pages that have them."""
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *ROOT.glob("*/README.md"))]
    return [after.partition(END)[0].strip() for page in pages for after in page.split(BEGIN)[1:]]


def test_the_documented_table_is_that_of_the_enum() -> None:
    table = reason_table()
    assert documented_tables() == [table], f"one README has to have this between its markers:\n\n{table}\n"


def test_every_description_is_one_line_of_a_table() -> None:
    """It goes on after "the record", so it begins small and is no sentence of its own."""
    for reason in Reason:
        words = reason.description
        assert words[:1].islower()
        assert not words.endswith(".")
        assert not set(words) & set("|\n")
