"""Compositions: objects put together from sections and the bytes between them, read as streams."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from isal import isal_zlib

from framehaul.transforms.exchange.sections import DEFLATED, PACKED, SectionFiles, Sections

Content = bytes | Sections

_MOST_STORED = 0xFFFF  # bytes of a block of deflate that is not compressed
_LAST_BLOCK = b"\x03\x00"  # empty, and says that it is the last
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # neither time nor name


@dataclass(frozen=True)
class Composition:
    """Contents of an object, in order.

    Attributes:
        contents: bytes as they are, and sections.
        files: in which the sections wait.
    """

    contents: Sequence[Content]
    files: SectionFiles

    @classmethod
    def of(cls, contents: Iterable[Content], files: SectionFiles) -> "Composition":
        """Compose ``contents``; bytes that follow each other are joined."""
        return cls(list(_join_bytes(contents)), files)

    @property
    def plain_bytes(self) -> int:
        return sum(map(plain_bytes, self.contents))

    @property
    def crc(self) -> int:
        """CRC-32 of the plain bytes."""
        crc = 0
        for content in self.contents:
            if isinstance(content, bytes):
                crc = isal_zlib.crc32(content, crc)
            else:
                section = content[DEFLATED]
                crc = isal_zlib.crc32_combine(crc, section.crc, section.plain_bytes)
        return crc

    def plain_pieces(self) -> Iterator[bytes]:
        for content in self.contents:
            if isinstance(content, bytes):
                yield content
            else:
                yield from self.files.plain_pieces(content[PACKED])

    @property
    def deflated_bytes(self) -> int:
        """Bytes of all ``deflated_pieces``."""
        sizes = (
            _stored_bytes(content) if isinstance(content, bytes) else _length(content)
            for content in self.contents
        )
        return sum(sizes) + len(_LAST_BLOCK)

    def deflated_pieces(self) -> Iterator[bytes]:
        """One stream of raw deflate."""
        for content in self.contents:
            if isinstance(content, bytes):
                yield from _stored_blocks(content)
            else:
                yield from self.files.encoded_pieces(content[DEFLATED])
        yield _LAST_BLOCK

    def gzip_pieces(self) -> Iterator[bytes]:
        """One member of gzip: some readers stop after the first."""
        yield _GZIP_HEADER
        yield from self.deflated_pieces()
        yield struct.pack("<II", self.crc, self.plain_bytes & 0xFFFFFFFF)


def plain_bytes(content: Content) -> int:
    """Size of a content before it is encoded."""
    return len(content) if isinstance(content, bytes) else next(iter(content.values())).plain_bytes


def _join_bytes(contents: Iterable[Content]) -> Iterator[Content]:
    gathered: list[bytes] = []
    for content in contents:
        if isinstance(content, bytes):
            gathered.append(content)
            continue
        if between := b"".join(gathered):
            yield between
        gathered = []
        yield content
    if after := b"".join(gathered):
        yield after


def _length(sections: Sections) -> int:
    return sections[DEFLATED].end - sections[DEFLATED].start


def _stored_bytes(content: bytes) -> int:
    return len(content) + 5 * -(-len(content) // _MOST_STORED)


def _stored_blocks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), _MOST_STORED):
        block = content[start : start + _MOST_STORED]
        yield struct.pack("<BHH", 0, len(block), len(block) ^ 0xFFFF) + block
