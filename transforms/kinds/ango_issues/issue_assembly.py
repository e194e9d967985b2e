"""Assembly of issues, of which all copies are here, into the records of an export."""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Raw

from framehaul.transforms.errors import InvalidRecordError
from framehaul.transforms.exchange.blocks import Block, read_blocks
from framehaul.transforms.kinds.ango_issues.issue import Issue
from framehaul.transforms.parts.finished import RecordOptions
from framehaul.transforms.parts.row_lists import part_lines, parts_of, rows_without_pages
from framehaul.transforms.parts.skeleton import Skeleton, part_key
from framehaul.transforms.records.record_line import RecordLine, RecordPlace
from framehaul.transforms.records.set_aside import SetAside
from framehaul.transforms.records.tally import Tally
from framehaul.transforms.records.winners import keep_winners
from framehaul.transforms.tables import ISSUES

_WHOLE = part_key(0, 1, None, None)
_RAWS = msgspec.json.Decoder(list[Raw])


class IssueAssembly:
    """The records of some issues. One that is too long for a line is cut between its comments into several lines.

    Attributes:
        tally: what became of everything that was added; complete once ``records`` has ended.
    """

    def __init__(self, options: RecordOptions) -> None:
        self._options = options
        self._issues: dict[str, Issue] = {}
        self.tally = Tally()

    def add(self, table: str, blocks: Sequence[Block]) -> None:
        """Take in all issues."""
        for copies in read_blocks(blocks, Issue):
            keep_winners(self._issues, copies, self.tally, ISSUES.duplicates)

    def records(self) -> Iterator[RecordLine | SetAside]:
        """The records of the selected issues, in no particular order."""
        for issue in self._issues.values():
            if not issue.selected:
                self.tally.count(ISSUES.not_selected)
                continue
            try:
                lines = self._lines(issue)
            except InvalidRecordError as error:
                letter = SetAside.for_error(ISSUES.name, issue.source, error)
                self.tally.count_set_aside(letter)
                yield letter
            else:
                yield from RecordPlace(issue.task_id, issue.task_id, (1,)).lines(lines)

    def _lines(self, issue: Issue) -> list[bytes]:
        """The lines of an issue.

        Raises:
            InvalidRecordError: ``line_too_long``.
        """
        line = b"".join((issue.rendered[:-1], _WHOLE, b"}"))
        if self._options.fits(line):
            return [line]
        start, end = issue.comments_at
        skeleton = Skeleton([issue.rendered[:start], issue.rendered[end:-1]])
        comments = [bytes(raw) for raw in _RAWS.decode(issue.rendered[start:end])]
        lists = [rows_without_pages(comments)]
        parts = parts_of(skeleton, lists, None, self._options.max_line_bytes)
        return list(part_lines(skeleton, lists, parts, 0, len(parts), is_video=False))
