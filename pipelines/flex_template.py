"""Program that a Flex Template of Dataflow launches: it makes a job from a config on a store.

Google's launcher runs it with the parameters of ``configs/flex_template.json`` and with flags of its own, and
takes the job from where ``--template_location`` says. It must not wait for the job.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import yaml

from framehaul.pipelines.cli import run_and_exit
from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.config_file import load_config
from framehaul.transforms.errors import ConfigError
from framehaul.transforms.storage.object_store import ObjectStore

_IMAGE_VARIABLE = "FRAMEHAUL_WORKER_IMAGE"  # scripts/build_worker_image sets it inside the image


def launch(arguments: Sequence[str]) -> None:
    """Write the description of the job.

    Raises:
        ExportError: as ``framehaul.pipelines.run.run`` does.
    """
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--config", required=True, help="URL of the config, a YAML file")
    parser.add_argument("--overrides", default="{}", help="YAML: {output.compression: zstd}")
    parser.add_argument("--export_id", help="name of the export and of its folder")
    ours, flags = parser.parse_known_args(arguments)
    config = _load_config(ours.config, ours.overrides)

    from framehaul.pipelines.engines.engine import engine_of  # noqa: PLC0415 - Beam takes seconds to import
    from framehaul.pipelines.run import start  # noqa: PLC0415
    from framehaul.pipelines.telemetry.log_redaction import redact_logs  # noqa: PLC0415
    from framehaul.pipelines.telemetry.progress import log, quiet_beam  # noqa: PLC0415

    quiet_beam()
    redact_logs(config.limits.redact)
    export = start(config, ours.export_id or None, engine_of(config.runner, _beam_flags(flags, config)))
    log("job_described", export=export.base_url)


def _load_config(url: str, overrides: str) -> ExportConfig:
    """Read the config. Raises ``ConfigError``, and ``StorageError`` where there is no such object."""
    folder, _, name = url.rpartition("/")
    replaced = yaml.safe_load(overrides)
    if not isinstance(replaced, dict):
        raise ConfigError(f"overrides is {overrides!r}; write a YAML mapping: {{output.compression: zstd}}")
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / name
        path.write_bytes(ObjectStore(folder).read(name))
        sets = ["runner.name=dataflow", *(f"{key}={json.dumps(value)}" for key, value in replaced.items())]
        return load_config(path, sets)


def _beam_flags(flags: Sequence[str], config: ExportConfig) -> list[str]:
    """Flags of the launcher for Beam, without those that the config gives."""
    kept = [flag for flag in flags if not flag.startswith("--runner=")]
    image = os.environ.get(_IMAGE_VARIABLE)
    named = any(flag.startswith("--sdk_container_image=") for flag in kept)
    if image and not named and "sdk_container_image" not in config.runner.options:
        kept.append(f"--sdk_container_image={image}")
    return kept


def main() -> None:
    """Launch, with the messages and exit codes of the command."""
    run_and_exit(lambda: launch(sys.argv[1:]))


if __name__ == "__main__":
    main()
