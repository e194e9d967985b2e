"""Attempts to send a message, repeated for a minute while that may help; a run waits no longer for it."""

from collections.abc import Callable

import tenacity

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 20.0
GIVE_UP_AFTER_S = 60.0
ANSWER_WITHIN_S = 20.0  # without a byte


class NotSentError(Exception):
    """Report that a message could not be delivered; ``str`` is for a person to read, and holds no secret.

    Args:
        may_pass: whether another attempt may do it.
    """

    def __init__(self, said: str, *, may_pass: bool) -> None:
        super().__init__(said)
        self.may_pass = may_pass


def send_with_retries(send: Callable[[], None]) -> None:
    """Call ``send`` until it succeeds or another attempt cannot help. The message may arrive twice.

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
