"""``framehaul join``: records come out whole, in order and in bounded memory, or the command fails."""

import copy
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from end_to_end.command import COMMAND, framehaul
from end_to_end.exports import Json, manifest_of, shard_lines
from end_to_end.small_disk import NO_SPACE, framehaul_on_small_disk
from framehaul.pipelines.exports.verify import verify_export
from framehaul.transforms.exports.manifest import LongAsset
from framehaul.transforms.storage.object_store import ObjectStore
from reference.record_splitter import image, row, split, store_export, video

SUFFIXES = ["", ".gz", ".zst"]
LONG = video("m-long", "t-long", frames=40, objects=2)
BEFORE = [image("a1", "t1"), video("b1", "t2", frames=6), image(None, "c1"), video("d1", "t4", frames=3)]
AFTER = [image("x1", "t5")]


def long_shards(suffix: str = "") -> list[str]:
    return [f"data/long-m-long-{number:05d}-of-00003.ndjson{suffix}" for number in range(3)]


def store(folder: Path, suffix: str = "") -> Path:
    """An export of six records: some split, some not, one in shards of its own, which lie between the others."""
    long_parts = split(LONG, [5, 13, 14, 30])
    paths = long_shards(suffix)
    shards = {
        f"data/assets-00000-of-00002.ndjson{suffix}": [
            *split(BEFORE[0]),
            *split(BEFORE[1], [2, 3], {4: [1, 2]}),
            *split(BEFORE[2]),
            *split(BEFORE[3], [1]),
        ],
        paths[0]: long_parts[:2],
        paths[1]: long_parts[2:4],
        paths[2]: long_parts[4:],
        f"data/assets-00001-of-00002.ndjson{suffix}": AFTER,
    }
    long_asset = LongAsset(
        asset_id="m-long",
        task_id="t-long",
        frames=40,
        parts=5,
        shards=paths,
        shard_pages=[(0, 12), (13, 29), (30, 39)],
    )
    store_export(ObjectStore(str(folder / "x")), shards, long_assets=[long_asset])
    return folder / "x"


WHOLE = [orjson.dumps(record) for record in (*BEFORE, LONG, *AFTER)]
LINES = b"".join(line + b"\n" for line in WHOLE)


@pytest.fixture(params=SUFFIXES)
def parts(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return store(tmp_path, request.param)


@pytest.fixture
def plain_parts(tmp_path: Path) -> Path:
    return store(tmp_path)


def test_the_export_of_these_tests_is_whole(parts: Path) -> None:
    assert verify_export(ObjectStore(str(parts))) == []


def test_records_come_out_whole_in_the_order_of_the_shards(parts: Path) -> None:
    finished = framehaul("join", parts)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout.encode() == LINES


def test_an_export_that_needed_no_parts_comes_out_as_it_is(export: Path) -> None:
    """Of the pipeline itself, compressed and not."""
    lines = [line for entry in manifest_of(export)["shards"] for line in shard_lines(export / entry["path"])]
    assert framehaul("join", export).stdout.encode() == b"".join(line + b"\n" for line in lines)


def test_json_is_one_array_of_the_same_records(parts: Path, tmp_path: Path) -> None:
    finished = framehaul("join", parts, "--format", "json")
    assert finished.returncode == 0
    assert finished.stdout.encode() == b"[\n" + b",\n".join(WHOLE) + b"\n]\n"
    assert json.loads(finished.stdout) == [*BEFORE, LONG, *AFTER]


def test_an_export_without_records_gives_nothing_or_an_empty_array(tmp_path: Path) -> None:
    store_export(ObjectStore(str(tmp_path / "x")), {"data/assets-00000-of-00001.ndjson": []})
    assert framehaul("join", tmp_path / "x").stdout == ""
    assert framehaul("join", tmp_path / "x", "--format", "json").stdout == "[]\n"


def test_a_file_is_written_instead_of_standard_output(plain_parts: Path, tmp_path: Path) -> None:
    finished = framehaul("join", plain_parts, "--out", "joined.ndjson", cwd=tmp_path)
    assert (finished.returncode, finished.stdout) == (0, "")
    assert (tmp_path / "joined.ndjson").read_bytes() == LINES
    assert sorted(path.name for path in tmp_path.iterdir()) == ["joined.ndjson", "x"]


def test_a_file_that_is_there_is_replaced_only_by_a_whole_one(plain_parts: Path, tmp_path: Path) -> None:
    out = tmp_path / "joined.ndjson"
    out.write_text("older")
    (plain_parts / long_shards()[2]).unlink()
    assert framehaul("join", plain_parts, "--out", out).returncode == 1
    assert out.read_text() == "older"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["joined.ndjson", "x"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "csv"],
        ["--out", "s3://bucket/joined.ndjson"],
        ["--out", "."],
        ["--out", "/dev/null"],
        ["--out", "no-folder/joined.ndjson"],
        ["--nonsense"],
    ],
    ids=" ".join,
)
def test_impossible_options_exit_with_2_and_write_nothing(
    plain_parts: Path, tmp_path: Path, arguments: list[str]
) -> None:
    before = sorted(tmp_path.rglob("*"))
    finished = framehaul("join", plain_parts, *arguments, cwd=tmp_path)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert "Traceback" not in finished.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    records = [image(f"a{number:05d}", "t", tools=100) for number in range(300)]
    store_export(ObjectStore(str(tmp_path / "x")), {"data/assets-00000-of-00001.ndjson": records})
    joining = subprocess.Popen(
        [COMMAND, "join", tmp_path / "x"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert joining.stdout is not None
    assert joining.stdout.readline() == orjson.dumps(records[0]) + b"\n"
    joining.stdout.close()
    assert joining.wait(timeout=60) == 0
    assert joining.stderr is not None
    assert joining.stderr.read() == b""
    joining.stderr.close()


def test_standard_output_that_takes_no_more_is_an_error(plain_parts: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        finished = subprocess.run(
            [COMMAND, "join", plain_parts], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert finished.returncode == 1
    assert finished.stderr == "error: could not write to standard output: No space left on device\n"


def assert_fails(export: Path, *messages: str) -> None:
    """On standard output and with a file: never half an output that looks whole."""
    finished = framehaul("join", export, "--format", "json")
    assert finished.returncode == 1
    assert not finished.stdout.endswith("]\n")
    for message in messages:
        assert message in finished.stderr
    assert finished.stderr.startswith("error: ")
    assert "Traceback" not in finished.stderr
    out = export.parent / "joined.json"
    assert framehaul("join", export, "--out", out).returncode == 1
    assert sorted(path.name for path in export.parent.iterdir()) == [export.name]


def test_a_missing_shard_is_named(parts: Path) -> None:
    path = manifest_of(parts)["shards"][2]["path"]
    (parts / path).unlink()
    assert_fails(parts, str(parts), f"{path} is missing")


def test_a_cut_shard_is_named(parts: Path) -> None:
    path = manifest_of(parts)["shards"][0]["path"]
    content = (parts / path).read_bytes()
    (parts / path).write_bytes(content[:-20])
    assert_fails(parts, f"{path} has {len(content) - 20} bytes, the manifest says {len(content)}")


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_shard_that_was_cut_before_the_manifest_was_written_is_named(tmp_path: Path, suffix: str) -> None:
    export = store(tmp_path, suffix)
    manifest = manifest_of(export)
    entry = manifest["shards"][0]
    content = (export / entry["path"]).read_bytes()[:-20]
    (export / entry["path"]).write_bytes(content)
    entry["bytes"] = len(content)
    (export / "manifest.json").write_bytes(orjson.dumps(manifest))
    assert_fails(export, f"{export}/{entry['path']} is damaged")


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_changed_byte_is_an_error_wherever_it_is(parts: Path, place: float) -> None:
    path = manifest_of(parts)["shards"][0]["path"]
    content = bytearray((parts / path).read_bytes())
    content[int(place * len(content))] ^= 1
    (parts / path).write_bytes(content)
    assert_fails(parts, path)


def test_a_changed_number_that_only_the_checksum_tells_is_an_error(plain_parts: Path) -> None:
    path = plain_parts / "data/assets-00000-of-00002.ndjson"
    path.write_bytes(path.read_bytes().replace(b'"x":1.5', b'"x":1.6', 1))
    assert_fails(plain_parts, "data/assets-00000-of-00002.ndjson: sha256 is ")


Change = Callable[[list[Json]], object]

# What is done to the parts of a record, and what is said; the record is the second of three.
WRONG_PARTS: dict[str, tuple[Change, str]] = {
    "first missing": (lambda parts: parts.pop(0), "line 2: is part 1 of 4, where part 0 of 4 was to come"),
    "one missing": (lambda parts: parts.pop(1), "line 3: is part 2 of 4, where part 1 of 4 was to come"),
    "last missing": (lambda parts: parts.pop(), "line 5: is part 0 of 1, where part 3 of 4 was to come"),
    "one twice": (lambda parts: parts.insert(1, parts[0]), "line 3: is part 0 of 4, where part 1 of 4"),
    "other order": (lambda parts: parts.reverse(), "line 2: is part 3 of 4, where part 0 of 4 was to come"),
    "frames missing": (
        lambda parts: parts[2]["part"].update(firstPage=5),
        "line 4: begins with frame 5, where frame 4 was to come",
    ),
    "frames twice": (
        lambda parts: parts[2]["part"].update(firstPage=3),
        "line 4: begins with frame 3, where frame 4 was to come",
    ),
    "no frame 0": (
        lambda parts: parts[0]["part"].update(firstPage=1),
        "line 2: begins with frame 1, where frame 0 was to come",
    ),
    "of another task": (lambda parts: parts[1]["task"].update(taskId="u"), "line 3: differs from the part"),
    "other entries": (lambda parts: parts[1]["task"]["stageHistory"].pop(), "line 3: differs from the part"),
    "no part": (lambda parts: parts[1].pop("part"), "line 3: is no record with `part` at its end"),
    "no list": (lambda parts: parts[1]["task"].update(tools=None), "line 3: is no record"),
}


@pytest.mark.parametrize("case", WRONG_PARTS)
def test_parts_that_are_no_record_are_named_by_object_and_line(tmp_path: Path, case: str) -> None:
    change, message = WRONG_PARTS[case]
    parts = copy.deepcopy(split(video("b", "t", frames=8), [2, 4, 6]))
    change(parts)
    path = "data/assets-00000-of-00001.ndjson"
    lines = [image("a", "t"), *parts, image("c", "t")]
    store_lines(tmp_path / "x", path, lines)
    assert_fails(tmp_path / "x", f"{tmp_path}/x/{path}, {message}")


def store_lines(export: Path, path: str, lines: list[Json]) -> None:
    """Lines that are no records too."""
    sound = [line if "part" in line else line | {"part": {"index": 0}} for line in lines]
    sound = [line if line["task"]["tools"] is not None else image("b", "t") for line in sound]
    entry = store_export(ObjectStore(str(export)), {path: sound}).shards[0]
    content = b"".join(orjson.dumps(line) + b"\n" for line in lines)
    (export / path).write_bytes(content)
    manifest = manifest_of(export)
    manifest["shards"][0] |= {"bytes": len(content), "uncompressedBytes": len(content)}
    (export / "manifest.json").write_bytes(orjson.dumps(manifest))
    assert entry.records == len(lines)


def test_parts_missing_at_the_end_of_a_shard_are_named(tmp_path: Path) -> None:
    path = "data/assets-00000-of-00001.ndjson"
    parts = split(video("b", "t", frames=8), [2, 4, 6])
    store_export(ObjectStore(str(tmp_path / "x")), {path: parts[:3]})
    assert_fails(tmp_path / "x", f"{path}, last line: is part 2 of 4, and the parts after it are missing")


def test_a_long_asset_whose_shards_the_manifest_does_not_describe_is_an_error(plain_parts: Path) -> None:
    manifest = manifest_of(plain_parts)
    gone = manifest["shards"].pop(2)
    (plain_parts / "manifest.json").write_bytes(orjson.dumps(manifest))
    assert_fails(plain_parts, gone["path"])


def test_a_long_asset_that_is_not_listed_is_no_reason_to_join_across_shards(plain_parts: Path) -> None:
    manifest = manifest_of(plain_parts)
    manifest["longAssets"] = []
    (plain_parts / "manifest.json").write_bytes(orjson.dumps(manifest))
    assert_fails(
        plain_parts, f"{long_shards()[0]}, last line: is part 1 of 5, and the parts after it are missing"
    )


def test_a_temporary_folder_that_fills_up_is_named(tmp_path: Path) -> None:
    export = store_big(tmp_path, parts=12)
    disk = tmp_path / "disk"
    disk.mkdir()
    environment = {**os.environ, "TMPDIR": str(disk)}
    finished = framehaul_on_small_disk(disk, "size=64k", "join", str(export), environment=environment)
    assert finished.returncode == 1
    assert f"could not write a temporary file in {disk} (TMPDIR says where): " in finished.stderr
    assert any(reason in finished.stderr for reason in NO_SPACE)
    assert finished.stdout == ""


def test_a_disk_that_fills_up_under_the_output_is_named(tmp_path: Path) -> None:
    records = [image("a", f"t{number}", tools=1000) for number in range(10)]
    store_export(ObjectStore(str(tmp_path / "x")), {"data/assets-00000-of-00001.ndjson": records})
    disk = tmp_path / "disk"
    disk.mkdir()
    out = str(disk / "joined.ndjson")
    finished = framehaul_on_small_disk(
        disk, "size=64k", "join", str(tmp_path / "x"), "--out", out, environment=os.environ
    )
    assert finished.returncode == 1
    assert finished.stderr.startswith(f"error: could not store {out}: ")
    assert any(reason in finished.stderr for reason in NO_SPACE)
    assert finished.stdout == "", "no unfinished file is left"


PEAK = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def store_big(folder: Path, parts: int, suffix: str = "") -> Path:
    """One record in parts of a megabyte."""
    record = video("a", "t", frames=2 * parts)
    shape = random.Random(1).randbytes(2500).hex()
    held = "".join(f"{number}: {shape}" for number in range(100))  # as rows of one large polygon are
    rows = [row(page) | {"text": f"{page}{held}"} for page in range(2 * parts)]
    record["task"]["tools"] = rows[: len(rows) // 2]
    record["task"]["stageHistory"][1]["tools"] = rows[len(rows) // 2 :]
    lines = split(record, range(0, 2 * parts, 2))
    export = folder / f"big-{parts}"
    store_export(ObjectStore(str(export)), {f"data/assets-00000-of-00001.ndjson{suffix}": lines})
    return export


def peak_of(export: Path, *arguments: object) -> float:
    """Largest memory of the command, in MB."""
    command = [sys.executable, "-c", PEAK, COMMAND, "join", export, *arguments]
    finished = subprocess.run([*map(str, command)], capture_output=True, text=True, check=True)
    return int(finished.stdout) / 1e3


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_record_ten_times_as_long_does_not_need_more_memory(tmp_path: Path, suffix: str) -> None:
    small, large = (peak_of(store_big(tmp_path, parts, suffix)) for parts in (15, 150))
    assert large < small + 15, f"{small:.0f} MB with 15 parts, {large:.0f} MB with 150"
    to_file = peak_of(tmp_path / "big-150", "--out", tmp_path / "joined.ndjson")
    assert to_file < small + 15
    assert (tmp_path / "joined.ndjson").stat().st_size > 150e6 / 2
