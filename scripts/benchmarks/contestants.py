"""Who takes part, and the command that makes each do the job."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

SCRIPTS = Path(__file__).parents[1]
FORMATS = ("ndjson", "parquet")


@dataclass(frozen=True)
class Contestant:
    """One way to the records.

    Attributes:
        name: for tables of results.
        module: whose ``export`` does it; ``None`` is Framehaul itself.
        heavy: left out where the input is large; if asked for, measured in fewer rounds.
    """

    name: str
    module: str | None
    heavy: bool = False

    def command(self, tables: Path, table_format: str, output: Path) -> list[str]:
        """The job as a command; ``output`` is an empty folder."""
        if self.module is None:
            return [sys.executable, "-m", "framehaul", "run", str(_config(tables, table_format, output))]
        process = "benchmarks.contestant_process"
        return [sys.executable, "-m", process, self.module, str(tables), table_format, str(output)]


FRAMEHAUL = Contestant("Framehaul", None)
RIVALS = (
    Contestant("DuckDB SQL", "duckdb_sql"),
    Contestant("Beam, one element per record", "beam_records", heavy=True),
    Contestant("plain Python loop", "python_loop"),
)


def environment(scratch: Path) -> Mapping[str, str]:
    """What every contestant's process gets; temporary files go to ``scratch``."""
    return {**os.environ, "PYTHONPATH": str(SCRIPTS), "TMPDIR": str(scratch)}


def _config(tables: Path, table_format: str, output: Path) -> Path:
    """Every task of every stage; the rest is as Framehaul does it by itself."""
    config = {
        "export": {"stages": "*", "task_types": ["*"]},
        "source": {
            "tasks": f"{tables}/tasks-*.{table_format}",
            "stage_history": f"{tables}/stage-history-*.{table_format}",
        },
        "output": {"url": str(output)},
    }
    path = output / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    return path
