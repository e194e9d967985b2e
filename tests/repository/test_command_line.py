"""The command, started as a person starts it."""

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import orjson
import pytest
import yaml
from jsonschema import Draft202012Validator

from framehaul.pipelines.commands.program_help import EXAMPLES

ROOT = Path(__file__).parents[2]
SCRIPT = [str(Path(sys.executable).with_name("framehaul"))]
MODULE = [sys.executable, "-m", "framehaul"]
EXAMPLE = ROOT / "tests/unit/config/contract_example.yaml"
LEAST = "source: {tasks: [tasks.ndjson]}\n"


def run(command: list[str], *arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command, *arguments], check=False, capture_output=True, text=True, cwd=cwd)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config that works, in the folder where the command runs."""
    (tmp_path / "tasks.ndjson").write_bytes(b'{"taskId":"t1","stage":"Complete"}\n')
    (tmp_path / "tasks.csv").write_bytes(b"taskId,stage\n")
    (tmp_path / "export.yaml").write_text(LEAST)
    return tmp_path / "export.yaml"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["run", "--help"],
        ["config-schema"],
        ["show", "no-such-export"],
        ["verify", "no-such-export"],
        ["join", "no-such-export"],
        ["frames", "no-such-export", "--asset", "a", "--from", "0", "--to", "1"],
        ["history", "no-such-folder"],
        ["prune", "no-such-folder", "--keep", "1"],
        ["download", "no-such-export", "no-such-folder"],
        ["link", "no-such-export"],
    ],
    ids=" ".join,
)
def test_only_a_run_waits_for_beam_to_be_imported(arguments: list[str]) -> None:
    finished = run([sys.executable, "-X", "importtime", "-m", "framehaul"], *arguments)
    imported = {line.rpartition("|")[2].strip() for line in finished.stderr.splitlines()}
    assert "typer" in imported
    assert "apache_beam" not in imported


@pytest.mark.parametrize("package", ["framehaul", "pipelines"])
def test_the_module_is_the_same_program(package: str) -> None:
    """Wherever it is installed, and in the checkout by the name of its folder."""
    for arguments in (["--help"], ["config-schema"], ["show", "no-such-export"], ["--nonsense"]):
        by_name, by_module = run(SCRIPT, *arguments), run([sys.executable, "-m", package], *arguments)
        shown = ((by_name, "framehaul "), (by_module, f"python -m {package} "))
        assert by_name.returncode == by_module.returncode
        printed = [" ".join(each.stdout.replace(name, "").split()) for each, name in shown]
        assert printed[0] == printed[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"],
        ["nonsense"],
        ["run"],
        ["run", "export.yaml", "--nonsense"],
        ["run", "export.yaml", "--sett", "output.compression=zstd"],
        ["run", "none.yaml"],
        ["run", "export.yaml", "--set", "output.compresion=zstd"],
        ["show", "x", "--nonsense"],
        ["join", "x", "--format", "csv"],
        ["link", "x"],
        ["link", "s3://bucket/x", "--expires", "soon"],
        ["prune", "x"],
        ["frames", "x", "--asset", "a", "--from", "0"],
        ["sample", "x", "--format", "csv"],
        ["sample", "x", "--tasks", "many"],
    ],
    ids=" ".join,
)
def test_wrong_configs_and_flags_exit_with_2_and_write_nothing(config: Path, arguments: list[str]) -> None:
    before = sorted(config.parent.iterdir())
    finished = run(MODULE, *arguments, cwd=config.parent)
    assert finished.returncode == 2, finished.stderr
    assert "Traceback" not in finished.stderr
    assert finished.stderr
    assert sorted(config.parent.iterdir()) == before


def test_a_flag_that_beam_does_not_know_exits_with_2_and_is_named(config: Path) -> None:
    finished = run(MODULE, "run", "export.yaml", "--", "--shardz=3", cwd=config.parent)
    assert finished.returncode == 2
    assert "--shardz" in finished.stderr.splitlines()[-1]
    assert not (config.parent / "exports").exists()


def test_all_problems_of_a_config_are_shown_at_once(config: Path) -> None:
    config.write_text(LEAST + "exprot: {}\noutput: {compression: brotli}\n")
    finished = run(SCRIPT, "run", "export.yaml", cwd=config.parent)
    assert finished.returncode == 2
    assert finished.stderr.startswith("error: export.yaml is wrong:\n  - ")
    assert "did you mean export?" in finished.stderr
    assert "output.compression is 'brotli'" in finished.stderr


@pytest.mark.parametrize("command", ["show", "verify", "join", "download"])
def test_an_export_that_is_not_there_exits_with_1_and_is_named(tmp_path: Path, command: str) -> None:
    target = ["copy"] if command == "download" else []
    finished = run(SCRIPT, command, "no-such-export", *target, cwd=tmp_path)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.startswith(
        "error: no-such-export is no finished export: there is no manifest.json"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_sample_that_the_disk_does_not_take_exits_with_1_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    finished = run(SCRIPT, "sample", "file/tables", "--tasks", "3", cwd=tmp_path)
    assert finished.returncode == 1
    assert finished.stderr.splitlines()[-1].startswith("error: could not write to file/tables: ")
    assert finished.stderr.endswith("correct the path: what it takes for a folder is a file\n")
    assert "Traceback" not in finished.stderr


def test_a_table_that_is_not_there_exits_with_1_and_is_named(config: Path) -> None:
    finished = run(SCRIPT, "run", "export.yaml", "--set", "source.tasks=none-*.ndjson", cwd=config.parent)
    assert finished.returncode == 1
    assert finished.stderr.splitlines()[-1].startswith("error: none-*.ndjson matches no file")


def test_the_schema_of_the_config_is_valid_and_takes_what_the_program_takes() -> None:
    schema = orjson.loads(run(SCRIPT, "config-schema").stdout)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for path in (EXAMPLE, *(ROOT / "configs").glob("*.yaml")):
        settings = orjson.loads(orjson.dumps(yaml.safe_load(path.read_text())))
        assert list(validator.iter_errors(settings)) == [], path.name


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"source": {"tasks": ["t.ndjson"]}, "exprot": {}},
        {"source": {"tasks": ["t.ndjson"]}, "output": {"compression": "brotli"}},
        {"source": {"tasks": ["t.ndjson"]}, "export": {"stages": 5}},
        {"source": {"tasks": ["t.ndjson"]}, "runner": {"workers": "many"}},
    ],
)
def test_the_schema_refuses_what_the_program_refuses(settings: dict[str, object]) -> None:
    validator = Draft202012Validator(orjson.loads(run(SCRIPT, "config-schema").stdout))
    assert list(validator.iter_errors(settings))


def test_a_second_config_is_told_as_such(config: Path) -> None:
    finished = run(SCRIPT, "run", "export.yaml", "other.yaml", cwd=config.parent)
    assert finished.returncode == 2
    assert "other.yaml is a second config" in finished.stderr


def test_the_version_is_told() -> None:
    finished = run(SCRIPT, "--version")
    assert (finished.returncode, finished.stdout) == (0, f"framehaul {version('framehaul')}\n")


@pytest.mark.parametrize("command", sorted(EXAMPLES))
def test_the_help_of_every_command_has_an_example_and_the_exit_codes(command: str) -> None:
    long, short = run(SCRIPT, command, "--help"), run(SCRIPT, command, "-h")
    assert long.stdout == short.stdout
    words = " ".join(long.stdout.split())
    assert f"Example: {' '.join(EXAMPLES[command].split())}" in words
    assert "Exit codes: 0 done" in words
    assert not {"<str>", "<bool>", "<path>", "<int>"} & set(words.split())


def test_every_command_has_its_help() -> None:
    listed = run(SCRIPT, "--help").stdout
    commands = set(re.findall(r"^│ ([a-z][a-z-]+) ", listed, re.M))
    assert commands == set(EXAMPLES)
