"""The command that removes what dead runs have left: clean."""

from typing import Annotated

import typer

from framehaul.pipelines.commands.arguments import AsJson, StoreConfig, store_of


def clean(
    url: Annotated[str, typer.Argument(help="Folder of all exports, on any store.", show_default=False)],
    config: StoreConfig = None,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="Remove unfinished exports too; they cannot be resumed then.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing, only tell.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove what dead runs have left, on the store and in this machine's temporary folder."""
    from framehaul.pipelines.exports.clean_report import clean_with_report  # noqa: PLC0415

    clean_with_report(store_of(url, config), unfinished=unfinished, dry_run=dry_run, as_json=as_json)
