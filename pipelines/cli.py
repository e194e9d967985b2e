"""The program: its commands, and how it ends, see ``framehaul.pipelines.exit_codes``.

State of the process, which is the program's own: signal handlers, ``_STOPPED``, encoding of the standard streams, the
number of numpy's threads.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

import typer

from framehaul.pipelines.commands import cleaning, exporting, publishing, reading, sampling, scheduling
from framehaul.pipelines.exit_codes import ExitCode, stopped_by
from framehaul.pipelines.telemetry.log_redaction import fit_to_log
from framehaul.transforms.errors import ConfigError, ExportError

app = typer.Typer(
    help="Framehaul: export annotation projects of any size, exactly and fast.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command(context_settings={"allow_interspersed_args": True})(exporting.run)
app.command()(exporting.plan)
app.command()(exporting.check)
app.command()(reading.verify)
app.command()(reading.show)
app.command()(reading.join)
app.command()(reading.frames)
app.command()(publishing.history)
app.command()(publishing.download)
app.command()(publishing.link)
app.command()(publishing.prune)
app.command()(cleaning.clean)
app.command()(sampling.sample)
app.command()(scheduling.schedule)
app.command()(scheduling.watch)
app.command("config-schema")(exporting.config_schema)


class _StoppedError(BaseException):
    """The process was asked to end; no ``except Exception`` on the way may stop that."""


_STOPPED: list[int] = []  # the signals that asked for it


def main() -> NoReturn:
    """The program: runs one command and ends the process with its exit code."""
    reported(app)


def reported(command: Callable[[], object]) -> NoReturn:
    """Run ``command``, say what went wrong, and end the process with an exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr] # titles come in every script
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    # numpy's threads cost 0.1 s at every start, and no step has use for them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    code, error = _run_command(command)
    if _STOPPED:  # whatever else that has led to
        code, error = stopped_by(_STOPPED[0]), "stopped; nothing is published"
    if error is not None:
        print(f"error: {fit_to_log(str(error))}", file=sys.stderr)
    # At once: threads that a broken pipeline has left behind must not keep the process.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _run_command(command: Callable[[], object]) -> tuple[int, object]:
    """Exit code and, if it failed, what to say."""
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
            print(fit_to_log(traceback.format_exc()), file=sys.stderr)
        return ExitCode.FAILED, "this is a bug in framehaul, please report it"
    return ExitCode.DONE, None


def _stop(number: int, _frame: object) -> NoReturn:
    _STOPPED.append(number)
    raise _StoppedError
