"""Arguments that several commands share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framehaul.transforms.errors import ConfigError

if TYPE_CHECKING:
    from framehaul.transforms.storage.object_store import ObjectStore

ConfigPath = Annotated[Path, typer.Argument(help="YAML file of the export.", show_default=False)]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override one setting; repeatable.")
]
AngoOptions = Annotated[
    str | None,
    typer.Option(
        "--from-ango-options",
        metavar="QUERY",
        help="Query string of Ango Hub's export API; stronger than CONFIG, weaker than --set.",
    ),
]
ExportUrl = Annotated[str, typer.Argument(help="Folder of one export, on any store.", show_default=False)]
StoreConfig = Annotated[
    Path | None, typer.Option("--config", help="Config whose `storage:` says how to reach the store.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def store_of(url: str, config: Path | None) -> "ObjectStore":
    """The folder of an export; without a config the environment says how to reach it."""
    from framehaul.pipelines.config.config_file import load_config  # noqa: PLC0415
    from framehaul.pipelines.config.stores import storage_options  # noqa: PLC0415
    from framehaul.transforms.storage.object_names import control_characters  # noqa: PLC0415
    from framehaul.transforms.storage.object_store import ObjectStore  # noqa: PLC0415
    from framehaul.transforms.storage.options import StorageOptions  # noqa: PLC0415
    from framehaul.transforms.storage.redaction import carries_secret, redact  # noqa: PLC0415

    if carries_secret(url):
        raise ConfigError(f"{redact(url)} holds credentials: give them in --config, or in the environment")
    if acting := control_characters(url):
        raise ConfigError(f"a URL holds no control characters; this one has {acting}")
    options = storage_options(load_config(config)) if config else StorageOptions()
    return ObjectStore(url.rstrip("/"), options)
