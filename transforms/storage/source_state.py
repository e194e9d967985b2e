"""How input files were found when a run began, and which of them are others when it ends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from framehaul.transforms.errors import NoFileError, SourceError
from framehaul.transforms.storage.listed_files import list_files
from framehaul.transforms.storage.options import StorageOptions
from framehaul.transforms.storage.source_files import SourceFile


@dataclass(frozen=True)
class SourceState:
    """Versions of input files.

    Attributes:
        patterns: what was listed.
        versions: by URL; size, and what the store tells apart versions by.
    """

    patterns: Sequence[str]
    options: StorageOptions
    versions: Mapping[str, tuple[int, str]]

    @classmethod
    def of(cls, patterns: Sequence[str], files: Iterable[SourceFile], options: StorageOptions) -> Self:
        return cls(patterns, options, {file.url: (file.size, file.version) for file in files})

    def changed(self) -> set[str]:
        """URLs of files that are another version now, or gone. Files that are new were not read.

        A store that cannot be listed any more tells nothing: what was read was read.
        """
        now: dict[str, tuple[int, str]] = {}
        for pattern in self.patterns:
            try:
                now |= {file.url: (file.size, file.version) for file in list_files([pattern], self.options)}
            except NoFileError:
                continue
            except SourceError:
                return set()
        return {url for url, version in self.versions.items() if now.get(url) != version}
