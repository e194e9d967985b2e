"""The files of the source tables as a listing tells them, and what of them has been seen already."""

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
    """All files, by place.

    Attributes:
        basis: of what rules look at: settings with which other things would have been seen.
    """

    files: Mapping[Place, tuple[str, SourceFile]]
    versions: Mapping[Place, str]
    basis: str

    def new(self, seen: ProgressHead) -> list[Place]:
        """Files that were not seen, or as another version."""
        return [place for place, version in self.versions.items() if version != seen.files.get(place)]

    def gone(self, seen: ProgressHead) -> list[Place]:
        return [place for place in seen.files if place not in self.versions]

    def differ(self, seen: ProgressHead) -> bool:
        """Whether there is something to look at."""
        return seen.basis != self.basis or bool(self.new(seen) or self.gone(seen))


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
        trigger.model_dump(mode="json", exclude={"every"}),
        config.limits.long_video_frames,
    ]
    return ListedTables(files, versions, digest(looked_at))


def digest(value: object) -> str:
    return hashlib.blake2b(orjson.dumps(value), digest_size=16).hexdigest()
