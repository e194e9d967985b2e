"""Errors of workers, as they were raised there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from framehaul.transforms import errors
from framehaul.transforms.errors import ExportError, InvalidRecordError

# Beam hands a worker's exception over as text that ends in what Python prints for it.
_OWN_ERROR = re.compile(
    r"framehaul\.transforms\.errors\.(\w+Error): (.*?)(?: \[while running .*\])?$", re.MULTILINE
)
_WHILE_RUNNING = re.compile(r" \[while running .*\]$")


@contextmanager
def reraise_worker_errors() -> Iterator[None]:
    """Turn what Beam makes of an ``ExportError`` in a worker into that error again; others pass.

    Raises:
        ExportError: without Beam's traceback, whose lines say nothing to a person.
    """
    try:
        yield
    except InvalidRecordError:
        raise  # a bug: it should have set a record aside
    except ExportError as error:
        raise type(error)(_WHILE_RUNNING.sub("", str(error))) from None
    except RuntimeError as error:
        raise (own_error(str(error)) or error) from None


def own_error(text: str) -> ExportError | None:
    """Find the error of ours that ``text``, a worker's traceback, ends in.

    >>> own_error("Traceback ...\\nframehaul.transforms.errors.SourceError: x.gz is damaged [while running 'ReadSplit']")
    SourceError('x.gz is damaged')
    """
    found = _OWN_ERROR.findall(text)
    if not found:
        return None
    name, message = found[-1]
    kind: type[ExportError] = getattr(errors, name, ExportError)
    return ExportError(message) if kind is InvalidRecordError else kind(message)
