"""Old exports of a schedule go when a new one is there."""

from datetime import timedelta
from pathlib import Path

import orjson

from end_to_end.published import copied, one_export
from framehaul.pipelines.config.schedule_settings import KeepSection
from framehaul.pipelines.schedule.scheduled_retention import drop_old
from framehaul.transforms.storage.object_store import ObjectStore


def test_only_exports_of_the_schedule_are_counted_and_deleted(tmp_path: Path) -> None:
    export = one_export(tmp_path)
    output = tmp_path / "exports"
    times = [f"202611{night:02d}T020000Z" for night in range(1, 6)]
    names = [f"nightly-{time}" for time in times]
    names += [f"nightly-t00000{n}-p1-{time}" for n, time in enumerate(times[:3])]
    names += [f"nightly-video-{times[0]}", f"nightly-video-{times[1]}", "nightly-by-hand"]
    for name in names:
        day = name[-10:-8] if name.endswith("Z") else "01"
        project = "p1" if "-p1-" in name else None
        copied(
            export,
            output / name,
            f"2026-11-{day}T02:00:00.000Z",
            f"2026-11-{day}T02:10:00.000Z",
            project=project,
        )
    newest = {"exportId": names[4], "manifest": f"{names[4]}/manifest.json"}
    (output / "latest.json").write_bytes(orjson.dumps(newest))
    going = drop_old(ObjectStore(str(output)), "nightly", KeepSection(last=2))
    assert sorted(going) == sorted([*names[:3], names[5]])
    assert {path.name for path in output.iterdir() if path.is_dir()} == {"x", *names} - set(going)
    assert (
        drop_old(ObjectStore(str(output)), "nightly", KeepSection(last=1, within=timedelta(days=36_000)))
        == []
    )


def test_nights_that_do_not_count_as_good_push_no_good_one_out(tmp_path: Path) -> None:
    export = one_export(tmp_path)
    output = tmp_path / "exports"
    for night in range(1, 7):
        time = f"2026-11-{night:02d}T02:00:00.000Z"
        name = f"nightly-202611{night:02d}T020000Z"
        copied(export, output / name, time, time, dead_letters=int(night > 2))
    (output / "latest.json").unlink()
    going = drop_old(ObjectStore(str(output)), "nightly", KeepSection(last=2))
    assert going == ["nightly-20261103T020000Z", "nightly-20261104T020000Z"]
