"""Listing of the source tables, compared with the files that have been seen already."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from framehaul.pipelines.config.config import ExportConfig
from framehaul.pipelines.config.source_tables import sources_of
from framehaul.pipelines.config.trigger_settings import TriggerSection
from framehaul.pipelines.watch.seen_tables import ProgressHead
from framehaul.transforms.storage.source_files import SourceFile

Place = str
"""Table and URL of a file, see ``place_of``."""


def place_of(table: str, url: str) -> Place:
    return f"{table}\0{url}"


@dataclass(frozen=True)
class ListedTables:
    """All files of the source tables, by place.

    Attributes:
        basis: digest of the settings that decide what rules look at.
    """

    files: Mapping[Place, tuple[str, SourceFile]]
    versions: Mapping[Place, str]
    basis: str

    def new_places(self, seen: ProgressHead) -> list[Place]:
        """Places of files that were not seen, or only as another version."""
        return [place for place, version in self.versions.items() if version != seen.files.get(place)]

    def gone_places(self, seen: ProgressHead) -> list[Place]:
        return [place for place in seen.files if place not in self.versions]

    def differ_from(self, seen: ProgressHead) -> bool:
        """Tell whether there is something to look at."""
        return seen.basis != self.basis or bool(self.new_places(seen) or self.gone_places(seen))


def list_tables(config: ExportConfig, trigger: TriggerSection) -> ListedTables:
    """List the tables of a config; nothing is read.

    Raises:
        SourceError: a URL matches nothing, or its store cannot be listed.
    """
    files = {
        place_of(table, file.url): (table, file)
        for table, some in sources_of(config).items()
        for file in some
    }
    versions = {place: f"{file.size} {file.version}" for place, (_, file) in files.items()}
    looked_at = [
        config.export.model_dump(mode="json"),
        config.source.model_dump(mode="json"),
        trigger.model_dump(mode="json", exclude={"every", "scope"}),
        config.limits.long_video_frames,
    ]
    return ListedTables(files, versions, digest(looked_at))


def digest(value: object) -> str:
    return hashlib.blake2b(orjson.dumps(value), digest_size=16).hexdigest()
