"""``framehaul.run``: an export from within somebody else's program, which stays as it is."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

import framehaul
from end_to_end.command import write_config
from end_to_end.exports import Json, export_here, settings, shard_hashes, tables_in, write_lines
from end_to_end.running_export import PATIENCE_S, survivors
from framehaul.pipelines import own_process
from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.sample.sample_tables import write_sample

SECTIONS: Json = {"output": {"shard_bytes": "40kB"}, "runner": {"workers": 2}}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("tables")
    write_sample(folder, tasks=60, videos=1, seed=5)
    return tables_in(folder)


def test_it_gives_the_export_that_the_command_would_write(
    tables: dict[str, str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """And prints nothing."""
    export = framehaul.run(settings(tables, tmp_path / "exports", **SECTIONS))
    assert capfd.readouterr() == ("", "")
    assert export.verify().is_whole
    (folder,) = (path for path in (tmp_path / "exports").iterdir() if path.is_dir())
    assert export.url == str(folder)
    expected = export_here(settings(tables, tmp_path / "expected", output=SECTIONS["output"]))
    assert shard_hashes(folder) == shard_hashes(expected)


@pytest.mark.parametrize(
    "given",
    [str, lambda path: check_config(json.loads(path.read_text()), "the config")],
    ids=["path", "checked config"],
)
def test_a_config_may_be_a_file_or_be_checked_already(
    given: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths in it are relative to the current folder."""
    write_lines(tmp_path / "tasks.ndjson", [b'{"taskId":"t1","stage":"Complete"}'])
    path = write_config(tmp_path / "export.yaml", settings({"tasks": "tasks.ndjson"}, "exports"))
    monkeypatch.chdir(tmp_path)
    export = framehaul.run(given(path))  # type: ignore[arg-type]
    assert [record["task"]["taskId"] for record in export.records()] == ["t1"]


def test_all_problems_of_a_config_are_told_at_once() -> None:
    with pytest.raises(framehaul.ConfigError) as refusal:
        framehaul.run({"source": {}, "output": {"formt": "json"}})
    assert "source.tasks is missing" in str(refusal.value)
    assert "output.formt is not a setting; did you mean format?" in str(refusal.value)


def test_an_error_of_the_run_has_its_own_type(tmp_path: Path) -> None:
    with pytest.raises(framehaul.NoFileError, match=r"nothing-there\*"):
        framehaul.run(settings({"tasks": f"{tmp_path}/nothing-there*"}, tmp_path / "exports"))
    (tmp_path / "tasks.ndjson.gz").write_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\0cut off")
    with pytest.raises(framehaul.SourceError, match=r"tasks\.ndjson\.gz"):
        framehaul.run(settings({"tasks": f"{tmp_path}/tasks*"}, tmp_path / "exports"))
    assert not list((tmp_path / "exports").glob("*/manifest.json"))


def test_more_dead_letters_than_allowed_are_an_error_that_names_the_export(tmp_path: Path) -> None:
    write_lines(tmp_path / "tasks.ndjson", [b'{"taskId":"t1","stage":"Complete"}', b"{"])
    source = {"tasks": f"{tmp_path}/tasks.ndjson"}
    with pytest.raises(framehaul.LimitError, match="1 records were set aside, 0 are allowed") as refusal:
        framehaul.run(settings(source, tmp_path / "exports"))
    assert framehaul.open(refusal.value.url).manifest.dead_letters.count == 1


def test_what_only_this_process_could_see_is_refused(tables: dict[str, str]) -> None:
    with pytest.raises(framehaul.ConfigError, match="memory://x is in the memory of this process"):
        framehaul.run(settings(tables, "memory://x"))


def test_a_bug_is_told_with_what_the_run_has_shown(
    tables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is no error of the kind that somebody could do something about."""
    monkeypatch.setattr(own_process, "_START", "1 / 0")
    with pytest.raises(RuntimeError, match="a bug in framehaul ended the run with code 1") as bug:
        framehaul.run(settings(tables, tmp_path / "exports"))
    assert "ZeroDivisionError: division by zero" in str(bug.value)


IN_A_THREAD = """
import json, logging, signal, sys, threading
import framehaul

def state():
    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGCHLD]
    root = logging.getLogger()
    return [signal.getsignal(number) for number in numbers], threading.excepthook, root.handlers[:], root.level

class Kept(logging.Handler):
    def emit(self, record):
        lines.append(record.getMessage())

lines, before, exports = [], state(), []
logging.getLogger("framehaul").addHandler(Kept())
logging.getLogger("framehaul").setLevel(logging.INFO)
thread = threading.Thread(target=lambda: exports.append(framehaul.run(json.loads(sys.argv[1]))))
thread.start()
thread.join()
assert state() == before
assert threading.enumerate() == [threading.main_thread()]
assert "apache_beam" not in sys.modules
(started,) = [json.loads(line) for line in lines if '"run_started"' in line]
print(started["export_id"] == exports[0].manifest.export_id)
"""


def test_it_may_be_called_from_a_thread_and_leaves_the_program_as_it_is(
    tables: dict[str, str], tmp_path: Path
) -> None:
    """What the command would show goes to a logger, which shows nothing unless it is asked to."""
    config = json.dumps(settings(tables, tmp_path / "exports", **SECTIONS))
    command = [sys.executable, "-c", IN_A_THREAD, config]
    finished = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "True\n", "")


WAITING = """
import json, logging, sys
import framehaul
logging.basicConfig(level=logging.INFO, format="%(message)s")
try:
    framehaul.run(json.loads(sys.argv[1]))
except BaseException as error:
    print(type(error).__name__, error)
"""


class Waiting:
    """A program that waits for a run, which has started."""

    def __init__(self, config: Json) -> None:
        command = [sys.executable, "-c", WAITING, json.dumps(config)]
        self.popen = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.popen.stderr is not None
        assert any('"run_started"' in line for line in self.popen.stderr), "it has ended before that"
        program = psutil.Process(self.popen.pid)
        self.processes = program.children(recursive=True)
        (self.run,) = program.children()

    def printed(self) -> str:
        return self.popen.communicate(timeout=PATIENCE_S)[0]


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[Waiting]:
    """With so much input that it goes on for some seconds."""
    write_sample(tmp_path / "tables", tasks=700, videos=2, seed=1)
    program = Waiting(settings(tables_in(tmp_path / "tables"), tmp_path / "exports", **SECTIONS))
    yield program
    program.popen.kill()
    program.popen.communicate()
    assert survivors(program.processes) == []
    assert not list((tmp_path / "exports").glob("*/manifest.json"))
    assert not (tmp_path / "exports" / "latest.json").exists()


def test_an_interrupted_call_ends_the_run(waiting: Waiting) -> None:
    """As in a notebook, where Ctrl-C reaches the program alone."""
    os.kill(waiting.popen.pid, signal.SIGINT)
    assert waiting.printed() == "KeyboardInterrupt \n"


def test_a_run_that_is_killed_is_an_error_of_the_engine(waiting: Waiting) -> None:
    waiting.run.kill()
    assert waiting.printed().startswith(
        "EngineError the process of the run was ended by SIGKILL, so nothing is published"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of the end of its parent")
def test_a_run_ends_with_the_program_that_waits_for_it(waiting: Waiting) -> None:
    waiting.popen.kill()
    assert survivors(waiting.processes) == []
