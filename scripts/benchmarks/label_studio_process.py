"""Contestant: Label Studio's expansion, as its SDK does it: ``python label_studio_process.py INPUT OUTPUT``.

Runs in a virtual environment of its own, which has the SDK and nothing of this project.
"""

import json
import sys
from pathlib import Path

from label_studio_sdk._extensions.label_studio_tools.postprocessing.video import extract_key_frames

if __name__ == "__main__":
    results = json.loads(Path(sys.argv[1]).read_bytes())
    with Path(sys.argv[2], "results.json").open("w", encoding="utf-8") as file:
        json.dump(extract_key_frames(results), file)
