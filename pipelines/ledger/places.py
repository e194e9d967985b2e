"""Folders of a schedule, beside the exports, in which it keeps its claims and its progress."""

from pathlib import Path

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.schedule_settings import check_plain_name
from framehaul.pipelines.config.stores import output_store
from framehaul.pipelines.ledger.clock import Clock
from framehaul.pipelines.ledger.ledger import Ledger
from framehaul.transforms.errors import ConfigError
from framehaul.transforms.storage.object_store import ObjectStore

FOLDER = ".framehaul/schedules"


def schedule_name(path: Path, config: ExportConfig) -> str:
    """Name of a schedule, from its config or from the file of that: the same on every machine.

    Raises:
        ConfigError: the name of the file cannot stand in names of exports.
    """
    if config.schedule is not None and config.schedule.name is not None:
        return config.schedule.name
    try:
        return check_plain_name(path.stem)
    except ValueError as error:
        raise ConfigError(
            f"{path} cannot give its schedule a name: {error}; write schedule.name, or rename the file"
        ) from None


def ledger_of(config: ExportConfig, name: str, clock: Clock) -> Ledger:
    return Ledger(folder_of(config, name, "claims"), clock)


def folder_of(config: ExportConfig, name: str, what: str) -> ObjectStore:
    """Folder ``what`` of the schedule that is called ``name``."""
    output = output_store(config)
    return ObjectStore(output.url_of(f"{FOLDER}/{name}/{what}"), output.options)
