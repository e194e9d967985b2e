"""The program, with uploads in parts that begin at a few megabytes: ``python -m chaos_suite.reduced_parts run …``.

The limits are constants, since a user has no reason to set them, and shards of
the usual size would make a run too long to be killed often.
"""

from framehaul.pipelines.cli import main
from framehaul.transforms.storage.large_uploads import UploadLimits
from framehaul.transforms.storage.object_store import ObjectStore

REDUCED = UploadLimits(one_put=5 << 20, first_part=5 << 20, most_parts=100, in_flight=10 << 20)

if __name__ == "__main__":
    ObjectStore.write.__defaults__ = (REDUCED,)
    main()
