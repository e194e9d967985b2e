"""Errors of engines, translated to words that tell a person what to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from framehaul.pipelines.engines.engine import Engine
from framehaul.pipelines.engines.worker_errors import own_error
from framehaul.pipelines.telemetry.progress import log
from framehaul.transforms.errors import WORKER_LOST, EngineError, ExportError
from framehaul.transforms.storage.redaction import redact

_NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")
_NO_ATTRIBUTE = re.compile(r"AttributeError: .*<module '(framehaul[\w.]*)'")
_NO_WORKER = re.compile(r"StartWorker|start_worker|Error starting worker|Failed to start|docker pull")
_LOST_WORKER = re.compile(r"Channel closed prematurely|SDK exited unexpectedly|lost contact with the service")
_GRPC_DETAILS = re.compile(r'details = "(.*)"')
_LONGEST = 600


@contextmanager
def translate_engine_errors(engine: Engine) -> Iterator[None]:
    """Turn whatever an engine raises into an ``ExportError``; it is the engine's failure, not a bug of this program.

    Raises:
        ExportError: one of ours, as a worker raised it, or ``EngineError``.
    """
    try:
        yield
    except ExportError:
        raise
    except Exception as error:
        said = redact(str(error))
        raise _translate(said, type(error).__name__, engine) from None


def _translate(said: str, kind: str, engine: Engine) -> ExportError:
    if (ours := own_error(said)) is not None:
        return ours
    if (module := _NO_MODULE.search(said)) is not None:
        return EngineError(f"the workers of {engine.name} {_missing_module_text(module[1])}")
    if (module := _NO_ATTRIBUTE.search(said)) is not None:
        return EngineError(f"the workers of {engine.name} {_other_version_text(module[1])}")
    if _LOST_WORKER.search(said):
        return EngineError(WORKER_LOST)
    if _NO_WORKER.search(said):
        where = engine.value_of("environment_config") or engine.value_of("environment_type")
        return EngineError(
            f"{engine.name} could not start a worker ({where}); see runner.options.environment_type and "
            f"environment_config. It says: {_last_line(said)}"
        )
    log("engine_failed", runner=engine.name, said=said)  # it may take more than one line to understand
    return EngineError(f"the job failed on {engine.name} ({kind}): {_last_line(said)}")


def _missing_module_text(module: str) -> str:
    own = version("framehaul")
    package, _, inner = module.partition(".")
    if package == "framehaul" and inner:
        return _other_version_text(module)
    missing = "Framehaul" if package == "framehaul" else f"the package {package}"
    return f"lack {missing}; install framehaul=={own} there, or use an image of scripts/build_worker_image"


def _other_version_text(module: str) -> str:
    return (
        f"run another version of Framehaul: theirs does not fit {module} of {version('framehaul')}, by which the run "
        "was started; install one version everywhere (scripts/build_worker_image builds an image of it)"
    )


def _last_line(said: str) -> str:
    if (details := _GRPC_DETAILS.findall(said)) and details[-1]:
        return str(details[-1])[:_LONGEST]
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1][:_LONGEST] if lines else "nothing"
