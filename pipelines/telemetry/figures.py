"""Figures of a run for Prometheus: a file for its textfile collector, or a push to its gateway.

Both hold the newest run of a config, so an alarm can ask how old it is, and whether it failed.
"""

import time
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, pushadd_to_gateway, write_to_textfile

from framehaul.pipelines.config.metrics_settings import MetricsSection
from framehaul.transforms.exports.manifest import Manifest

_PUSH_TIMEOUT_S = 10


def publish_figures(section: MetricsSection, export: str, manifest: Manifest | None) -> list[str]:
    """Publish the figures of a run; returns what went wrong, which never fails the run.

    Args:
        export: name of the config, by which runs of several configs are told apart.
        manifest: ``None`` for a run that failed.
    """
    problems = []
    if section.textfile is not None:
        try:
            Path(section.textfile).parent.mkdir(parents=True, exist_ok=True)
            write_to_textfile(section.textfile, registry_of(export, manifest))
        except OSError as error:
            problems.append(f"the figures could not be written to {section.textfile}: {error}")
    if section.pushgateway is not None:
        try:
            registry = registry_of(export, manifest)
            pushadd_to_gateway(
                section.pushgateway,
                job="framehaul",
                registry=registry,
                grouping_key={"export": export},
                timeout=_PUSH_TIMEOUT_S,
            )
        except OSError as error:
            problems.append(f"the figures could not be pushed to {section.pushgateway}: {error}")
    return problems


def registry_of(export: str, manifest: Manifest | None) -> CollectorRegistry:
    """Collect the figures of one run; of a failed run only that it failed, and when."""
    figures = _Figures(export)
    figures.put("run_failed", "1 if the newest run failed, else 0", int(manifest is None))
    figures.put("run_finished_timestamp_seconds", "when the newest run ended, well or not", time.time())
    if manifest is None:
        return figures.registry
    figures.put("success_timestamp_seconds", "when the newest export was finished", time.time())
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
            labelnames = ["export", *labels]
            self._gauges[name] = Gauge(f"framehaul_{name}", meaning, labelnames, registry=self.registry)
        self._gauges[name].labels(self._export, *labels.values()).set(value)
