"""Send again what may yet arrive, for a minute; nobody waits longer for a message than for an answer."""

from collections.abc import Callable

import tenacity

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 20.0
GIVE_UP_AFTER_S = 60.0
ANSWER_WITHIN_S = 20.0  # without a byte


class NotSentError(Exception):
    """A message could not be delivered; ``str`` is for a person to read, and holds no secret.

    Args:
        may_pass: whether another attempt may do it.
    """

    def __init__(self, said: str, *, may_pass: bool) -> None:
        super().__init__(said)
        self.may_pass = may_pass


def send_persistently(send: Callable[[], None]) -> None:
    """Call ``send`` until it succeeds or no more can be hoped for: at least once, so maybe twice.

    Raises:
        NotSentError: the last one of ``send``.
    """
    attempts = tenacity.Retrying(
        retry=tenacity.retry_if_exception(lambda error: isinstance(error, NotSentError) and error.may_pass),
        wait=tenacity.wait_random_exponential(multiplier=FIRST_WAIT_S, max=LONGEST_WAIT_S),
        stop=tenacity.stop_before_delay(GIVE_UP_AFTER_S),
        reraise=True,
    )
    attempts(send)
