"""The benchmark of forms measures exports that hold every task."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# A process of its own: a measurement waits for all processes that its process has started.
MEASURE = """
import sys
from pathlib import Path
from benchmarks import formats, sample_tables, variants
folder = Path(sys.argv[1])
tables_folder = sample_tables.sample(folder, 60, "ndjson")
size = sum(path.stat().st_size for path in tables_folder.iterdir())
tables = sample_tables.Tables(tables_folder, "ndjson", 60, size, size)
(folder / "scratch").mkdir()
forms = [form for form in formats.FORMS if form.name == "json and zip"]
costs = variants.Turns(forms, folder / "scratch", 8 << 30, rounds=1, rest_s=0).costs([tables])
print(variants.variants_table(costs, 1, 0))
"""


def test_every_form_is_measured_on_all_tasks(tmp_path: Path) -> None:
    paths = os.pathsep.join([str(ROOT / "scripts"), str(ROOT / "tests")])
    measured = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert measured.returncode == 0, measured.stderr
    table = measured.stdout.splitlines()
    assert table[2].split(" | ")[1] == "json and zip"
    assert "= **1.00**" in table[2]
