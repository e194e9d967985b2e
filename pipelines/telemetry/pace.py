"""Pace of a run: is it slow, compared with earlier runs of the same export?

Two runs are of the same export if they selected the same (section ``export`` of the
config) from the same tables. A run is slow if it took more than twice the median of
the newest ten, and also read its input at less than half of their median rate: so a
run is not called slow because its input has grown, or because the input is so small
that the start takes most of the time. With less than three earlier runs, or a
difference of less than ten seconds, no run is called slow.
"""

import statistics
from collections.abc import Iterator

from framehaul.transforms.errors import ExportError
from framehaul.transforms.exports.export_reader import open_if_finished
from framehaul.transforms.exports.latest import LATEST_FOLDER
from framehaul.transforms.exports.manifest import MANIFEST_NAME, Manifest
from framehaul.transforms.storage.folders import folders_in
from framehaul.transforms.storage.object_store import ObjectStore

FACTOR = 2.0
_LEAST_RUNS = 3
_MOST_RUNS = 10
_MOST_READ = 15  # manifests, some of which are of other exports
_MOST_BYTES = 64 << 20  # of them; that of an export of 10 TB is about so large by itself
_LEAST_SECONDS = 10.0
_SAME = ("export", "source")


def slowness(manifest: Manifest, output: ObjectStore) -> str | None:
    """Warn of a slow run; ``None`` if it is not slow, or if the history cannot be read."""
    try:
        earlier = [each for each in _earlier_runs(manifest, output) if each.metrics]
    except ExportError:
        return None
    if not manifest.metrics or len(earlier) < _LEAST_RUNS:
        return None
    seconds = manifest.metrics.seconds
    usual = statistics.median(each.metrics.seconds for each in earlier if each.metrics)
    rate = statistics.median(each.metrics.bytes_read_per_second for each in earlier if each.metrics)
    is_slow = seconds > FACTOR * usual and manifest.metrics.bytes_read_per_second * FACTOR < rate
    if not is_slow or seconds - usual < _LEAST_SECONDS:
        return None
    return (
        f"slower than usual: {seconds:,.0f} s, {seconds / max(usual, 0.001):.1f} times the {usual:,.0f} s that "
        f"the {len(earlier)} runs before took (median); {manifest.metrics.bytes_read_per_second / 1e6:,.1f} MB/s "
        f"instead of {rate / 1e6:,.1f}"
    )


def _earlier_runs(manifest: Manifest, output: ObjectStore) -> Iterator[Manifest]:
    """The newest runs that are the same, by the time in their names."""
    others = {LATEST_FOLDER, manifest.export_id}
    names = [name for name in folders_in(output) if not name.startswith(".") and name not in others]
    found = bytes_read = 0
    for name in sorted(names, key=lambda name: name.rpartition("-")[2], reverse=True)[:_MOST_READ]:
        folder = ObjectStore(output.url_of(name), output.options)
        bytes_read += folder.size(MANIFEST_NAME) or 0
        if bytes_read > _MOST_BYTES:
            return
        other = _manifest_in(folder)
        if other is None or other.started_at >= manifest.started_at:
            continue
        if all(other.config.get(key) == manifest.config.get(key) for key in _SAME):
            yield other
            found += 1
            if found == _MOST_RUNS:
                return


def _manifest_in(folder: ObjectStore) -> Manifest | None:
    """Read the manifest in a folder; ``None`` where there is none, or it cannot be read."""
    try:
        export = open_if_finished(folder)
    except ExportError:
        return None
    return None if export is None else export.manifest
