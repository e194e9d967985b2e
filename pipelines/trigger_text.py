"""Why a run was started, as its command line says it."""

import re

from framehaul.transforms.errors import ConfigError
from framehaul.transforms.exports.manifest import Trigger
from framehaul.transforms.storage.redaction import shown


def trigger_of(text: str) -> Trigger:
    """From ``RULE=REASON``.

    Raises:
        ConfigError: it is something else.

    >>> trigger_of("schedule=due 20261122T021500Z").rule
    'schedule'
    """
    rule, separator, reason = text.partition("=")
    if not separator or not re.fullmatch(r"[a-z][a-z0-9_]{0,49}", rule):
        raise ConfigError(
            f"--trigger {shown(text)}: write RULE=REASON, for example --trigger 'manual=asked for by the auditors'; "
            "a rule is lower-case letters, digits and _"
        )
    return Trigger(rule=rule, reason=shown(reason))
