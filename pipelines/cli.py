"""Commands and exit codes; each command is carried out by a module of its own.

    0    done
    1    failed: input damaged, store unreachable, records unaccounted for
    2    wrong config or flags
    3    more dead letters than allowed (the manifest is written)
    130  stopped by Ctrl-C (143: by SIGTERM)

Modules are imported by the command that needs them: Beam alone takes two seconds.
"""

import os
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from transforms.errors import ConfigError, ExportError

if TYPE_CHECKING:
    from transforms.storage.object_store import ObjectStore

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_BAD_CONFIG = 2
EXIT_DEAD_LETTERS = 3

app = typer.Typer(
    help="Framehaul: export annotation projects of any size, exactly and fast.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ConfigPath = Annotated[Path, typer.Argument(help="YAML file of the export.", show_default=False)]
ExportUrl = Annotated[str, typer.Argument(help="Folder of one export, on any store.", show_default=False)]
StoreConfig = Annotated[
    Path | None, typer.Option("--config", help="Config whose `storage:` says how to reach the store.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@app.command(context_settings={"allow_interspersed_args": True})
def run(
    config: ConfigPath,
    beam_flags: Annotated[list[str] | None, typer.Argument(help="Flags for Beam, after `--`.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override one setting; repeatable.")
    ] = None,
    export_id: Annotated[str | None, typer.Option(help="Name of the export and of its folder.")] = None,
) -> None:
    """Run an export."""
    from pipelines.config_file import load_config  # noqa: PLC0415 - see the module docstring
    from pipelines.run_report import run_with_report  # noqa: PLC0415

    settings = load_config(config, overrides or [])
    manifest = run_with_report(settings, export_id, beam_flags or [])
    if manifest.dead_letters.count > settings.limits.max_dead_letters:
        raise typer.Exit(EXIT_DEAD_LETTERS)


@app.command()
def plan(
    config: ConfigPath,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override one setting; repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a run would do, without doing it."""
    from pipelines.config_file import load_config  # noqa: PLC0415
    from pipelines.plan_command import print_plan  # noqa: PLC0415

    print_plan(load_config(config, overrides or []), as_json=as_json)


@app.command()
def check(
    config: ConfigPath,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override one setting; repeatable.")
    ] = None,
) -> None:
    """Try whether the target may be written, read, listed and deleted, and the tables be read."""
    from pipelines.check import print_check  # noqa: PLC0415
    from pipelines.config_file import load_config  # noqa: PLC0415

    if not print_check(load_config(config, overrides or [])):
        raise typer.Exit(EXIT_FAILED)


@app.command()
def verify(url: ExportUrl, config: StoreConfig = None, as_json: AsJson = False) -> None:
    """Re-read every object of an export against its manifest."""
    from pipelines.show import print_problems  # noqa: PLC0415
    from pipelines.verify import verify_export  # noqa: PLC0415

    problems = verify_export(_store(url, config))
    print_problems(url, problems, as_json=as_json)
    if problems:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def show(url: ExportUrl, config: StoreConfig = None, as_json: AsJson = False) -> None:
    """Show one export."""
    from pipelines.show import print_export  # noqa: PLC0415

    print_export(_store(url, config), as_json=as_json)


@app.command()
def join(
    url: ExportUrl,
    output_format: Annotated[
        str, typer.Option("--format", help="ndjson (one record a line) or json (one array)")
    ] = "ndjson",
    out: Annotated[Path | None, typer.Option(help="File to write instead of standard output.")] = None,
    config: StoreConfig = None,
) -> None:
    """Put records that were split into parts together again."""
    from pipelines.join import join_export  # noqa: PLC0415

    join_export(_store(url, config), output_format, out)


@app.command()
def frames(  # noqa: PLR0913, PLR0917 - one argument per option
    url: ExportUrl,
    asset: Annotated[str, typer.Option(help="Id of the asset; of its task where it has none.")],
    first: Annotated[int, typer.Option("--from", help="First frame, counted from 0.", min=0)],
    last: Annotated[int, typer.Option("--to", help="Last frame; it is included.", min=0)],
    task: Annotated[str | None, typer.Option(help="Id of one task of the asset.")] = None,
    config: StoreConfig = None,
) -> None:
    """Print some frames of one asset, reading only the shards that hold them."""
    from pipelines.frames import WantedFrames, print_frames  # noqa: PLC0415

    print_frames(_store(url, config), WantedFrames(asset, first, last, task))


@app.command()
def sample(  # noqa: PLR0913, PLR0917 - one argument per option
    directory: Annotated[
        Path, typer.Argument(help="Folder to write to; older sample tables in it are replaced.")
    ],
    tasks: Annotated[int, typer.Option(help="Number of tasks that are no videos.", min=0)] = 100,
    videos: Annotated[int, typer.Option(help="Number of videos.", min=0)] = 2,
    frames: Annotated[int, typer.Option(help="Frames of each video.", min=1)] = 300,
    objects: Annotated[int, typer.Option(help="Tracked objects in each video.", min=0)] = 3,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.", min=0)] = 0,
    table_format: Annotated[str, typer.Option("--format", help="ndjson or parquet")] = "ndjson",
    frames_table: Annotated[
        bool, typer.Option("--frames-table", help="Keep part of the rows of videos in a table of their own.")
    ] = False,
) -> None:
    """Write realistic input tables."""
    from pipelines.sample_command import write_with_progress  # noqa: PLC0415

    write_with_progress(directory, tasks, videos, frames, objects, seed, table_format, frames_table)


@app.command("config-schema")
def config_schema() -> None:
    """Print the JSON Schema of the config."""
    import orjson  # noqa: PLC0415

    from pipelines.config import ExportConfig  # noqa: PLC0415

    typer.echo(orjson.dumps(ExportConfig.model_json_schema(), option=orjson.OPT_INDENT_2).decode())


class _StoppedError(BaseException):
    """The process was asked to end; no ``except Exception`` on the way may stop that."""


_STOPPED: list[int] = []  # the signals that asked for it


def main() -> NoReturn:
    """The program: runs one command and ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr] # titles come in every script
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    # numpy's threads cost 0.1 s at every start, and no step has use for them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    code, error = _run_command()
    if _STOPPED:  # whatever else that has led to
        code, error = 128 + _STOPPED[0], "stopped; nothing is published"
    if error is not None:
        print(f"error: {error}", file=sys.stderr)
    # At once: threads that a broken pipeline has left behind must not keep the process.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _run_command() -> tuple[int, object]:
    """Exit code and, if it failed, what to say."""
    try:
        app()
    except SystemExit as end:
        return (end.code if isinstance(end.code, int) else EXIT_DONE), None
    except ConfigError as error:
        return EXIT_BAD_CONFIG, error
    except ExportError as error:
        return EXIT_FAILED, error
    except _StoppedError:
        return EXIT_FAILED, None
    except Exception:
        if not _STOPPED:
            traceback.print_exc()
        return EXIT_FAILED, "this is a bug in framehaul, please report it"
    return EXIT_DONE, None


def _stop(number: int, _frame: object) -> NoReturn:
    _STOPPED.append(number)
    raise _StoppedError


def _store(url: str, config: Path | None) -> "ObjectStore":
    """The folder of an export; without a config the environment says how to reach it."""
    from pipelines.config_file import load_config  # noqa: PLC0415
    from transforms.storage.object_store import ObjectStore  # noqa: PLC0415
    from transforms.storage.options import StorageOptions  # noqa: PLC0415
    from transforms.storage.redaction import carries_secret, shown  # noqa: PLC0415

    if carries_secret(url):
        raise ConfigError(f"{shown(url)} holds credentials: give them in --config, or in the environment")
    return ObjectStore(url.rstrip("/"), StorageOptions(load_config(config).storage if config else {}))
