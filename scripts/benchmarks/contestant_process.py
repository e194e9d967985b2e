"""The process in which one contestant runs: ``python -m benchmarks.contestant_process NAME TABLES FORMAT OUTPUT``.

A contestant is a module of its own, never ``__main__``: workers of Beam could not import what is in that.
"""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    name, tables, table_format, output = sys.argv[1:]
    importlib.import_module(f"benchmarks.{name}").export(Path(tables), table_format, Path(output))
