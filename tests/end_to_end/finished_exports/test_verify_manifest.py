"""``framehaul verify`` and the manifest itself: one that cannot be read, and one that does not say what is there."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from end_to_end.command import framehaul
from end_to_end.exports import Json, manifest_of, replace_manifest
from framehaul.pipelines.exports.verify import verify_export
from framehaul.transforms.storage.object_store import ObjectStore


def problems_of(export: Path) -> list[str]:
    return verify_export(ObjectStore(str(export)))


def change_manifest(export: Path, change: Callable[[Json], object]) -> None:
    manifest = manifest_of(export)
    change(manifest)
    replace_manifest(export, manifest)


MANIFESTS: dict[str, tuple[Callable[[bytes], bytes | None], str]] = {
    "cut": (lambda content: content[:-30], "is not a whole manifest"),
    "empty": (lambda _: b"", "is not a whole manifest"),
    "not there": (lambda _: None, "is no finished export"),
    "of a newer format": (
        lambda content: content.replace(b'"formatVersion": 1', b'"formatVersion": 2'),
        "reads 1",
    ),
    "without a version": (lambda content: content.replace(b"formatVersion", b"format"), "formatVersion"),
    "no object": (lambda _: b"[]\n", "is not a whole manifest"),
}


@pytest.mark.parametrize("case", MANIFESTS)
@pytest.mark.parametrize("command", ["verify", "show"])
def test_a_manifest_that_cannot_be_read_exits_with_1(
    exports: dict[str, Path], tmp_path: Path, case: str, command: str
) -> None:
    change, message = MANIFESTS[case]
    export = shutil.copytree(exports["none"], tmp_path / "x")
    content = change((export / "manifest.json").read_bytes())
    (export / "manifest.json").unlink()
    if content is not None:
        (export / "manifest.json").write_bytes(content)
    finished = framehaul(command, export)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert str(export) in finished.stderr
    assert message in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_manifest_that_its_checksum_does_not_fit_is_found(exports: dict[str, Path], tmp_path: Path) -> None:
    """Whatever was changed in it, a time for example, which nothing else says."""
    export = shutil.copytree(exports["none"], tmp_path / "x")
    content = (export / "manifest.json").read_bytes()
    (export / "manifest.json").write_bytes(content.replace(b'"finishedAt": "2', b'"finishedAt": "3'))
    finished = framehaul("verify", export)
    assert finished.returncode == 1
    assert "manifest.json.sha256 says something else" in finished.stdout
    (export / "manifest.json.sha256").unlink()  # as in exports of older versions
    assert problems_of(export) == []


COUNTED = [
    *("tasksRead", "tasksExported", "tasksNotSelected", "duplicateTasks", "deadLetterTasks"),
    *("stageHistoryRead", "stageHistoryExported", "stageHistoryNotSelected", "orphanStageHistory"),
    *("duplicateStageHistory", "deadLetterStageHistory", "records", "assets", "annotations"),
]


@pytest.mark.parametrize("name", COUNTED)
def test_a_wrong_count_is_found(exports: dict[str, Path], tmp_path: Path, name: str) -> None:
    export = shutil.copytree(exports["none"], tmp_path / "x")

    def one_more(manifest: Json) -> None:
        manifest["counts"][name] += 1

    change_manifest(export, one_more)
    of_all_tables = "deadLetters.count is"  # which the dead letters of a table are part of
    told = [problem for problem in problems_of(export) if not problem.startswith(of_all_tables)]
    assert told
    assert all(name in problem for problem in told)


WRONG_FIGURES: dict[str, Callable[[Json], object]] = {
    "annotationsByTitle": lambda manifest: manifest["annotationsByTitle"].popitem(),
    "number of lines": lambda manifest: manifest["shards"][0].update(records=99),
    "uncompressed size": lambda manifest: manifest["shards"][0].update(uncompressedBytes=99),
    "longest line": lambda manifest: manifest["shards"][0].update(maxLineBytes=99),
    "sha256": lambda manifest: manifest["shards"][0].update(sha256="0" * 64),
    "md5": lambda manifest: manifest["shards"][0].update(md5="AAAA"),
    "is not in the manifest": lambda manifest: manifest["shards"].pop(),
    "dead letters": lambda manifest: manifest["deadLetters"]["byReason"].update(not_json=7),
    "FirstAssetId": lambda manifest: manifest["shards"][0].update(firstAssetId="0"),
    "LastAssetId": lambda manifest: manifest["shards"][0].update(lastAssetId="~"),
}


@pytest.mark.parametrize("figure", WRONG_FIGURES)
def test_a_wrong_figure_is_found(exports: dict[str, Path], tmp_path: Path, figure: str) -> None:
    export = shutil.copytree(exports["none"], tmp_path / "x")
    change_manifest(export, WRONG_FIGURES[figure])
    assert any(figure.lower() in problem.lower() for problem in problems_of(export))


def test_dead_letters_of_another_run_are_found(exports: dict[str, Path], tmp_path: Path) -> None:
    export = shutil.copytree(exports["none"], tmp_path / "x")

    def none_at_all(manifest: Json) -> None:
        manifest["deadLetters"] = {"count": 0, "path": None, "byReason": {}}

    change_manifest(export, none_at_all)
    assert "dead-letters.ndjson is not in the manifest" in problems_of(export)


def test_a_path_that_leads_out_of_the_export_is_refused(exports: dict[str, Path], tmp_path: Path) -> None:
    """A manifest may come from anywhere."""
    export = shutil.copytree(exports["none"], tmp_path / "x")
    change_manifest(export, lambda manifest: manifest["shards"][0].update(path="../secret.txt"))
    (tmp_path / "secret.txt").write_text("secret")
    finished = framehaul("verify", export)
    assert finished.returncode == 1
    assert "bug" not in finished.stderr
    assert "secret.txt" in finished.stdout + finished.stderr
