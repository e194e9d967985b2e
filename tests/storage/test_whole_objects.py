"""Objects that are put together from many pieces, and many objects at a time, on every store."""

import hashlib
import re
from pathlib import Path

import pytest

from end_to_end.exports import export_here, settings, shard_hashes, tables_in
from framehaul.pipelines.config.config_file import check_config
from framehaul.pipelines.exports.verify import verify_export
from framehaul.pipelines.run import run
from framehaul.pipelines.sample.sample_tables import write_sample
from framehaul.transforms.exchange.sections import PACKED, SectionFiles
from framehaul.transforms.exports.manifest import MANIFEST_NAME, parse_manifest
from framehaul.transforms.shards.object_pieces import piece_of_lines
from framehaul.transforms.shards.single_object import records_for, write_object
from storage.stores import Store

LINES = 90
LINE = b'{"a":"%b"}' % (
    b"0123456789abcdef" * (1 << 16)
)  # 1 MiB: all are more than any store gets in one request


def test_an_object_of_many_pieces_is_sent_in_parts_and_is_whole(store: Store) -> None:
    """Pieces wait on the store itself, as they do where workers share no disk."""
    folder = store.objects(f"{store.new_bucket()}/exports/x")
    files = SectionFiles(None, folder, (PACKED,))
    pieces = [
        piece_of_lines(files, ("", "", number), [LINE] * 30, ("a", "a"), b",\n")
        for number in range(LINES // 30)
    ]
    entry = write_object(folder, "data/assets.json", records_for("json", pieces[::-1], files), "none")
    expected = hashlib.sha256(b"[\n" + b",\n".join([LINE] * LINES) + b"\n]\n").hexdigest()
    found = hashlib.sha256()
    for chunk in folder.pieces("data/assets.json"):
        found.update(chunk)
    assert (found.hexdigest(), entry.sha256, entry.records) == (expected, expected, LINES)
    stored = folder.look_up("data/assets.json")
    assert stored is not None
    assert stored.size == entry.size_bytes == LINES * (len(LINE) + 2) + 3
    if stored.md5 is not None:
        assert stored.md5 == entry.md5


# An object for each asset, one of which is put together from pieces, and the zip, which always is.
OUTPUT = {
    "split_by": "asset",
    "compression": "gzip",
    "zip": True,
    "shard_bytes": "30kB",
    "max_line_bytes": "8kB",
}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    write_sample(folder, tasks=15, videos=1, frames=80, objects=2, seed=4)
    return folder


@pytest.fixture(scope="module")
def local(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_here(settings(tables_in(tables), tmp_path_factory.mktemp("exports"), output=OUTPUT))


@pytest.mark.usefixtures("prompt_listings")
def test_an_export_of_assets_with_a_zip_is_what_it_is_on_a_disk(
    store: Store, tables: Path, local: Path
) -> None:
    url = f"{store.new_bucket()}/exports"
    folder = store.objects(f"{url}/x")
    run(check_config(settings(tables_in(tables), url, output=OUTPUT, storage=store.storage), "config"), "x")
    manifest = parse_manifest(folder.read(MANIFEST_NAME), url)
    assert {entry.path.removeprefix("data/"): entry.sha256 for entry in manifest.shards} == shard_hashes(
        local
    )
    assert verify_export(folder) == []
    others = [path for path in folder.paths("") if not path.startswith("data/")]
    (archive,) = (path for path in others if re.fullmatch(r"all-task-export-[-\d_]+_GMT\.zip", path))
    sums = ["manifest.json", "manifest.json.sha256"]
    assert sorted(others) == sorted(["README.md", archive, "croissant.json", *sums])
