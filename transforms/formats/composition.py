"""An object that is put together from sections and the bytes between them, as a stream."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from isal import isal_zlib

from framehaul.transforms.exchange.sections import DEFLATED, PACKED, SectionFiles, Sections

Part = bytes | Sections

_MOST_STORED = 0xFFFF  # bytes of a block of deflate that is not compressed
_LAST_BLOCK = b"\x03\x00"  # empty, and says that it is the last
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # neither time nor name


@dataclass(frozen=True)
class Composition:
    """What an object consists of, in order.

    Attributes:
        parts: bytes as they are, and sections.
        files: where these wait.
    """

    parts: Sequence[Part]
    files: SectionFiles

    @classmethod
    def of(cls, parts: Iterable[Part], files: SectionFiles) -> "Composition":
        """``parts``, with bytes that follow each other joined."""
        return cls(list(_with_bytes_joined(parts)), files)

    @property
    def plain_bytes(self) -> int:
        return sum(map(plain_bytes, self.parts))

    @property
    def crc(self) -> int:
        """CRC-32 of the plain bytes."""
        crc = 0
        for part in self.parts:
            if isinstance(part, bytes):
                crc = isal_zlib.crc32(part, crc)
            else:
                section = part[DEFLATED]
                crc = isal_zlib.crc32_combine(crc, section.crc, section.plain_bytes)
        return crc

    def plain(self) -> Iterator[bytes]:
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
            else:
                yield from self.files.plain(part[PACKED])

    @property
    def deflated_bytes(self) -> int:
        """Size of what ``deflated`` gives."""
        blocks = sum(_stored_bytes(part) if isinstance(part, bytes) else _length(part) for part in self.parts)
        return blocks + len(_LAST_BLOCK)

    def deflated(self) -> Iterator[bytes]:
        """One stream of raw deflate."""
        for part in self.parts:
            if isinstance(part, bytes):
                yield from _stored_blocks(part)
            else:
                yield from self.files.stored(part[DEFLATED])
        yield _LAST_BLOCK

    def gzipped(self) -> Iterator[bytes]:
        """One member of gzip: some readers stop after the first."""
        yield _GZIP_HEADER
        yield from self.deflated()
        yield struct.pack("<II", self.crc, self.plain_bytes & 0xFFFFFFFF)


def plain_bytes(part: Part) -> int:
    """Size of a part that is not encoded."""
    return len(part) if isinstance(part, bytes) else next(iter(part.values())).plain_bytes


def _with_bytes_joined(parts: Iterable[Part]) -> Iterator[Part]:
    gathered: list[bytes] = []
    for part in parts:
        if isinstance(part, bytes):
            gathered.append(part)
            continue
        if between := b"".join(gathered):
            yield between
        gathered = []
        yield part
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
