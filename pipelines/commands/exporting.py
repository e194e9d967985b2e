"""Commands that read tables: run, plan, check; and config-schema."""

from typing import Annotated

import typer

from framehaul.pipelines.commands.arguments import AngoOptions, AsJson, ConfigPath, Overrides
from framehaul.pipelines.exit_codes import ExitCode, exit_code_of
from framehaul.transforms.errors import ConfigError


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
    from framehaul.transforms.exports.verdict import verdict_of  # noqa: PLC0415

    if beam_flags and not beam_flags[0].startswith("-"):
        raise ConfigError(
            f"{beam_flags[0]} is a second config, and a run has one: start a run for each, or put both into "
            "`framehaul schedule`; flags for Beam begin with -- and stand after --"
        )
    settings = load_config(config, overrides or [], ango_options)
    manifest = run_with_report(
        settings, export_id, beam_flags or [], resume=resume, triggers=triggers or [], path=config
    )
    raise typer.Exit(exit_code_of(verdict_of(manifest)))


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
    from framehaul.pipelines.config.config import ExportConfig  # noqa: PLC0415
    from framehaul.pipelines.terminal import say_json  # noqa: PLC0415

    say_json(ExportConfig.model_json_schema())
