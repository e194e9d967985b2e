"""Triggers, the reasons for a run, as the command line gives them."""

import re

from framehaul.transforms.errors import ConfigError
from framehaul.transforms.exports.manifest import Trigger
from framehaul.transforms.storage.redaction import redact


def trigger_of(text: str) -> Trigger:
    """Parse a trigger of the form ``RULE=REASON``.

    Raises:
        ConfigError: it has another form.

    >>> trigger_of("schedule=due 20261122T021500Z").rule
    'schedule'
    """
    rule, separator, reason = text.partition("=")
    if not separator or not re.fullmatch(r"[a-z][a-z0-9_]{0,49}", rule):
        raise ConfigError(
            f"--trigger {redact(text)}: write RULE=REASON, for example --trigger 'manual=asked for by the auditors'; "
            "a rule is lower-case letters, digits and _"
        )
    return Trigger(rule=rule, reason=redact(reason))
