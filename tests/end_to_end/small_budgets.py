"""Exports whose splits, partitions and buffers are so small that a little input has many of each.

The sizes are constants of modules, since a user has no reason to set them.
As a program, ``small_budgets.py CONFIG EXPORT_ID TINY|SMALL``, it runs one
export and prints the peak memory of this process and of its largest worker, in bytes.
"""

import pkgutil
import resource
import sys
import time
from pathlib import Path

import psutil

from framehaul.pipelines import run
from framehaul.pipelines.config.config_file import load_config
from framehaul.transforms.parts import finished

_CONSTANTS = ("export_plan._SPLIT_BYTES", "export_plan._PARTITION_BYTES", "run._EXCHANGE_BUDGET")
_SIZES = {"TINY": (5_000, 20_000, 10_000), "SMALL": (4 << 20, 4 << 20, 4 << 20)}
BUDGETS = {
    name: {f"framehaul.pipelines.{constant}": size for constant, size in zip(_CONSTANTS, sizes, strict=True)}
    for name, sizes in _SIZES.items()
}


def main(config: str, export_id: str, budgets: str) -> None:
    for name, size in BUDGETS[budgets].items():
        module, _, constant = name.rpartition(".")
        assert hasattr(pkgutil.resolve_name(module), constant), f"{name} is gone, and so has no effect"
        setattr(pkgutil.resolve_name(module), constant, size)
    finished.EXACT_BYTES = 1 << 20  # longer videos are planned without being expanded
    run.run(load_config(Path(config)), export_id)
    while psutil.Process().children():  # the peak of a worker is known when it is gone
        time.sleep(0.01)
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        print(resource.getrusage(who).ru_maxrss * 1024)


if __name__ == "__main__":
    main(*sys.argv[1:])
