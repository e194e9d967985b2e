"""A run in a process of its own, for a program that runs exports by calling the library.

That program may have threads, beside which no workers can be forked, and handlers and loggers that are its own. So it
only starts this module and waits. The process does what ``framehaul run`` does, and hands the outcome back.
"""

import logging
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections import deque
from pathlib import Path
from typing import IO, NoReturn

import msgspec

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.exit_codes import exit_code_of_signal, was_killed
from framehaul.transforms import errors
from framehaul.transforms.errors import EngineError, ExportError
from framehaul.transforms.runs.processes import end_with_parent

LOGGER = logging.getLogger("framehaul")

_START = "from framehaul.pipelines.own_process import main; main()"
_PATIENCE_S = 30
_LAST_LINES = 50  # of what it shows, for the error that tells of a bug


class Order(msgspec.Struct, frozen=True):
    """Order to run one export.

    Attributes:
        config: pickled, since it is checked already.
        name: of the config, for those who watch several.
        parent: process that waits; without it nobody wants the export.
        answer: open file of the outcome.
    """

    config: bytes
    name: str
    parent: int
    answer: int


class Outcome(msgspec.Struct, frozen=True):
    """Outcome of a run: the id of the export, or an error of ``framehaul.transforms.errors`` by its name."""

    export_id: str = ""
    error: str = ""
    message: str = ""


_ORDERS, _OUTCOMES = msgspec.msgpack.Decoder(Order), msgspec.json.Decoder(Outcome)


def run_in_own_process(config: ExportConfig, name: str) -> str:
    """Run an export in a process of its own, and return its id.

    The output of that process goes to the logger ``framehaul``, line by line.

    Raises:
        ExportError: as the process raised it, or ``EngineError`` if it was killed.
        RuntimeError: it has a bug.
    """
    with tempfile.TemporaryFile() as order, tempfile.TemporaryFile() as answer:
        order.write(msgspec.msgpack.encode(Order(pickle.dumps(config), name, os.getpid(), answer.fileno())))
        order.seek(0)
        last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        code = _run_process(order, answer.fileno(), last_lines)
        answer.seek(0)
        content = answer.read()
    if content:
        return _id_in(_OUTCOMES.decode(content))
    if was_killed(code):
        signals = {each.name for each in signal.Signals if code in {-each, exit_code_of_signal(each)}}
        raise EngineError(
            f"the process of the run was ended by {''.join(signals) or code}, so nothing is published; "
            "if memory ran out, lower runner.workers or output.shard_bytes"
        )
    raise RuntimeError(f"a bug in framehaul ended the run with code {code}:\n" + "".join(last_lines))


def _run_process(order: IO[bytes], answer: int, last_lines: deque[str]) -> int:
    """Start the process, wait for its end, and return its exit code."""
    # It must find this very package, however this program has found it.
    folders = [folder or os.getcwd() for folder in sys.path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    command = [sys.executable, "-P", "-c", _START]
    with subprocess.Popen(  # noqa: S603 - no shell
        command,
        stdin=order,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        pass_fds=[answer],
    ) as process:
        try:
            for line in process.stdout or ():
                last_lines.append(line.decode("utf-8", "replace"))
                LOGGER.info("%s", last_lines[-1].rstrip())
            return process.wait()
        except BaseException:
            _stop(process)
            raise


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End it as Ctrl-C does: workers and claims go with it."""
    process.terminate()
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()


def _id_in(outcome: Outcome) -> str:
    """Id of the export, or raise the error that the outcome tells."""
    if not outcome.error:
        return outcome.export_id
    kind: type[ExportError] = getattr(errors, outcome.error, ExportError)
    raise kind(outcome.message)


def main() -> NoReturn:
    """Carry out the order on standard input, with the messages and exit codes of the command."""
    from framehaul.pipelines.cli import run_and_exit  # noqa: PLC0415 - only the process itself needs it

    order = _ORDERS.decode(sys.stdin.buffer.read())
    end_with_parent(order.parent)
    run_and_exit(lambda: os.write(order.answer, msgspec.json.encode(_carry_out(order))))


def _carry_out(order: Order) -> Outcome:
    from framehaul.pipelines.run_report import run_with_report  # noqa: PLC0415 - only the process itself needs it

    config: ExportConfig = pickle.loads(order.config)  # noqa: S301 - from the process that has started this one
    try:
        manifest = run_with_report(config, None, (), path=Path(order.name))
    except ExportError as error:
        return Outcome(error=type(error).__name__, message=str(error))
    return Outcome(export_id=manifest.export_id)
