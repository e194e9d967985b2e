"""Figures as Prometheus gets them, in a file or in a push."""

from prometheus_client.parser import text_string_to_metric_families


def gauges(text: str, export: str = "nightly") -> dict[str, float]:
    """Samples of one config, by name and labels other than its own, which all have."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            assert sample.labels["export"] == export
            labels = "/".join(value for name, value in sample.labels.items() if name != "export")
            found[f"{sample.name} {labels}".strip()] = sample.value
    return found
