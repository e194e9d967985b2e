"""Names of objects that every store and every disk takes as they are.

Ids come from users: they hold ``/``, ``..``, ``%2F``, spaces and every script. Stores and what stands before
them decode ``%2F``, some once, some twice; disks forbid characters, drop dots at the end, take one way to
write ``ä`` for another, and end names at 255 bytes.

So a name consists of plain letters, digits, ``-``, ``_`` and single dots inside; every other byte of
the id's UTF-8 is ``~`` and two hex digits, as in percent-encoding. The mark is ``~`` because ``%`` is
itself among what is decoded on the way; ``~`` is one of the characters that a URL never encodes. An
ordinary id is its own name, as other programs expect it (transforms/README.md, "Names"), so capital letters
stay: on a disk that takes ``A`` for ``a`` two ids may meet in one file, and the run then fails when its
objects are confirmed, before there is a manifest.
"""

import hashlib
import re

LONGEST_NAME = 120  # leaves room for what stands around it, also where a disk encrypts names (143 bytes)
_AS_IT_IS = re.compile(rb"[A-Za-z0-9_-]|(?<=[A-Za-z0-9_-])\.(?=[A-Za-z0-9_-])")
_CUT_OFF = re.compile(r"(?:~[0-9a-f]?|\.)$")
_DIGEST_BYTES = 10


def safe_name(identifier: str, longest: int = LONGEST_NAME) -> str:
    """Name of at most ``longest`` characters for an id, to be used in a file name. Stored forever.

    Two ids never get one name. Where nothing is
    shortened the id can be read back: ``~xx`` are its bytes.

    >>> safe_name("frame-001.jpg"), safe_name("a/../B"), safe_name("ä")
    ('frame-001.jpg', 'a~2f~2e~2e~2fB', '~c3~a4')
    """
    content = identifier.encode("utf-8", "surrogatepass")
    name = "".join(
        chr(byte) if _AS_IT_IS.match(content, place) else f"~{byte:02x}" for place, byte in enumerate(content)
    )
    if 0 < len(name) <= longest:
        return name
    digest = hashlib.blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()
    beginning = _CUT_OFF.sub("", name[: longest - len(digest) - 2])
    return f"{beginning}~~{digest}"  # which no byte looks like


def control_characters(url: str) -> str:
    r"""The control characters in a URL, escaped; ``""`` where there are none. No store has a name with NUL.

    >>> control_characters("exports/a\0b")
    '\\x00'
    """
    return "".join(f"\\x{ord(letter):02x}" for letter in url if ord(letter) < 0x20 or ord(letter) == 0x7F)
