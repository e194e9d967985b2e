"""What all judges have in common: read every export they are given, print one verdict each."""

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Reading = Callable[[], Json]


def judge(readings: Mapping[str, Reading]) -> None:
    """Run every reading in every folder named on the command line; print ``{folder: {reading: verdict}}``.

    A reading runs with the export as its working directory and returns a
    verdict. Whatever it raises becomes one, too: a reader that refuses an export
    is a finding, not a failure of the judge.
    """
    verdicts: dict[str, Json] = {}
    for folder in sys.argv[1:]:
        os.chdir(folder)
        verdicts[folder] = {name: _verdict(reading) for name, reading in readings.items()}
    print(json.dumps(verdicts))


def _verdict(reading: Reading) -> Json:
    try:
        return reading()
    except Exception as error:  # a judge reports whatever a reader does
        return {"refused": f"{type(error).__name__}: {error}"[:300]}


def from_card(reader: str) -> Any:
    """``records`` as the code under the heading ``reader`` of README.md leaves it.

    Raises:
        LookupError: the card has no such code.
    """
    card = Path("README.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(reader)}\n.*?^```python\n(.*?)^```$", card, re.MULTILINE | re.DOTALL)
    if found is None:
        raise LookupError(f"the card says nothing about {reader}")
    namespace: Json = {}
    exec(found[1], namespace)  # the card is ours, and this is what it is for
    return namespace["records"]


def shards() -> list[str]:
    return sorted(str(path) for path in Path("data").iterdir())
