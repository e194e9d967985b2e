"""Which files a table has, named the way their pattern names them, and their bytes."""

from pathlib import Path

import fsspec  # the memory store is filled through it
import pytest

from framehaul.transforms.errors import ConfigError, SourceError
from framehaul.transforms.storage.listed_files import list_files
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.source_files import SourceFile, SourceReader

OPTIONS = StorageOptions()


@pytest.fixture(autouse=True)
def dump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with tables, which is also where the command runs."""
    for name, size in {
        "dump/tasks-1.ndjson": 1,
        "dump/tasks-2.ndjson": 2,
        "dump/older/tasks-0.ndjson": 3,
        "dump/tasks and more.ndjson": 4,
        ".hidden/tasks-9.ndjson": 9,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * size)
    (tmp_path / "dump/tasks-folder.ndjson").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def content(url: str) -> bytes:
    return b"".join(SourceReader(url, OPTIONS).pieces())


@pytest.mark.parametrize(
    ("pattern", "urls"),
    [
        ("dump/tasks-1.ndjson", ["dump/tasks-1.ndjson"]),
        ("dump/tasks-*.ndjson", ["dump/tasks-1.ndjson", "dump/tasks-2.ndjson"]),
        ("./dump/tasks-?.ndjson", ["dump/tasks-1.ndjson", "dump/tasks-2.ndjson"]),
        ("dump/tasks-[2-3].ndjson", ["dump/tasks-2.ndjson"]),
        ("dump/*/tasks-*.ndjson", ["dump/older/tasks-0.ndjson"]),
        ("dump/**/tasks-0.ndjson", ["dump/older/tasks-0.ndjson"]),
        ("dump/tasks and*", ["dump/tasks and more.ndjson"]),
        (".hidden/tasks-*.ndjson", [".hidden/tasks-9.ndjson"]),
    ],
)
def test_a_relative_pattern_gives_relative_urls_that_can_be_read(pattern: str, urls: list[str]) -> None:
    files = list_files([pattern], OPTIONS)
    assert [file.url for file in files] == urls
    assert [file.size for file in files] == [len(content(file.url)) for file in files]


def test_a_pattern_may_begin_above_the_folder(dump: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(dump / "dump/older")
    assert [file.url for file in list_files(["../tasks-?.ndjson"], OPTIONS)] == [
        "../tasks-1.ndjson",
        "../tasks-2.ndjson",
    ]


@pytest.mark.parametrize("prefix", ["", "file://"])
@pytest.mark.parametrize("name", ["tasks-1.ndjson", "tasks-1*"])
def test_absolute_paths_and_file_urls_stay_what_they_are(dump: Path, prefix: str, name: str) -> None:
    assert list_files([f"{prefix}{dump}/dump/{name}"], OPTIONS) == [
        SourceFile(f"{prefix}{dump}/dump/tasks-1.ndjson", 1)
    ]


def test_files_come_in_the_order_of_their_urls_whatever_the_order_of_the_patterns() -> None:
    files = list_files(["dump/tasks-2.ndjson", "dump/older/*", "dump/tasks-1.ndjson"], OPTIONS)
    assert [file.size for file in files] == [3, 1, 2]


def test_a_file_that_two_patterns_match_is_read_once() -> None:
    files = list_files(["dump/tasks-?.ndjson", "dump/tasks-1.ndjson", "dump/*-1.ndjson"], OPTIONS)
    assert [file.url for file in files] == ["dump/tasks-1.ndjson", "dump/tasks-2.ndjson"]


@pytest.mark.parametrize(
    "other", ["./dump/tasks-1.ndjson", "{dump}/dump/tasks-1.ndjson", "file://{dump}/dump/*1*"]
)
def test_a_file_that_two_spellings_match_is_read_once(dump: Path, other: str) -> None:
    # or else stage history without _id stands in a record twice
    assert len(list_files(["dump/tasks-1.ndjson", other.format(dump=dump)], OPTIONS)) == 1


@pytest.mark.parametrize(
    "pattern",
    ["dump/none-*.ndjson", "dump/none.ndjson", "none/*", "dump/tasks-folder.*", "memory://none"],
)
def test_a_pattern_without_files_is_an_error_that_names_it(pattern: str) -> None:
    with pytest.raises(SourceError) as caught:
        list_files(["dump/tasks-1.ndjson", pattern], OPTIONS)
    assert str(caught.value) == (
        f"{pattern} matches no file; check the path, or leave the table out of `source:`"
    )


@pytest.mark.parametrize(
    ("pattern", "urls"),
    [
        (
            "dump",
            [
                "dump/older/tasks-0.ndjson",
                "dump/tasks and more.ndjson",
                "dump/tasks-1.ndjson",
                "dump/tasks-2.ndjson",
            ],
        ),
        ("dump/older/", ["dump/older/tasks-0.ndjson"]),
        ("spark.parquet", ["spark.parquet/part-0.parquet", "spark.parquet/x=1/part-1.parquet"]),
        ("spark.parquet/*", ["spark.parquet/part-0.parquet"]),
        ("spark.parq*", ["spark.parquet/part-0.parquet", "spark.parquet/x=1/part-1.parquet"]),
        ("spark.parquet/_*", ["spark.parquet/_SUCCESS"]),
        ("spark.parquet/.part-0.parquet.crc", ["spark.parquet/.part-0.parquet.crc"]),
        (".hidden", [".hidden/tasks-9.ndjson"]),
    ],
)
def test_a_folder_is_all_files_below_it_without_the_hidden_ones(pattern: str, urls: list[str]) -> None:
    for name in (
        "part-0.parquet",
        ".part-0.parquet.crc",
        "_SUCCESS",
        "x=1/part-1.parquet",
        "_tmp/part-2.parquet",
    ):
        Path("spark.parquet", name).parent.mkdir(parents=True, exist_ok=True)
        Path("spark.parquet", name).write_bytes(b"x")
    assert [file.url for file in list_files([pattern], OPTIONS)] == urls


@pytest.mark.parametrize("name", ["tasks [v2] #1.ndjson", "t\u00e4sks 100% + ?x.ndjson", "ta*ks.ndjson"])
@pytest.mark.parametrize("prefix", ["dump/", "file://{dump}/dump/", "memory://odd/"])
def test_a_file_of_exactly_that_name_comes_before_a_pattern(dump: Path, prefix: str, name: str) -> None:
    (dump / "dump" / name).write_bytes(b"odd")
    fsspec.filesystem("memory").pipe_file(f"/odd/{name}", b"odd")
    url = prefix.format(dump=dump) + name
    (file,) = list_files([url], OPTIONS)
    assert (file.url, content(file.url)) == (url, b"odd")
    assert b"odd" in {content(file.url) for file in list_files([prefix.format(dump=dump) + "*"], OPTIONS)}


def test_a_bracket_that_matches_nothing_is_told_how_it_is_written() -> None:
    with pytest.raises(SourceError, match=r"\[\[\]"):
        list_files(["dump/tasks[v2].ndjson"], OPTIONS)


def test_an_environment_variable_that_is_not_set_is_told_before_anything_is_read() -> None:
    options = StorageOptions({"memory": {"token": {"env": "FRAMEHAUL_NOT_SET"}}})
    with pytest.raises(ConfigError, match="FRAMEHAUL_NOT_SET"):
        list_files(["memory://tasks/*"], options)


def test_other_stores_are_listed_with_their_scheme() -> None:
    filesystem = fsspec.filesystem("memory")
    for name in ("tasks-1.ndjson", "tasks-2.ndjson"):
        filesystem.pipe_file(f"/listed/{name}", b"{}\n")
    first, second = list_files(["memory://listed/tasks-*"], OPTIONS)
    assert first.url.startswith("memory://")
    assert (first.size, second.size) == (3, 3)
    assert content(first.url) == content("memory://listed/tasks-1.ndjson") == b"{}\n"


def test_bytes_are_read_by_range_and_in_order() -> None:
    Path("numbers.ndjson").write_bytes(bytes(range(256)) * 2000)
    reader = SourceReader("numbers.ndjson", OPTIONS)
    assert reader.fetch(5, 9) == bytes([5, 6, 7, 8])
    assert b"".join(reader.pieces()) == bytes(range(256)) * 2000
    with reader.open() as stream:
        stream.seek(256)
        assert stream.read(2) == bytes([0, 1])


def test_a_file_that_became_shorter_is_an_error_that_says_where_it_ends() -> None:
    with pytest.raises(SourceError, match=r"dump/tasks-2\.ndjson ended at byte 2, .* do not change input"):
        SourceReader("dump/tasks-2.ndjson", OPTIONS).fetch(0, 10)


def test_a_file_that_is_gone_is_named_by_every_way_to_read_it() -> None:
    reader = SourceReader("dump/gone.ndjson", OPTIONS)
    for read in (lambda: reader.fetch(0, 1), lambda: list(reader.pieces()), reader.open):
        with pytest.raises(SourceError, match=r"dump/gone\.ndjson cannot be read"):
            read()
