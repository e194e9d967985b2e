"""Tables that exports are made from, and what may become of the records of each.

A table more is a row more in ``TABLES``: its counts, its sum in the accounting, its words in the summary and its
place on the way between steps follow from that row.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """One table of the input.

    Attributes:
        name: as under ``source`` in the config, and in the manifest.
        words: the name for a person to read.
        read: count of its records (a key of ``counts`` in the manifest, as all that follow).
        fates: what becomes of a record, in the words of the summary: every record that is read is counted by exactly
            one of these counts (transforms/README.md, "Promises", 1).
    """

    name: str
    words: str
    read: str
    fates: dict[str, str]
    exported: str
    not_selected: str
    dead_letters: str
    duplicates: str
    orphans: str


def _table(name: str, *, has_orphans: bool = False, has_duplicates: bool = True) -> Table:
    """The row of a table, its counts named after it: ``stage_history`` has ``stageHistoryRead``.

    Args:
        has_orphans: whether its records belong to a record of another table, which may not be there.
        has_duplicates: whether two records may have one id.
    """
    first, *others = name.split("_")
    camel = first + "".join(map(str.capitalize, others))
    pascal = camel[0].upper() + camel[1:]
    exported, not_selected, dead_letters = f"{camel}Exported", f"{camel}NotSelected", f"deadLetter{pascal}"
    orphans, duplicates = f"orphan{pascal}", f"duplicate{pascal}"
    fates = {exported: "exported", not_selected: "not selected"}
    fates |= {orphans: "without task"} if has_orphans else {}
    fates |= {duplicates: "duplicate"} if has_duplicates else {}
    fates |= {dead_letters: "set aside"}
    words = name.replace("_", " ")
    return Table(
        name, words, f"{camel}Read", fates, exported, not_selected, dead_letters, duplicates, orphans
    )


TASKS = _table("tasks")
STAGE_HISTORY = _table("stage_history", has_orphans=True)
FRAMES = _table("frames", has_orphans=True, has_duplicates=False)
ISSUES = _table("issues")

TABLES = {table.name: table for table in (TASKS, STAGE_HISTORY, FRAMES, ISSUES)}
"""All tables by name, in the order in which the manifest counts them."""

SET_ASIDE = "set_aside"
"""The keys of records that were set aside while they were decoded; they travel beside the entries of the tables."""
