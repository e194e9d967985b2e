"""Exit codes of the command, by which schedulers, messages and scripts decide."""

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from framehaul.transforms.exports.verdict import Verdict

_SIGNALLED = 128  # and the number of the signal: what shells say of a process that a signal has ended


class ExitCode(IntEnum):
    """Outcome of a command that has ended by itself.

    Attributes:
        DONE: all went well.
        FAILED: input is damaged, a store cannot be reached, records are unaccounted for, or there is a bug.
        BAD_CONFIG: the config or a flag is wrong; nothing was begun.
        NOT_GOOD: there is an export, with a manifest, that does not count as good: see ``Verdict``.
    """

    DONE = 0
    FAILED = 1
    BAD_CONFIG = 2
    NOT_GOOD = 3


def exit_code_of(verdict: "Verdict") -> ExitCode:
    """Of a run whose export is there."""
    return ExitCode.DONE if verdict.is_good else ExitCode.NOT_GOOD


def exit_code_of_signal(signal: int) -> int:
    """Exit code of a command that a signal has asked to end: 130 after Ctrl-C, 143 after SIGTERM."""
    return _SIGNALLED + signal


def was_killed(exit_code: int) -> bool:
    """Tell whether a process was ended from outside, for example for want of memory.

    Args:
        exit_code: of the process, or the negative number of the signal that has ended it.
    """
    return exit_code < 0 or exit_code > _SIGNALLED
