"""The id of an export, which names its folder on every store."""

import re
from datetime import datetime

from framehaul.transforms.errors import ConfigError
from framehaul.transforms.exports.latest import LATEST_FOLDER

_LONGEST_PROJECT = 150


def default_export_id(project: str | None, started: datetime) -> str:
    """Make an id from project and start: a plain word, since it names a folder on every store.

    >>> from datetime import UTC
    >>> default_export_id("../my project", datetime(2026, 11, 22, 12, tzinfo=UTC))
    'my-project-20261122T120000Z'
    """
    plain = re.sub(r"[^A-Za-z0-9._-]", "-", project or "all")[:_LONGEST_PROJECT].lstrip("._-")
    return f"{plain or 'export'}-{started:%Y%m%dT%H%M%SZ}"


def export_name(given: str | None, project: str | None, started: datetime, *, resume: bool) -> str:
    """Take the id that was given with ``--export-id``, or make one.

    Raises:
        ConfigError: it is no plain word, or taken, or none was given for an export that should go on.
    """
    if given is None and resume:
        raise ConfigError("--resume goes on with an export that has been begun: name it with --export-id")
    if given is None:
        return default_export_id(project, started)
    if given.lower() == LATEST_FOLDER:
        raise ConfigError(
            f"--export-id is {given!r}, the folder of what names the newest exports; give another"
        )
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}", given):
        raise ConfigError(
            f"--export-id is {given!r}; allowed are letters, digits, '.', '_' and '-', beginning with a letter or digit"
        )
    return given
