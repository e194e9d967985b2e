"""Records of issues."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from framehaul.transforms.kinds.ango_issues.issue import decode_issue
from framehaul.transforms.kinds.ango_issues.issue_assembly import IssueAssembly
from framehaul.transforms.kinds.ango_issues.issue_row import RawIssue
from framehaul.transforms.kinds.kind import Decode
from framehaul.transforms.parts.finished import RecordOptions
from framehaul.transforms.records.fields import Fields
from framehaul.transforms.records.selection import Selection


@dataclass(frozen=True)
class IssueKind:
    """See ``Kind``; what fields a record has cannot be chosen."""

    def row(self, table: str) -> type[msgspec.Struct]:
        return RawIssue

    def decoder(self, table: str, split: int, selection: Selection) -> Decode:
        return lambda text, place: decode_issue(text, (split, place), selection)

    def needs_payload(self, table: str, selection: Selection) -> Callable[[bytes], bool] | None:
        return None

    def key_of(self, table: str, line: bytes) -> tuple[str, str] | None:
        return None

    def chooser(self) -> None:
        return None

    def assembly(self, options: RecordOptions) -> IssueAssembly:
        return IssueAssembly(options)


def kind_with(fields: Fields) -> IssueKind:
    """The one kind of issues."""
    return IssueKind()
