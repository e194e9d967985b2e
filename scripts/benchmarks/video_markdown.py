"""The results of videos as Markdown, for scripts/README.md."""

from collections.abc import Iterator, Sequence

from benchmarks.video import CHECKED, VideoCost
from benchmarks.video_contestants import EVERY_FRAME, KEY_FRAMES

_CVAT_S = 0.04e-3
_NOTES = f"""\
Rows are those of tools and classifications in the written answers. Times are medians of the rounds, in which \
all took turns; every run is a fresh process, its start included. Memory is that of the largest single process \
(the kernel's maximum of its resident set), shared pages included. The last column is wall time over that of \
Framehaul with every frame of the same video: above 1 is slower.

Framehaul's rows are those of the plain loop, row for row (checked before the run on a video of {CHECKED}). \
The plain loop writes one line per video, however long, and nothing else. Label Studio's SDK gets the tools as \
boxes, no classifications, in its own format; its input and output are one JSON document. CVAT was not run: \
its row is 0.04 ms, which its published interpolation of an outline of four points takes for a frame, times \
the rows of Framehaul."""


def video_table(costs: Sequence[VideoCost]) -> str:
    """One row for each video and contestant."""
    lines = [
        "| video | who | rows | wall time, s | CPU time, s | rows/s | largest process, MB | ratio |",
        "|---|---|---|---|---|---|---|---|",
        *_rows(costs),
        "",
        _NOTES,
    ]
    return "\n".join(lines)


def _rows(costs: Sequence[VideoCost]) -> Iterator[str]:
    ours = {cost.size: cost for cost in costs if cost.contestant is EVERY_FRAME}
    for cost in costs:
        full = ours[cost.size]
        if cost.contestant is EVERY_FRAME:
            yield _row(cost, "1")
        elif cost.contestant is KEY_FRAMES:
            yield _row(
                cost,
                f"{cost.times.wall_s / full.times.wall_s:.2f}, "
                f"{full.times.wall_s / cost.times.wall_s:.1f} times as fast",
            )
        else:
            yield _row(cost, f"**{cost.times.wall_s / full.times.wall_s:.2f}**")
    for size, full in ours.items():
        seconds = full.rows * _CVAT_S
        ratio = seconds / full.times.wall_s
        yield f"| {size} | CVAT's algorithm, not run | {full.rows:,} | | {seconds:.0f} | | | {ratio:.1f} |"


def _row(cost: VideoCost, ratio: str) -> str:
    times = cost.times
    return (
        f"| {cost.size} | {cost.contestant.name} | {cost.rows:,} | {times.wall_s:.2f} | {times.cpu_s:.2f} "
        f"| {cost.rows / times.wall_s:,.0f} | {times.largest_rss / 1e6:.0f} | {ratio} |"
    )
