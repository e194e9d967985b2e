"""Every exception this project raises on purpose, grouped by what to do about it.

    ExportError
    ├── ConfigError              stop before the run; a person must edit the config     exit code 2
    ├── InvalidRecordError       set this one record aside; the run goes on
    ├── SourceError              stop: an input file cannot be read to its end          exit code 1
    │   └── NoFileError          stop: a URL of the config matches nothing              exit code 1
    ├── StorageError             stop: an object could not be stored or read back       exit code 1
    │   ├── TakenError           stop: the folder of the export is another run's        exit code 1
    │   │   ├── HeldError        stop: a living run holds it
    │   │   └── FinishedError    stop: it holds a finished export
    │   ├── LostError            stop: this run was taken for dead                      exit code 1
    │   └── FetchStoppedError    stop: a download ends before it is complete            exit code 1
    ├── EngineError              stop: what runs the pipeline is not there, or not fit  exit code 1
    │   └── WorkerDiedError      stop: a worker process ended in the middle of the run  exit code 1
    ├── AccountingError          stop: records read and records written differ          exit code 1
    └── LimitError               the export is there, but over a limit of its config    exit code 3

Some never leave the folder or module that they are in, which answers them:

    BrokenBodyError      transforms/storage/failures.py        an answer of a store was cut off: ask again
    NotSentError         pipelines/notify/attempts.py          a message was not delivered, which fails no run
    _ReaderGoneError     pipelines/exports/standard_output.py  the reader of standard output has seen enough
    _StoppedError        pipelines/cli.py                      a signal has asked the process to end

Anything else that escapes is a bug, and must fail the run loudly.
"""

from framehaul.transforms.reasons import Reason

WORKER_LOST = "a worker process was lost in the middle of the run, so nothing is published"


class ExportError(Exception):
    """Base of every deliberate error of this project."""


class ConfigError(ExportError):
    """The configuration or a flag is wrong. Raised before any record is read."""


class InvalidRecordError(ExportError):
    """One input record is not what transforms/README.md, "Tables", asks for.

    Args:
        reason: the kind of fault, which others count by.
        detail: what was found and what is allowed, for a person to read.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)  # both, so that pickling round-trips
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


class SourceError(ExportError):
    """An input file is missing, unreadable or damaged, so records would be lost unseen."""


class NoFileError(SourceError):
    """A URL of the config matches no file."""


class StorageError(ExportError):
    """An object of the export could not be stored or read back."""


class TakenError(StorageError):
    """The folder of the export is another run's, which alone says what comes of the export."""


class HeldError(TakenError):
    """A living run holds the folder of the export."""


class FinishedError(TakenError):
    """The folder holds a finished export, which is never written over."""


class LostError(StorageError):
    """A run that was taken for dead has lost the folder of its export; whether another one goes on is not known."""


class FetchStoppedError(StorageError):
    """A download was stopped, by a person or since another of its objects could not be fetched."""


class EngineError(ExportError):
    """The engine that should run the pipeline cannot be reached, has lost a worker, or its workers are not fit for it."""


class WorkerDiedError(EngineError):
    """A worker process of this machine ended in the middle of the run."""


class AccountingError(ExportError):
    """What was read is not what was written, set aside and left out. Nothing is published."""


class LimitError(ExportError):
    """An export is there, but its config says that it does not count as a good one.

    Args:
        problem: what was found and what is allowed, for a person to read.
        url: folder of the export.
    """

    def __init__(self, problem: str, url: str) -> None:
        super().__init__(problem, url)  # both, so that pickling round-trips
        self.problem = problem
        self.url = url

    def __str__(self) -> str:
        return f"{self.problem}: {self.url}"
