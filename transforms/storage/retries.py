"""Repeat operations that may yet succeed: exponential backoff with full jitter, and an end in time.

Every operation on a store goes through ``run_with_retries``, and the drivers' own
retries are switched off (``connections``). Theirs differ and multiply: s3fs tries
five times what botocore has tried five times before, neither with jitter; gcsfs
waits for over a minute before it says that an address is wrong; the Azure client
begins with fifteen seconds and cannot be told otherwise through adlfs; none of
them tries again when a body is cut off while it is read.

State of the process: ``_REACHED``, the kinds of stores that have answered. An address that worked once is not wrong.
"""

from collections.abc import Callable
from typing import TypeVar

import tenacity

from framehaul.transforms.storage.failures import Outlook, outlook, was_answered

# Waits are drawn evenly from 0 to 0.2 s, 0.4 s, 0.8 s … 20 s: many workers that were refused together come
# back apart. After two minutes an outage is one that a person has to know of.
FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 20.0
GIVE_UP_AFTER_S = 120.0

_T = TypeVar("_T")
_REACHED: set[str] = set()  # schemes of stores that have answered this process


def run_with_retries(scheme: str, operation: Callable[[], _T]) -> _T:
    """Run ``operation`` until it succeeds, again while its failures may pass, and return its result.

    A store that cannot be reached at all is a wrong address, which fails at once,
    unless it has answered before.

    Raises:
        Exception: the last one of ``operation``.
    """
    if scheme in {"file", "memory"}:
        return operation()
    attempts = tenacity.Retrying(
        retry=tenacity.retry_if_exception(lambda error: _may_pass(scheme, error)),
        wait=tenacity.wait_random_exponential(multiplier=FIRST_WAIT_S, max=LONGEST_WAIT_S),
        stop=tenacity.stop_before_delay(GIVE_UP_AFTER_S),
        reraise=True,
    )
    result = attempts(operation)
    _REACHED.add(scheme)
    return result


def _may_pass(scheme: str, error: BaseException) -> bool:
    if not isinstance(error, Exception):
        return False
    if was_answered(error):
        _REACHED.add(scheme)
    found = outlook(error)
    return found is Outlook.PASSING or (found is Outlook.UNREACHABLE and scheme in _REACHED)
