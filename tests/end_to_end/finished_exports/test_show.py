"""``framehaul show``: what a person wants to know of an export, or the manifest for a program."""

import json
import re
from pathlib import Path

import orjson
import pytest

from end_to_end.command import framehaul
from end_to_end.exports import export_here, manifest_of, settings, write_lines


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tasks with tools, one of them without a title, and one dead letter."""
    folder = tmp_path_factory.mktemp("shown")
    tools = [{"title": "汽车"}, {"title": "汽车"}, {}]
    tasks = [
        {"taskId": "t1", "stage": "Complete", "answer": {"tools": tools}},
        {"taskId": "t2", "stage": "Review"},
    ]
    write_lines(folder / "tasks.ndjson", [*map(orjson.dumps, tasks), b"not json"])
    config = settings({"tasks": f"{folder}/tasks.ndjson"}, folder / "exports", limits={"max_dead_letters": 1})
    return export_here({**config, "export": {}}, "street-signs-2026")


def test_a_person_sees_the_name_the_sizes_the_counts_and_the_titles(export: Path) -> None:
    finished = framehaul("show", export, environment={"COLUMNS": "100"})
    assert finished.returncode == 0, finished.stderr
    cells = [re.split(r" {2,}", line.strip()) for line in finished.stdout.splitlines()]
    assert "street-signs-2026" in finished.stdout
    assert ["written by", "framehaul 0.1.0"] in cells
    assert ["started", manifest_of(export)["startedAt"]] in cells
    assert ["set aside", "1 records {'not_json': 1}"] in cells
    assert ["tasksRead", "3"] in cells
    assert ["tasksNotSelected", "1"] in cells
    assert ["汽车", "2"] in cells
    assert ["(none)", "1"] in cells


HOSTILE = "[/car] [red]x\x1b[31m\u202ezzz\x9b2J\x00 :smile:"


def test_text_of_a_manifest_neither_draws_nor_acts_on_a_terminal(tmp_path: Path) -> None:
    """It may have been written by anybody."""
    task = {"taskId": "t1", "stage": HOSTILE, "answer": {"tools": [{"title": HOSTILE}]}}
    write_lines(tmp_path / "tasks.ndjson", [orjson.dumps(task)])
    config = {
        "export": {"stages": [HOSTILE]},
        "source": {"tasks": str(tmp_path / "tasks.ndjson")},
        "output": {"url": str(tmp_path / "exports")},
    }
    (tmp_path / "export.yaml").write_text(json.dumps(config))
    export = export_here(config)
    commands = [
        ("show", export),
        ("show", export, "--json"),
        ("history", export.parent),
        ("history", export.parent, "--json"),
        ("prune", export.parent, "--keep", "1"),
        ("verify", export),
        ("plan", tmp_path / "export.yaml"),
        ("plan", tmp_path / "export.yaml", "--json"),
        ("run", tmp_path / "export.yaml", "--export-id", "y"),
        ("clean", export.parent),
    ]
    for command in commands:
        finished = framehaul(*command)
        assert finished.returncode == 0, (command, finished.stderr)
        printed = finished.stdout + finished.stderr
        assert not set(printed) & set("\x1b\u202e\x9b\x00"), command
        assert "[/car] [red]x" in printed.replace("\n", "") or command[0] in {
            "verify",
            "run",
            "clean",
            "prune",
        }, command


def test_a_program_gets_the_manifest_as_it_is(export: Path) -> None:
    finished = framehaul("show", f"{export}/", "--json")
    assert finished.returncode == 0
    assert finished.stdout == (export / "manifest.json").read_text()


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_titles_are_shown_where_standard_output_is_not_utf8(export: Path, form: list[str]) -> None:
    """As in a pipe on Windows, and in older locales."""
    finished = framehaul("show", export, *form, environment={"PYTHONIOENCODING": "latin-1"})
    assert finished.returncode == 0, finished.stderr


def test_a_folder_without_an_export_exits_with_1(tmp_path: Path) -> None:
    finished = framehaul("show", tmp_path)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert f"{tmp_path} is no finished export: there is no manifest.json" in finished.stderr
    assert "Traceback" not in finished.stderr
