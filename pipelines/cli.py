"""The program: its commands, and how it ends, see ``framehaul.pipelines.exit_codes``.

State of the process, which is the program's own: signal handlers, ``_STOPPED``, encoding of the standard streams, the
number of numpy's threads.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated, Any, NoReturn

import typer

from framehaul.pipelines.commands import cleaning, exporting, publishing, reading, sampling, scheduling
from framehaul.pipelines.commands.program_help import epilog_of
from framehaul.pipelines.exit_codes import ExitCode, exit_code_of_signal
from framehaul.pipelines.telemetry.log_redaction import redact_for_log
from framehaul.transforms.errors import ConfigError, ExportError


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        _say(f"framehaul {version('framehaul')}", err=False)
        raise typer.Exit


app = typer.Typer(
    help="Framehaul: export annotation projects of any size, exactly and fast.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_VALUES = {
    "config": "FILE",
    "out": "FILE",
    "asset": "ID",
    "task": "ID",
    "first": "PAGE",
    "last": "PAGE",
    "keep": "N",
}

_COMMANDS: dict[str, Callable[..., None]] = {
    "run": exporting.run,
    "plan": exporting.plan,
    "check": exporting.check,
    "verify": reading.verify,
    "show": reading.show,
    "join": reading.join,
    "frames": reading.frames,
    "history": publishing.history,
    "download": publishing.download,
    "link": publishing.link,
    "prune": publishing.prune,
    "clean": cleaning.clean,
    "sample": sampling.sample,
    "schedule": scheduling.schedule,
    "watch": scheduling.watch,
    "config-schema": exporting.config_schema,
}
for _name, _function in _COMMANDS.items():
    app.command(_name, epilog=epilog_of(_name))(_function)


@app.callback()
def _program(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    pass


class _StoppedError(BaseException):
    """The process was asked to end; no ``except Exception`` on the way may stop that."""


_STOPPED: list[int] = []  # the signals that asked for it


def main() -> NoReturn:
    """The program: runs one command and ends the process with its exit code."""
    run_and_exit(_program_with_words())


def _program_with_words() -> Callable[[], object]:
    """The program, whose help shows no Python types: a flag needs no value, and values have names."""
    program: Any = typer.main.get_command(app)
    for command in (program, *program.commands.values()):
        for parameter in command.params:
            _name_value(parameter)
        command.get_help_option = _with_words(command.get_help_option)
    return program  # type: ignore[no-any-return]


def _with_words(get_help_option: Callable[..., Any]) -> Callable[..., Any]:
    def get_with_words(context: object) -> Any:
        option = get_help_option(context)
        if option is not None:
            _name_value(option)
        return option

    return get_with_words


def _name_value(parameter: Any) -> None:
    if parameter.metavar is None:
        parameter.metavar = _VALUES.get(parameter.name, parameter.name.upper().replace("_", "-"))
    if getattr(parameter, "is_flag", False) or parameter.param_type_name == "argument":
        parameter.display_type_rich = lambda ctx: None


def run_and_exit(command: Callable[[], object]) -> NoReturn:
    """Run ``command``, say what went wrong, and end the process with an exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr] # titles come in every script
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    # numpy's threads cost 0.1 s at every start, and no step has use for them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    code, error = _run_command(command)
    if _STOPPED:  # whatever else that has led to
        code, error = exit_code_of_signal(_STOPPED[0]), "stopped; nothing is published"
    if error is not None:
        _say(f"error: {redact_for_log(str(error))}")
    # At once: threads that a broken pipeline has left behind must not keep the process.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _run_command(command: Callable[[], object]) -> tuple[int, object]:
    """Run a command; returns its exit code and, if it failed, the message."""
    try:
        command()
    except SystemExit as end:
        return (end.code if isinstance(end.code, int) else ExitCode.DONE), None
    except ConfigError as error:
        return ExitCode.BAD_CONFIG, error
    except ExportError as error:
        return ExitCode.FAILED, error
    except _StoppedError:
        return ExitCode.FAILED, None
    except Exception:
        if not _STOPPED:
            _say(redact_for_log(traceback.format_exc()))
        return ExitCode.FAILED, "this is a bug in framehaul, please report it"
    return ExitCode.DONE, None


def _stop(number: int, _frame: object) -> NoReturn:
    _STOPPED.append(number)
    raise _StoppedError


def _say(text: str, *, err: bool = True) -> None:
    from framehaul.pipelines.terminal import say  # noqa: PLC0415 - what draws tables takes 40 ms to import

    say(text, err=err)
