"""The section ``metrics``: places for the figures of a run besides its manifest."""

from typing import Annotated

from pydantic import AfterValidator, Field

from framehaul.pipelines.config.setting_values import Section
from framehaul.transforms.storage.redaction import carries_secret


def _check_plain_http(url: str) -> str:
    if carries_secret(url):
        raise ValueError("a URL holds no credentials; a push gateway stands in a network of its own")
    if not url.startswith(("http://", "https://")):
        raise ValueError("begins with http:// or https://")
    return url


def _check_prom_file(path: str) -> str:
    if not path.endswith(".prom"):
        raise ValueError("ends in .prom, which is what the node exporter's textfile collector looks for")
    return path


class MetricsSection(Section):
    """Places to which the figures go when a run has ended."""

    textfile: Annotated[str, AfterValidator(_check_prom_file)] | None = Field(
        None, description="file for the textfile collector of Prometheus"
    )
    pushgateway: Annotated[str, AfterValidator(_check_plain_http)] | None = Field(
        None, description="URL of a push gateway of Prometheus"
    )
    opentelemetry: bool = Field(
        False, description="a trace of each run; where to is said by OTEL_EXPORTER_OTLP_ENDPOINT"
    )
