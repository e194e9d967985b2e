"""Terminal: the one place that prints texts for a person.

Names, stages and titles come from data, and a manifest may have been written by anybody. None of them may act on a
terminal: no escape sequence, no mark that turns the direction of text around, and no markup of the library that draws
tables. What is escaped is shown as ``\\x1b`` or ``\\u202e``, so that a person sees that it is there.
"""

import os
import re
import sys
from typing import Any

import orjson
from rich import box as boxes
from rich.console import Console
from rich.table import Table
from rich.text import Text

# C0 and C1 controls without tab and line end; line and paragraph separators; marks that turn the direction of text,
# and those that take no room (Unicode 16, section 23.2 and 23.3; UAX 9).
_ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_PIPE_WIDTH = 200


def printable(text: str) -> str:
    """Escape everything in ``text`` that a terminal would act on.

    >>> printable("[/car] \\x1b[31m")
    '[/car] \\\\x1b[31m'
    """
    return _ACTING.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def say(text: str, *, err: bool = False) -> None:
    """Print one or more lines for a person; with ``err`` on standard error."""
    print(printable(text), file=sys.stderr if err else sys.stdout, flush=err)


def say_json(content: Any) -> None:
    """Print JSON for a program, indented; everything that a terminal would act on is escaped in its strings.

    Args:
        content: JSON text as bytes, or a value.
    """
    text = content if isinstance(content, bytes) else orjson.dumps(content, option=orjson.OPT_INDENT_2)
    sys.stdout.write(_ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", text.decode().rstrip("\n")) + "\n")


def console(*, err: bool = False) -> Console:
    """Make a console, which draws tables and progress; a pipe or a file has no width, and ids there are for ``grep``."""
    is_open = (sys.stderr if err else sys.stdout).isatty() or "COLUMNS" in os.environ
    return Console(
        stderr=err, markup=False, emoji=False, highlight=False, width=None if is_open else _PIPE_WIDTH
    )


class TextTable(Table):
    """A table whose cells, titles and captions are texts, never markup."""

    def __init__(self, *columns: str, title: str = "", shows_header: bool = True) -> None:
        super().__init__(box=boxes.SIMPLE, show_header=shows_header, title_justify="left")
        self.title = _text(title) if title else None
        for column in columns:
            self.add_column(column, overflow="fold")

    def say(self, *cells: str | None) -> None:
        """Add a row."""
        self.add_row(*(None if cell is None else _text(cell) for cell in cells))


def _text(content: str) -> Text:
    return Text(printable(content).replace("\n", "\\n"), overflow="fold")
