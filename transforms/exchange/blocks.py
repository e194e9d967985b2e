"""Blocks: many entries, packed and compressed, on their way from one step to the next.

Beam's local runner copies every element several times and pays tens of
microseconds for each, so elements are blocks of a few hundred kilobytes, and on
one machine only their places in a spill file (600 MB of input, 2 cores: 29 s
with one element per record, 16 s with blocks, 4.4 s with spilled blocks).

On a cluster they go through the engine's own shuffle, which is made for that and
repeats the work of a lost worker; or, where its shuffle is slow or small, through
files of a folder or objects of a store that all workers see.
"""

import itertools
import os
import tempfile
import threading
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
import zstandard

from framehaul.transforms.errors import StorageError
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.read_ahead import read_ahead
from framehaul.transforms.storage.unbuffered import read_unbuffered, write_unbuffered

_T = TypeVar("_T")
# Levels of zstd. On a disk: 1220 MB/s in, 3340 MB/s out, 0.41 of the size. Over a network, or where bytes cost
# money: 940 MB/s, 2900 MB/s, 0.33. (1: 600 MB/s, 2120 MB/s, 0.21. Blocks of stage history, one core.)
_ON_DISK, _OVER_NETWORK = -15, -3
_BLOCKS_AHEAD = 8  # a disk takes about 0.2 ms for each, and is faster with several at once
_ENTRY_BYTES = 300  # what an entry needs besides its payload
_INLINE_BYTES = 4 << 20  # engines hold several elements at a time, some of them whole bundles
_MOST_INLINE = 64 << 20  # Dataflow takes elements of 80 MB, with all that it adds to them
_ONE_AT_A_TIME = (
    threading.Lock()
)  # two threads that make msgspec's first decoder of one type crash the process


class _Zstd(threading.local):
    """Compressors of one thread; to make new ones for every block would take longer than to pack a small one."""

    def __init__(self) -> None:
        self.compressors = {
            level: zstandard.ZstdCompressor(level=level) for level in (_ON_DISK, _OVER_NETWORK)
        }
        self.decompressor = zstandard.ZstdDecompressor()


_ZSTD = _Zstd()


class Block(msgspec.Struct, frozen=True, array_like=True):
    """Some entries of one key; the steps do not know by which way it travels.

    Attributes:
        inline: the packed entries themselves, or ``b""`` where they are spilled.
        path, offset, length: where they are in a spill file.
        store: of the file, or ``None`` for a disk that this worker sees.
    """

    inline: bytes = b""
    path: str = ""
    offset: int = 0
    length: int = 0
    store: ObjectStore | None = None

    def read_packed(self) -> bytes:
        """Fetch the packed entries, wherever they are."""
        if not self.path:
            return self.inline
        if self.store is not None:
            return self.store.fetch(self.path, self.offset, self.offset + self.length)
        return read_unbuffered(self.path, self.offset, self.length)


def read_block(block: Block, entry_type: type[_T]) -> list[_T]:
    """The entries of a block, in the order in which they were added."""
    return _unpack(block.read_packed(), entry_type)


def read_blocks(blocks: Iterable[Block], entry_type: type[_T]) -> Iterator[list[_T]]:
    """The entries of one block after the other; blocks that have to be fetched are read ahead."""
    for is_inline, some in itertools.groupby(blocks, key=lambda block: not block.path):
        for packed in (
            map(Block.read_packed, some) if is_inline else read_ahead(some, Block.read_packed, _BLOCKS_AHEAD)
        ):
            yield _unpack(packed, entry_type)


def _unpack(packed: bytes, entry_type: type[_T]) -> list[_T]:
    content = _ZSTD.decompressor.decompress(packed)
    with _ONE_AT_A_TIME:
        decoder: msgspec.msgpack.Decoder[list[_T]] = msgspec.msgpack.Decoder(list[entry_type])  # type: ignore[valid-type]
    return decoder.decode(content)


@dataclass(frozen=True)
class Exchange:
    """Way by which blocks travel.

    Attributes:
        spill_folder: a folder that all workers see; ``None`` for the runner's own shuffle.
        budget_bytes: bytes that a worker gathers before it passes blocks on.
        store: instead of a folder, objects that all workers can write and read.
    """

    spill_folder: str | None
    budget_bytes: int = 32 << 20
    store: ObjectStore | None = None

    @property
    def level(self) -> int:
        """Level of zstd with which blocks are packed."""
        return _OVER_NETWORK if self.spill_folder is None else _ON_DISK


class BlockBuilder(Generic[_T]):
    """Gathers entries by key and turns them into blocks when there are enough."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._gathered: defaultdict[int, list[_T]] = defaultdict(list)
        self._held = 0

    def add(self, key: int, entry: _T, size: int) -> None:
        """Gather one entry, whose payload has ``size`` bytes."""
        self._gathered[key].append(entry)
        self._held += size + _ENTRY_BYTES

    @property
    def is_full(self) -> bool:
        """Tell whether the budget is used up."""
        return self._held >= self._exchange.budget_bytes

    def flush(self) -> Iterator[tuple[int, Block]]:
        """Hand over all that was gathered, as (key, block), by key; the builder is empty afterwards."""
        gathered, self._gathered, self._held = self._gathered, defaultdict(list), 0
        if not gathered:
            return
        packed = ((key, _pack(gathered.pop(key), self._exchange.level)) for key in sorted(gathered))
        if self._exchange.store is not None:
            yield from _store_blocks(packed, self._exchange.store)
        elif self._exchange.spill_folder is not None:
            yield from _spill_blocks(packed, self._exchange.spill_folder)
        else:
            for key in sorted(gathered):
                yield from ((key, Block(inline=content)) for content in _inline_contents(gathered.pop(key)))


def block_of(entry: _T, exchange: Exchange) -> Block:
    """A block of a single, large entry."""
    builder: BlockBuilder[_T] = BlockBuilder(exchange)
    builder.add(0, entry, 0)
    ((_, block),) = builder.flush()
    return block


def _pack(entries: list[_T], level: int) -> bytes:
    return _ZSTD.compressors[level].compress(msgspec.msgpack.encode(entries))


def _inline_contents(entries: list[_T]) -> Iterator[bytes]:
    """Pack entries for as many inline blocks as are needed to keep each to a size that engines handle well.

    Raises:
        StorageError: a single entry is more than an engine takes.
    """
    packed = _pack(entries, _OVER_NETWORK)
    if len(packed) <= _INLINE_BYTES:
        yield packed
    elif len(entries) > 1:
        step = -(-len(entries) // min(len(entries), -(-len(packed) // _INLINE_BYTES)))
        for start in range(0, len(entries), step):
            yield from _inline_contents(entries[start : start + step])
    elif len(packed) <= _MOST_INLINE:
        yield packed
    else:
        raise StorageError(
            f"one record has {len(packed):,} bytes, compressed, and an engine's shuffle takes {_MOST_INLINE:,}; "
            "set runner.exchange to a folder on a store that all workers see"
        )


def _store_blocks(packed: Iterator[tuple[int, bytes]], store: ObjectStore) -> list[tuple[int, Block]]:
    path = f"blocks-{uuid.uuid4().hex}.spill"
    blocks: list[tuple[int, Block]] = []
    store.write(path, _lay_out(packed, path, store, blocks))
    return blocks


def _spill_blocks(packed: Iterator[tuple[int, bytes]], folder: str) -> list[tuple[int, Block]]:
    blocks: list[tuple[int, Block]] = []
    try:
        descriptor, path = tempfile.mkstemp(prefix="blocks-", suffix=".spill", dir=folder)
        try:
            write_unbuffered(descriptor, _lay_out(packed, path, None, blocks))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StorageError(
            f"could not write temporary data to {folder}: {error}; they need up to half of the input's size, "
            "TMPDIR says where"
        ) from error
    return blocks


def _lay_out(
    packed: Iterator[tuple[int, bytes]], path: str, store: ObjectStore | None, blocks: list[tuple[int, Block]]
) -> Iterator[bytes]:
    """Yield packed entries one behind the other, and add a block with the place of each to ``blocks``."""
    offset = 0
    for key, content in packed:
        blocks.append((key, Block(path=path, offset=offset, length=len(content), store=store)))
        offset += len(content)
        yield content
