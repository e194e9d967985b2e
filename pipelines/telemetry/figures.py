"""Figures of a run for Prometheus: a file for its textfile collector, or a push to its gateway.

Both hold the newest run of a config, so an alarm can ask whether it failed, and how old the newest good export is.
A run tells the figures that it has; the others stay what they were, so that one that fails does not take the time of
the last success away. The gateway does that by itself, for each metric; for the file the old one is read.
"""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, pushadd_to_gateway, write_to_textfile
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from framehaul.pipelines.config.metrics_settings import MetricsSection
from framehaul.transforms.exports.manifest import Manifest
from framehaul.transforms.exports.verdict import verdict_of

_PUSH_TIMEOUT_S = 10
_EXPORT = "export"  # the label by which runs of several configs are told apart


def publish_figures(section: MetricsSection, export: str, manifest: Manifest | None) -> list[str]:
    """Publish the figures of a run; returns what went wrong, which never fails the run.

    Args:
        export: name of the config, by which runs of several configs are told apart.
        manifest: ``None`` for a run that failed.
    """
    problems = []
    registry = registry_of(export, manifest)
    if section.textfile is not None:
        path = Path(section.textfile)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_to_textfile(str(path), _Updated(_figures_in(path), registry.collect(), export))
        except OSError as error:
            problems.append(f"the figures could not be written to {section.textfile}: {error}")
    if section.pushgateway is not None:
        try:
            pushadd_to_gateway(
                section.pushgateway,
                job="framehaul",
                registry=registry,
                grouping_key={_EXPORT: export},
                timeout=_PUSH_TIMEOUT_S,
            )
        except OSError as error:
            problems.append(f"the figures could not be pushed to {section.pushgateway}: {error}")
    return problems


def _figures_in(path: Path) -> list[Metric]:
    """What an earlier run has written; what is no such file is as good as none."""
    try:
        return list(text_string_to_metric_families(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return []


class _Updated(Collector):
    """Earlier figures, those of one export replaced where there are new ones.

    Args:
        export: the value of the label ``export`` in all that is new.
    """

    def __init__(self, earlier: Iterable[Metric], new: Iterable[Metric], export: str) -> None:
        self._metrics = {metric.name: metric for metric in new}
        for metric in earlier:
            told = self._metrics.setdefault(metric.name, metric)
            if told is not metric:
                others = (sample for sample in metric.samples if sample.labels.get(_EXPORT) != export)
                told.samples.extend(others)

    def collect(self) -> Iterator[Metric]:
        yield from self._metrics.values()


def registry_of(export: str, manifest: Manifest | None) -> CollectorRegistry:
    """Collect the figures of one run; of a failed run only that it failed, and when."""
    figures = _Figures(export)
    is_good = manifest is not None and verdict_of(manifest).is_good
    figures.put(
        "run_failed", "0 if the newest run made an export that counts as good, else 1", int(not is_good)
    )
    figures.put("run_finished_timestamp_seconds", "when the newest run ended, well or not", time.time())
    if manifest is None:
        return figures.registry
    if is_good:
        figures.put("success_timestamp_seconds", "when the newest good export was finished", time.time())
    figures.put("dead_letters", "records set aside", manifest.dead_letters.count)
    figures.put("shards", "shards of the export", len(manifest.shards))
    for name, number in manifest.counts.items():
        figures.put("count", "the counts of the manifest", number, count=name)
    if metrics := manifest.metrics:
        figures.put("run_seconds", "from start to manifest", metrics.seconds)
        figures.put("peak_memory_bytes", "of the largest process", metrics.peak_memory_bytes)
        for name, number in metrics.counters.items():
            figures.put(name, "a counter of the workers", number)
        for phase, times in metrics.phases.items():
            figures.put("phase_seconds", "from its first worker to its last", times.seconds, phase=phase)
            figures.put("phase_busy_seconds", "of all workers together", times.busy_seconds, phase=phase)
    return figures.registry


class _Figures:
    """Gauges with the label ``export``, made when they are first used."""

    def __init__(self, export: str) -> None:
        self.registry = CollectorRegistry()
        self._export = export
        self._gauges: dict[str, Gauge] = {}

    def put(self, name: str, meaning: str, value: float, **labels: str) -> None:
        if name not in self._gauges:
            labelnames = [_EXPORT, *labels]
            self._gauges[name] = Gauge(f"framehaul_{name}", meaning, labelnames, registry=self.registry)
        self._gauges[name].labels(self._export, *labels.values()).set(value)
