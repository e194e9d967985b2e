"""Jobs: runs that are to begin."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """One run that is to begin.

    Attributes:
        key: of its claim.
        attempt: from 1.
        resume: go on with what an earlier attempt has left.
        overrides: settings for this run alone, as after ``--set``.
        triggers: why it runs, as after ``--trigger``.
    """

    key: str
    export_id: str
    triggers: tuple[str, ...]
    overrides: tuple[str, ...] = ()
    attempt: int = 1
    resume: bool = False

    def arguments(self) -> list[str]:
        """Arguments for ``framehaul run CONFIG``."""
        repeated = [("--set", override) for override in self.overrides]
        repeated += [("--trigger", trigger) for trigger in self.triggers]
        resume = ["--resume"] if self.resume else []
        return ["--export-id", self.export_id, *resume, *(word for pair in repeated for word in pair)]
