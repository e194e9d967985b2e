"""Framehaul as a library: the names that ``import framehaul`` offers to other programs.

Reading never imports Beam; only ``run`` does. ``framehaul.__all__`` lists the names that are promised.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.config_file import check_config, check_place, load_config
from framehaul.pipelines.config.stores import output_store
from framehaul.pipelines.exports.frames import WantedFrames, frames_of
from framehaul.pipelines.exports.verify import problems_of
from framehaul.pipelines.own_process import run_in_own_process
from framehaul.transforms.errors import ConfigError, LimitError
from framehaul.transforms.exports.export_reader import StoredExport, open_export
from framehaul.transforms.exports.manifest import Manifest
from framehaul.transforms.exports.verdict import fault_of
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.options import StorageOptions, scheme_of

Record = dict[str, Any]


@dataclass(frozen=True)
class Verification:
    """Outcome of ``Export.verify``.

    Attributes:
        problems: everything that is wrong with the export, a sentence each; empty if it is whole.
    """

    problems: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """True if every object is what the manifest says."""
        return not self.problems


class Export:
    """A finished export; ``framehaul.open`` and ``framehaul.run`` make it.

    The manifest is read once. Everything else is read when it is asked for, and compared with the manifest on the
    way, so an object that was changed or cut off is an error and never a wrong record.
    """

    def __init__(self, stored: StoredExport) -> None:
        self._stored = stored

    @property
    def url(self) -> str:
        """Folder of the export."""
        return self._stored.store.base_url

    @property
    def manifest(self) -> Manifest:
        """Manifest of the export: the keys of ``manifest.json`` as attributes in snake_case (``bytes`` is ``size_bytes``)."""
        return self._stored.manifest

    def records(self) -> Iterator[Record]:
        """Every record in one piece, whatever the form of the export, as a dict of its JSON and without ``part``.

        Records come in the order of the shards while these are read, so an error may come after some of them.
        Memory holds one record: a long video may have gigabytes of rows, of which ``frames`` reads some.

        Raises:
            SourceError, StorageError: an object is missing or damaged, or a record not whole.
        """
        for pieces in self._stored.joined():
            record: Record = msgspec.json.decode(b"".join(pieces))
            if not self._stored.form.is_single:
                del record["part"]
            yield record

    def frames(self, asset: str, first: int, last: int) -> list[Record]:
        """Some frames of a video: its record with the rows of these frames, one record for each task of the asset.

        Only the shards that may hold them are read. Rows without a frame (relations, answers about the whole video)
        are in every record; ``part`` tells which frames are in it, fewer than asked for if the video ends before.

        Args:
            asset: id of the asset, or of its task where it has none.
            first, last: frames, counted from 0, both inclusive.

        Raises:
            ConfigError: that is no range of frames.
            SourceError, StorageError: there is no such asset, it is no video, it ends before the first frame, an
                object is missing or damaged, or the export is no ``ndjson-split`` of generation v3.
        """
        if not 0 <= first <= last:
            raise ConfigError(
                f"first is {first} and last is {last}; both are frames, counted from 0, and last is not before first"
            )
        found = frames_of(self._stored, WantedFrames(asset, first, last))
        return [msgspec.json.decode(b"".join(task.line())) for task in found]

    def verify(self) -> Verification:
        """Read every object again and compare it with the manifest, in bounded memory.

        Raises:
            StorageError: the store does not answer.
        """
        return Verification(tuple(problems_of(self._stored)))

    def __repr__(self) -> str:
        return f"<framehaul.Export {self.manifest.export_id} at {self.url}>"


def open(url: str | os.PathLike[str], storage: Mapping[str, Mapping[str, Any]] | None = None) -> Export:
    """Open a finished export.

    Args:
        url: its folder, on any store.
        storage: how to reach that, as ``storage`` of a config: by scheme, options of its fsspec filesystem, secrets
            as ``{"env": NAME}``. Without it the environment says so, as it does for the stores' own tools.

    Raises:
        ConfigError: the URL or an option cannot be.
        StorageError: there is no finished export, its manifest cannot be read, or it is of a later version.
    """
    place = check_place(os.fspath(url), storage or {})
    return Export(open_export(ObjectStore(place.url.rstrip("/"), StorageOptions(place.storage))))


def run(config: str | os.PathLike[str] | Mapping[str, Any] | ExportConfig) -> Export:
    """Run an export to its end, and open it.

    It does what ``framehaul run`` does, notifications and figures included, in a process of its own: so it may be
    called from any thread, prints nothing, and leaves this process as it is. What the command would show goes to the
    logger ``framehaul``, line by line. The run ends when this process does, and when the call is interrupted.

    Args:
        config: path of a YAML file, or its content as a dict. Paths in it are relative to the current folder.

    Raises:
        ConfigError: the config is wrong; it names every problem. Nothing has run.
        LimitError: the export is there, but by ``limits`` of the config it does not count as good.
        ExportError: of its other kinds, whatever else went wrong; nothing is published.
    """
    settings, name = _settings_of(config)
    _refuse_memory(settings)
    output = output_store(settings)
    url = output.url_of(run_in_own_process(settings, name))
    export = Export(open_export(ObjectStore(url, output.options)))
    if (fault := fault_of(export.manifest)) is not None:
        raise LimitError(fault, url)
    return export


def _refuse_memory(config: ExportConfig) -> None:
    urls = [config.output.url, *(url for _, table in config.source for url in table)]
    if found := [url for url in urls if scheme_of(url) == "memory"]:
        raise ConfigError(
            f"{found[0]} is in the memory of this process, and the run is in one of its own; name a folder or a store"
        )


def _settings_of(
    config: str | os.PathLike[str] | Mapping[str, Any] | ExportConfig,
) -> tuple[ExportConfig, str]:
    """Load and check a config; returns it and its name. Raises ``ConfigError``."""
    if isinstance(config, str | os.PathLike):
        path = Path(config)
        return load_config(path), path.stem
    if isinstance(config, Mapping):
        return check_config(config, "the config"), "export"
    return config, "export"
