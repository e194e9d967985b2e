"""Commands that read one export: verify, show, join, frames."""

from pathlib import Path
from typing import Annotated

import typer

from framehaul.pipelines.commands.arguments import AsJson, ExportUrl, StoreConfig, store_of
from framehaul.pipelines.exit_codes import ExitCode


def verify(url: ExportUrl, config: StoreConfig = None, as_json: AsJson = False) -> None:
    """Re-read every object of an export against its manifest."""
    from framehaul.pipelines.exports.show import print_problems  # noqa: PLC0415
    from framehaul.pipelines.exports.verify import verify_export  # noqa: PLC0415

    problems = verify_export(store_of(url, config))
    print_problems(url, problems, as_json=as_json)
    if problems:
        raise typer.Exit(ExitCode.FAILED)


def show(url: ExportUrl, config: StoreConfig = None, as_json: AsJson = False) -> None:
    """Show one export."""
    from framehaul.pipelines.exports.show import print_export  # noqa: PLC0415

    print_export(store_of(url, config), as_json=as_json)


def join(
    url: ExportUrl,
    output_format: Annotated[
        str, typer.Option("--format", help="ndjson (one record a line) or json (one array)")
    ] = "ndjson",
    out: Annotated[Path | None, typer.Option(help="File to write instead of standard output.")] = None,
    config: StoreConfig = None,
) -> None:
    """Put records that were split into parts together again."""
    from framehaul.pipelines.exports.join import join_export  # noqa: PLC0415

    join_export(store_of(url, config), output_format, out)


def frames(  # noqa: PLR0913, PLR0917 - one argument per option
    url: ExportUrl,
    asset: Annotated[str, typer.Option(help="Id of the asset; of its task where it has none.")],
    first: Annotated[int, typer.Option("--from", help="First frame, counted from 0.", min=0)],
    last: Annotated[int, typer.Option("--to", help="Last frame; it is included.", min=0)],
    task: Annotated[str | None, typer.Option(help="Id of one task of the asset.")] = None,
    config: StoreConfig = None,
) -> None:
    """Print some frames of one asset, reading only the shards that hold them."""
    from framehaul.pipelines.exports.frames import WantedFrames, print_frames  # noqa: PLC0415

    print_frames(store_of(url, config), WantedFrames(asset, first, last, task))
