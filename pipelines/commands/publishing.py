"""Commands for exports that are there: history, prune, download, link."""

from datetime import timedelta
from typing import Annotated

import typer

from pipelines.commands.arguments import AsJson, StoreConfig, store_of
from transforms.errors import ConfigError

OutputUrl = Annotated[
    str, typer.Argument(help="Folder that holds exports, on any store.", show_default=False)
]


def history(url: OutputUrl, config: StoreConfig = None, as_json: AsJson = False) -> None:
    """List all exports under a folder."""
    from pipelines.history_command import print_history  # noqa: PLC0415

    print_history(store_of(url, config), as_json=as_json)


def prune(  # noqa: PLR0913, PLR0917 - one argument per option
    url: OutputUrl,
    keep: Annotated[int | None, typer.Option(help="How many exports stay, the newest.", min=1)] = None,
    older_than: Annotated[
        str | None, typer.Option(help="Age from which an export may go, like 30d or 12h.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete; without it, only tell what would go.")] = False,
    config: StoreConfig = None,
    as_json: AsJson = False,
) -> None:
    """Delete old exports; with both options only those that both let go."""
    from pipelines.history_command import prune as prune_exports  # noqa: PLC0415
    from pipelines.retention import Retention  # noqa: PLC0415

    if keep is None and older_than is None:
        raise ConfigError("prune needs --keep N, --older-than AGE, or both")
    max_age = None if older_than is None else _duration("--older-than", older_than)
    prune_exports(store_of(url, config), Retention(keep, max_age), delete=yes, as_json=as_json)


def _duration(option: str, text: str) -> timedelta:
    from pipelines.settings.durations import parse_duration  # noqa: PLC0415

    try:
        return parse_duration(text)
    except ValueError as error:
        raise ConfigError(f"{option}: {error}") from None
