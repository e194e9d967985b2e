"""Memory of a worker, given back to the system when it is free."""

import ctypes
import gc


def release_memory() -> None:
    """Hand memory that is free, but kept by the allocator, back to the system.

    Each step of an export leaves holes in the heap that the next cannot use.
    Without this the peak of a run over 3 GB was 40 % above that over 0.6 GB.
    Does nothing where the C library has no ``malloc_trim`` (it is of glibc).
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
