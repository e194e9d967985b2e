"""Many that want one folder at the same moment."""

import threading

from framehaul.transforms.errors import HeldError
from framehaul.transforms.runs.claims import CLAIMS, Claim, hold_folder
from framehaul.transforms.storage.object_store import ObjectStore


def one_of_many(folder: ObjectStore, number: int) -> int:
    """How many of so many threads hold the folder at once, at the end; each lets go when all have asked."""
    ready, asked = threading.Barrier(number), threading.Barrier(number)
    won: list[Claim] = []

    def ask() -> None:
        ready.wait()
        try:
            with hold_folder(folder) as claim:
                won.append(claim)
                asked.wait()
        except HeldError:
            asked.wait()

    threads = [threading.Thread(target=ask) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert folder.paths(CLAIMS) == []
    return len(won)
