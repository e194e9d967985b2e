"""One object for each asset: whatever its external id is, its name is safe, its own, and always the same."""

import re
import string
import unicodedata
from pathlib import Path

import orjson
import pytest

from end_to_end.exports import Json, export_here, manifest_of, records_of, settings, write_lines
from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.exports.verify import verify_export
from framehaul.transforms.errors import ConfigError
from framehaul.transforms.storage.object_store import ObjectStore

LONGEST_FILE_NAME = 143  # where a disk encrypts names; 255 elsewhere, 1,024 on stores
AWKWARD = {
    "slash": "batch/7/cat.jpg",
    "backslash": "batch\\7\\cat.jpg",
    "up": "../../../etc/passwd",
    "dots": "..",
    "root": "/",
    "control": "a\x00b\x07c\nd\x1b[31m\x7f",
    "empty": "",
    "none": None,
    "long": "x" * 4000,
    "longer": "x" * 4000 + "y",
    "long of bytes": "\u00e4" * 4000,
    "composed": unicodedata.normalize("NFC", "\u00e4.jpg"),
    "decomposed": unicodedata.normalize("NFD", "\u00e4.jpg"),
    "escaped": "batch~2f7~2fcat.jpg",
    "encoded": "batch%2F7%2Fcat.jpg",
    "device": "con",
    "hidden": ".part",
    "space at the end": "cat.jpg ",
    "url": "s3://bucket/cat.jpg?versionId=1&x#y",
    "lower": "cat.jpg",
    "upper": "CAT.JPG",
    "same": "cat.jpg",
    "same again": "cat.jpg",
}


def lines_for(names: dict[str, str | None]) -> list[bytes]:
    """A task for each, whose asset is the key."""
    return [
        orjson.dumps(
            {"taskId": f"task of {asset}", "assetId": asset, "externalId": name, "stage": "Complete"}
        )
        for asset, name in names.items()
    ]


def export_of(names: dict[str, str | None], folder: Path, **output: object) -> Path:
    tasks = write_lines(folder / "tasks.ndjson", lines_for(names))
    config = settings({"tasks": str(tasks)}, folder / "exports", output={"split_by": "asset", **output})
    return export_here(config)


def names_of(export: Path) -> dict[str, str]:
    """The object of each asset, as the manifest tells it."""
    return {entry["firstAssetId"]: entry["path"] for entry in manifest_of(export)["shards"]}


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_of(AWKWARD, tmp_path_factory.mktemp("awkward"))


def test_every_asset_has_an_object_of_its_own_that_the_manifest_lists(export: Path) -> None:
    names = names_of(export)
    assert names.keys() == AWKWARD.keys()
    assert sorted(names.values()) == sorted(
        str(path.relative_to(export)) for path in export.rglob("data/**/*") if path.is_file()
    )
    for asset, path in names.items():
        (record,) = [orjson.loads(line) for line in (export / path).read_bytes().splitlines()]
        assert (record["assetId"], record["externalId"]) == (asset, AWKWARD[asset])
    assert verify_export(ObjectStore(str(export))) == []


def test_names_are_safe_on_every_store_and_disk(export: Path) -> None:
    names = [path.removeprefix("data/") for path in names_of(export).values()]
    assert len({name.lower() for name in names}) == len(names), "some disks take A for a"
    for name in names:
        assert set(name) <= set(string.ascii_letters + string.digits + "-_.~")
        assert not re.search(r"^\.|\.\.|\.$", name)
        assert len(name) + len(".zst") <= LONGEST_FILE_NAME


def test_ordinary_names_stay_readable_and_end_with_a_digest_of_the_asset(export: Path) -> None:
    names = names_of(export)
    assert re.fullmatch(r"data/cat\.jpg-[0-9a-f]{16}\.ndjson", names["lower"])
    assert re.fullmatch(r"data/batch~2f7~2fcat\.jpg-[0-9a-f]{16}\.ndjson", names["slash"])
    assert re.fullmatch(r"data/empty-[0-9a-f]{16}\.ndjson", names["empty"])
    assert len({names["lower"], names["same"], names["same again"], names["upper"].lower()}) == 4


def test_a_name_depends_on_no_other_asset(export: Path, tmp_path: Path) -> None:
    few = {asset: AWKWARD[asset] for asset in ("same again", "escaped", "longer")}
    expected = {asset: path for asset, path in names_of(export).items() if asset in few}
    assert names_of(export_of(few, tmp_path, shard_bytes=1)) == expected


def test_what_a_killed_run_has_left_is_removed(tmp_path: Path) -> None:
    output: Json = {"zip": True, "format": "json"}
    export = export_of(AWKWARD, tmp_path)
    (export / "manifest.json").unlink()
    config = settings({"tasks": str(tmp_path / "tasks.ndjson")}, tmp_path / "exports", output=output)
    export_here(config)
    (export / "manifest.json").unlink()
    again = export_of({"only": "one.jpg"}, tmp_path)
    assert [path.name[:7] for path in (again / "data").iterdir()] == ["one.jpg"]
    assert list(again.glob("*.zip")) == []
    assert len(records_of(again)) == 1


@pytest.mark.parametrize("file_format", ["json", "ndjson"])
def test_one_object_for_each_asset_is_not_one_object(file_format: str) -> None:
    config = settings({"tasks": "t.ndjson"}, "out", output={"format": file_format, "split_by": "asset"})
    with pytest.raises(ConfigError, match="split_by asset writes many objects"):
        check_config(config, "the config")
