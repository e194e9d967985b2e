"""State of the input files when a run began, and the files that have changed when it ends."""

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
        patterns: the URLs of the config that were listed.
        versions: size and version of each file, by URL; see ``version_of``.
    """

    patterns: Sequence[str]
    options: StorageOptions
    versions: Mapping[str, tuple[int, str]]

    @classmethod
    def of(cls, patterns: Sequence[str], files: Iterable[SourceFile], options: StorageOptions) -> Self:
        return cls(patterns, options, {file.url: (file.size, file.version) for file in files})

    def changed_urls(self) -> set[str]:
        """List the files again; returns URLs of those that are another version now, or gone.

        Files that are new were not read, so they do not count. Nothing is returned where a
        store cannot be listed any more.
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
