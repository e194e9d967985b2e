"""Put an object only if nobody else has put it, on stores that know that condition and on others."""

from dataclasses import dataclass

from framehaul.pipelines.ledger.clock import Clock
from framehaul.transforms.storage.object_store import ObjectStore

SETTLE_S = 5.0  # longer than a put that another scheduler has begun may still take


@dataclass
class FirstPut:
    """Puts objects that must not be there yet.

    Most stores refuse the second of two puts that ask for that. Some accept it
    and overwrite (older MinIO). So whoever believes to be first puts once more:
    if the store lets that happen, it does not know the condition, and then the
    object is left alone for a while and read back; whoever owns it then was first.
    Whoever comes later sees it and never puts one.

    Attributes:
        settle_s: how long it is left alone.
    """

    store: ObjectStore
    clock: Clock
    settle_s: float = SETTLE_S
    _knows_condition: bool | None = None

    def put(self, name: str, content: bytes) -> bool:
        """Put ``content``, which nobody else would write; returns whether it was first.

        Raises:
            StorageError: it could not be stored or read back.
        """
        if self.store.size(name) is not None:
            return False
        if self.store.write_if_absent(name, content):
            if self._knows_condition is None:
                self._knows_condition = not self.store.write_if_absent(name, content)
            if not self._knows_condition:
                self.clock.sleep(self.settle_s)
        # Also where the store has refused: it may have been our own put, whose answer was lost.
        return self.store.read(name) == content
