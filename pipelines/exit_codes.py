"""Exit codes of the command, by which schedulers, messages and scripts decide."""

from enum import IntEnum

_SIGNALLED = 128  # and the number of the signal: what shells say of a process that a signal has ended


class ExitCode(IntEnum):
    """Outcome of a command that has ended by itself.

    Attributes:
        DONE: all went well.
        FAILED: input is damaged, a store cannot be reached, records are unaccounted for, or there is a bug.
        BAD_CONFIG: the config or a flag is wrong; nothing was begun.
        DEAD_LETTERS: more records were set aside than allowed; the manifest is written.
    """

    DONE = 0
    FAILED = 1
    BAD_CONFIG = 2
    DEAD_LETTERS = 3


def exit_code_of_signal(signal: int) -> int:
    """Exit code of a command that a signal has asked to end: 130 after Ctrl-C, 143 after SIGTERM."""
    return _SIGNALLED + signal


def was_killed(exit_code: int) -> bool:
    """Tell whether a process was ended from outside, for example for want of memory.

    Args:
        exit_code: of the process, or the negative number of the signal that has ended it.
    """
    return exit_code < 0 or exit_code > _SIGNALLED
