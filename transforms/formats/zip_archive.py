"""A zip with one member, as a stream: sizes and checksum are known before it begins.

https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3 and, for what
is over 4 GiB (zip64), 4.5.3. The standard library's writer takes no content
that is deflated already, and that is what workers make side by side.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

_MOST_32 = 0xFFFFFFFF
_DEFLATE = 8
_PLAIN_VERSION, _ZIP64_VERSION = 20, 45
_MADE_ON_UNIX = 3 << 8
_REGULAR_FILE = 0o100644 << 16
_ZIP64_FIELD = 1


@dataclass(frozen=True)
class Member:
    """One file in an archive.

    Attributes:
        name: plain ASCII.
        modified: UTC; zip knows even seconds from 1980 on.
        crc: CRC-32 of its content.
        size: of its content.
        deflated_bytes: of its content as raw deflate.
    """

    name: str
    modified: datetime
    crc: int
    size: int
    deflated_bytes: int

    @property
    def _is_large(self) -> bool:
        return max(self.size, self.deflated_bytes) >= _MOST_32

    def _fields(self) -> bytes:
        """Fields of both headers, from the version that is needed to the lengths of name and extra field."""
        year, month, day, hour, minute, second = self.modified.timetuple()[:6]
        sizes = (_MOST_32, _MOST_32) if self._is_large else (self.deflated_bytes, self.size)
        return struct.pack(
            "<HHHHHIIIHH",
            _ZIP64_VERSION if self._is_large else _PLAIN_VERSION,
            0,
            _DEFLATE,
            hour << 11 | minute << 5 | second // 2,
            year - 1980 << 9 | month << 5 | day,
            self.crc,
            *sizes,
            len(self.name),
            len(self._extra()),
        )

    def _extra(self) -> bytes:
        if not self._is_large:
            return b""
        return struct.pack("<HHQQ", _ZIP64_FIELD, 16, self.size, self.deflated_bytes)

    def header(self) -> bytes:
        """Local header, which stands before the content."""
        return b"PK\x03\x04" + self._fields() + self.name.encode("ascii") + self._extra()

    def directory(self) -> bytes:
        """Central directory and end of an archive without other members, which stand after the content."""
        entry = (
            b"PK\x01\x02"
            + struct.pack("<H", _MADE_ON_UNIX | _ZIP64_VERSION)
            + self._fields()
            + struct.pack("<HHHII", 0, 0, 0, _REGULAR_FILE, 0)
            + self.name.encode("ascii")
            + self._extra()
        )
        start = len(self.header()) + self.deflated_bytes
        return entry + _zip64_end(len(entry), start) + _end(len(entry), start)


def _zip64_end(size: int, start: int) -> bytes:
    """Records that locate the directory of an archive in which it begins beyond 4 GiB."""
    if start < _MOST_32:
        return b""
    record = struct.pack(
        "<4sQHHIIQQQQ",
        b"PK\x06\x06",
        44,
        _MADE_ON_UNIX | _ZIP64_VERSION,
        _ZIP64_VERSION,
        0,
        0,
        1,
        1,
        size,
        start,
    )
    return record + struct.pack("<4sIQI", b"PK\x06\x07", 0, start + size, 1)


def _end(size: int, start: int) -> bytes:
    return struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, size, min(start, _MOST_32), 0)


def archive(member: Member, deflated: Iterable[bytes]) -> Iterator[bytes]:
    """Bytes of the archive.

    Args:
        deflated: the content as raw deflate.
    """
    yield member.header()
    yield from deflated
    yield member.directory()
