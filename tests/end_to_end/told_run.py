"""Runs of the command, and what each has told on every channel."""

import os
import shutil
import signal
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec
import orjson
import pytest

from end_to_end.command import framehaul, write_config
from end_to_end.exports import settings, write_lines
from end_to_end.gauges import gauges
from end_to_end.running_export import RunningExport
from end_to_end.told_servers import Servers
from end_to_end.web_receiver import Receiver
from framehaul.pipelines.exports.history import list_exports
from framehaul.pipelines.exports.retention import Retention, expendable
from framehaul.transforms.runs.claims import hold_folder
from framehaul.transforms.storage.object_store import ObjectStore

BEFORE = "before"
"""The export of a good run, which was there before each of the others."""

_METRICS = Path("metrics/framehaul.prom")
_SUCCESS = "framehaul_success_timestamp_seconds"


class Figures(NamedTuple):
    """What Prometheus knows after a run; ``None`` where nothing was told.

    Attributes:
        run_failed: whether the newest run has.
        success: ``moved``, or ``kept`` where it is still that of the run before.
    """

    run_failed: bool
    success: str


class InHistory(NamedTuple):
    """The row of the export in the history."""

    state: str
    verdict: str | None


class Told(NamedTuple):
    """All channels after one run.

    Attributes:
        summary: a part of what it has said at its end.
        latest: the export that ``latest.json`` names.
        history: of the export that the run was for; ``None`` where there is none.
        mail: end of the subject.
        webhook: event and exit code.
        going: which export the run has taken the only place from, if retention keeps one.
    """

    exit_code: int
    summary: str
    latest: str
    history: InHistory | None
    textfile: Figures | None
    gateway: Figures | None
    mail: str | None
    webhook: tuple[str, int] | None
    chat: str | None
    going: str | None


class Ended(NamedTuple):
    """How a run has ended, and what it has said."""

    exit_code: int
    said: str


@dataclass
class Place:
    """A folder with tables, a config and exports, whose runs tell servers of this process how they end."""

    folder: Path
    servers: Servers
    gateway: Receiver

    @property
    def exports(self) -> Path:
        return self.folder / "exports"

    def prepare(self) -> None:
        """The tables and the config; all paths in it are relative, so that the place can be copied."""
        tasks = [
            {"taskId": f"t{number}", "stage": "Complete", "assetId": f"a{number}"} for number in range(3)
        ]
        write_lines(self.folder / "tables/tasks-1.ndjson", [orjson.dumps(task) for task in tasks])
        config = settings(
            {"tasks": "tables/tasks-*"},
            "exports",
            metrics={"textfile": str(_METRICS), "pushgateway": self.gateway.url},
            notify=self.servers.notify(),
        )
        write_config(self.folder / "nightly.yaml", config)

    def copied(self, folder: Path) -> "Place":
        shutil.copytree(self.folder, folder)
        return Place(folder, self.servers, self.gateway)

    def run(self, export_id: str, *flags: str) -> Ended:
        """One run of the command to its end."""
        command = ("run", "nightly.yaml", "--export-id", export_id, *flags)
        finished = framehaul(*command, cwd=self.folder, environment=self.servers.environment())
        return Ended(finished.returncode, finished.stdout + finished.stderr)

    def interrupted(self, export_id: str, number: signal.Signals) -> Ended:
        """One run that gets a signal in its middle."""
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            for name, value in self.servers.environment().items():
                patch.setenv(name, value)
            run = RunningExport(self.folder, Path("nightly.yaml"), self.exports, export_id)
            run.wait_for_start()
            os.kill(run.process.pid, number)
            return Ended(run.exit_code(), run.log())

    def held(self, export_id: str) -> ExitStack:
        """Another run, this process, writes an export meanwhile."""
        stack = ExitStack()
        stack.enter_context(hold_folder(ObjectStore(str(self.exports / export_id))))
        return stack

    def textfile(self) -> dict[str, float]:
        return gauges((self.folder / _METRICS).read_text())


def told_by(place: Place, pushed_before: dict[str, float], export_id: str, run: Callable[[], Ended]) -> Told:
    """What a run has told.

    Args:
        pushed_before: figures that the gateway holds.
    """
    servers = place.servers
    for told in (
        servers.mailbox.messages,
        servers.hook.received,
        servers.chat.received,
        place.gateway.received,
    ):
        told.clear()
    before = place.textfile()
    ended = run()
    written = place.textfile()
    pushed = [gauges(request.body.decode()) for request in place.gateway.received]
    (mail,) = [str(message["Subject"]) for message in servers.mailbox.messages] or [None]
    (event,) = [request.content for request in servers.hook.received] or [None]
    (said,) = [str(request.content["title"]) for request in servers.chat.received] or [None]
    return Told(
        exit_code=ended.exit_code,
        summary=ended.said,
        latest=orjson.loads((place.exports / "latest.json").read_bytes())["exportId"],
        history=_in_history(place, export_id),
        textfile=_figures(before, written),
        gateway=_figures(pushed_before, pushed_before | pushed[0]) if pushed else None,
        mail=_without_id(mail, export_id),
        webhook=(event["event"], event["exitCode"]) if event else None,
        chat=_without_id(said, export_id),
        going=_going(place),
    )


def _figures(before: dict[str, float], after: dict[str, float]) -> Figures | None:
    if before == after:
        return None
    success = "kept" if before[_SUCCESS] == after[_SUCCESS] else "moved"
    return Figures(bool(after["framehaul_run_failed"]), success)


def _in_history(place: Place, export_id: str) -> InHistory | None:
    rows = {row.folder: row for row in list_exports(ObjectStore(str(place.exports)))}
    row = rows.get(export_id)
    return None if row is None else InHistory(row.state, row.verdict)


def _without_id(text: str | None, export_id: str) -> str | None:
    return None if text is None else text.partition(f"Export {export_id} ")[2]


def _going(place: Place) -> str | None:
    """With no regard to ``latest.json``, which protects what it names."""
    rows = list_exports(ObjectStore(str(place.exports)))
    going = expendable([msgspec.structs.replace(row, latest=False) for row in rows], Retention(keep=1))
    return ", ".join(row.folder for row in going) or None
