"""The id of an export that nobody has named."""

import re
from datetime import datetime

_LONGEST_PROJECT = 150


def default_export_id(project: str | None, started: datetime) -> str:
    """A plain word, since it names a folder on every store.

    >>> from datetime import UTC
    >>> default_export_id("../my project", datetime(2026, 11, 22, 12, tzinfo=UTC))
    'my-project-20261122T120000Z'
    """
    plain = re.sub(r"[^A-Za-z0-9._-]", "-", project or "all")[:_LONGEST_PROJECT].lstrip("._-")
    return f"{plain or 'export'}-{started:%Y%m%dT%H%M%SZ}"
