"""Commands that read tables: run, plan, check; and what a config may say."""

from typing import Annotated

import typer

from framehaul.pipelines.commands.arguments import AngoOptions, AsJson, ConfigPath, Overrides
from framehaul.pipelines.exit_codes import ExitCode


def run(  # noqa: PLR0913, PLR0917 - one argument per option
    config: ConfigPath,
    beam_flags: Annotated[list[str] | None, typer.Argument(help="Flags for Beam, after `--`.")] = None,
    overrides: Overrides = None,
    export_id: Annotated[str | None, typer.Option(help="Name of the export and of its folder.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the unfinished export of that name.")
    ] = False,
    ango_options: AngoOptions = None,
    triggers: Annotated[
        list[str] | None,
        typer.Option("--trigger", metavar="RULE=REASON", help="Why it runs, for its manifest; repeatable."),
    ] = None,
) -> None:
    """Run an export."""
    from framehaul.pipelines.config.config_file import load_config  # noqa: PLC0415
    from framehaul.pipelines.run_report import run_with_report  # noqa: PLC0415

    settings = load_config(config, overrides or [], ango_options)
    manifest = run_with_report(
        settings, export_id, beam_flags or [], resume=resume, triggers=triggers or [], name=config.stem
    )
    if manifest.dead_letters.count > settings.limits.max_dead_letters:
        raise typer.Exit(ExitCode.DEAD_LETTERS)


def plan(
    config: ConfigPath,
    overrides: Overrides = None,
    as_json: AsJson = False,
    ango_options: AngoOptions = None,
) -> None:
    """Say what a run would do, without doing it."""
    from framehaul.pipelines.config.config_file import load_config  # noqa: PLC0415
    from framehaul.pipelines.survey.plan_command import print_plan  # noqa: PLC0415

    print_plan(load_config(config, overrides or [], ango_options), as_json=as_json)


def check(
    config: ConfigPath,
    overrides: Overrides = None,
) -> None:
    """Try whether the target may be written, read, listed and deleted, and the tables be read."""
    from framehaul.pipelines.check import print_check  # noqa: PLC0415
    from framehaul.pipelines.config.config_file import load_config  # noqa: PLC0415

    if not print_check(load_config(config, overrides or [])):
        raise typer.Exit(ExitCode.FAILED)


def config_schema() -> None:
    """Print the JSON Schema of the config."""
    import orjson  # noqa: PLC0415

    from framehaul.pipelines.config.config import ExportConfig  # noqa: PLC0415

    typer.echo(orjson.dumps(ExportConfig.model_json_schema(), option=orjson.OPT_INDENT_2).decode())
