"""Commands for exports that are there: history, prune, download, link."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framehaul.pipelines.commands.arguments import AsJson, ExportUrl, StoreConfig, store_of
from framehaul.transforms.errors import ConfigError

if TYPE_CHECKING:
    from framehaul.pipelines.exports.groups import GroupBy

OutputUrl = Annotated[
    str, typer.Argument(help="Folder that holds exports, on any store.", show_default=False)
]


def history(url: OutputUrl, config: StoreConfig = None, as_json: AsJson = False) -> None:
    """List all exports under a folder."""
    from framehaul.pipelines.exports.history_command import print_history  # noqa: PLC0415

    print_history(store_of(url, config), as_json=as_json)


def prune(  # noqa: PLR0913, PLR0917 - one argument per option
    url: OutputUrl,
    keep: Annotated[int | None, typer.Option(help="How many exports stay, the newest.", min=1)] = None,
    older_than: Annotated[
        str | None, typer.Option(help="Age from which an export may go, like 30d or 12h.")
    ] = None,
    group_by: Annotated[
        str, typer.Option(metavar="GROUPS", help="What is counted by itself: project, schedule, or both.")
    ] = "project,schedule",
    yes: Annotated[bool, typer.Option("--yes", help="Delete; without it, only tell what would go.")] = False,
    config: StoreConfig = None,
    as_json: AsJson = False,
) -> None:
    """Delete old exports; with both rules only those that both let go."""
    from framehaul.pipelines.exports.history_command import prune as prune_exports  # noqa: PLC0415
    from framehaul.pipelines.exports.retention import Retention  # noqa: PLC0415

    if keep is None and older_than is None:
        raise ConfigError("prune needs --keep N, --older-than AGE, or both")
    max_age = None if older_than is None else _parse_duration("--older-than", older_than)
    retention = Retention(keep, max_age, group_by=_groups(group_by))
    prune_exports(store_of(url, config), retention, delete=yes, as_json=as_json)


def download(
    url: ExportUrl,
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder on this machine, which will be the export's.")
    ],
    config: StoreConfig = None,
) -> None:
    """Fetch all objects of an export and check them; run it again to go on."""
    from framehaul.pipelines.exports.download import download_export  # noqa: PLC0415

    download_export(store_of(url, config), directory)


def link(
    url: ExportUrl,
    expires: Annotated[
        str, typer.Option(help="How long the links live, like 90m or 7d; S3 and Google take 7d at most.")
    ] = "24h",
    config: StoreConfig = None,
    as_json: AsJson = False,
) -> None:
    """Print a signed URL for every object of an export."""
    from framehaul.pipelines.exports.links import print_links  # noqa: PLC0415

    print_links(store_of(url, config), _parse_duration("--expires", expires), as_json=as_json)


def _groups(text: str) -> "frozenset[GroupBy]":
    from framehaul.pipelines.exports.groups import GroupBy  # noqa: PLC0415

    words = [word.strip() for word in text.split(",")]
    if unknown := [word for word in words if word not in set(GroupBy)]:
        raise ConfigError(
            f"--group-by: {unknown[0]!r} is nothing to group by; write project, schedule or project,schedule"
        )
    return frozenset(map(GroupBy, words))


def _parse_duration(option: str, text: str) -> timedelta:
    from framehaul.pipelines.config.durations import parse_duration  # noqa: PLC0415

    try:
        return parse_duration(text)
    except ValueError as error:
        raise ConfigError(f"{option}: {error}") from None
