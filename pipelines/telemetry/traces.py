"""One trace for each run: a span for the whole, and one for each of its phases.

The environment says where it is sent, as in every program that uses OpenTelemetry:
``OTEL_EXPORTER_OTLP_ENDPOINT``, ``OTEL_EXPORTER_OTLP_HEADERS``, ``OTEL_SERVICE_NAME`` and so on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from framehaul.transforms.errors import ConfigError, TakenError
from framehaul.transforms.exports.manifest import Manifest
from framehaul.transforms.exports.verdict import fault_of, verdict_of


@contextmanager
def trace_run(export: str, *, on: bool) -> Iterator[list[Manifest]]:
    """Send a trace of what happens until the context ends, which never fails the run; none of a run that is refused.

    Whoever runs the export puts its manifest into the list that it is given.

    Raises:
        ConfigError: the packages for it are missing.
    """
    finished: list[Manifest] = []
    if not on:
        yield finished
        return
    provider = _provider()
    from opentelemetry.trace import use_span  # noqa: PLC0415 - it is there, as all of the extra is

    tracer = provider.get_tracer("framehaul")
    span = tracer.start_span("framehaul.run", attributes={"framehaul.export": export})
    try:
        with use_span(span):  # which notes an error
            yield finished
            for manifest in finished:
                _describe(span, manifest)
                _add_phases(tracer, manifest)
    except TakenError:
        raise  # a span without an end is not sent: another run says what comes of the export
    except BaseException:
        span.end()
        raise
    span.end()
    provider.shutdown()


def _provider() -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: PLC0415
    except ImportError:
        raise ConfigError(
            "metrics.opentelemetry needs packages that are not installed: pip install 'framehaul[otel]'"
        ) from None
    named = Resource({SERVICE_NAME: "framehaul"}).merge(Resource.create())  # the environment wins
    provider = TracerProvider(resource=named)
    # A batching one has a thread, and workers are forked before there are threads.
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
    return provider


def _describe(span: Any, manifest: Manifest) -> None:
    from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415

    counts = {f"framehaul.{name}": number for name, number in manifest.counts.items() if number}
    span.set_attributes(
        {
            "framehaul.export_id": manifest.export_id,
            "framehaul.verdict": verdict_of(manifest).value,
            "framehaul.shards": len(manifest.shards),
            "framehaul.dead_letters": manifest.dead_letters.count,
            **counts,
        }
    )
    if (fault := fault_of(manifest)) is not None:
        span.set_status(Status(StatusCode.ERROR, fault))


def _add_phases(tracer: Any, manifest: Manifest) -> None:
    for name, phase in manifest.metrics.phases.items() if manifest.metrics else ():
        span = tracer.start_span(
            f"framehaul.{name}",
            start_time=_nanoseconds(phase.started_at),
            attributes={"framehaul.busy_seconds": phase.busy_seconds},
        )
        span.end(end_time=_nanoseconds(phase.finished_at))


def _nanoseconds(time: str) -> int:
    return round(datetime.fromisoformat(time).timestamp() * 1e9)
