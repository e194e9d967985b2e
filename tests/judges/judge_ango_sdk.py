"""The platform's own SDK: ``judge_ango_sdk.py HOST FORMAT`` exports from HOST and prints what a program gets."""

import json
import sys

from fingerprint import Json, fingerprint
from imerit_ango.models.enums import ExportFormats
from imerit_ango.models.export_options import ExportOptions
from imerit_ango.sdk import SDK


def read(host: str, file_format: str) -> Json:
    options = ExportOptions(export_format=ExportFormats(file_format))
    answer = SDK(api_key="any", host=host).exportV3("p1", options)
    if file_format == "json":
        return {"type": type(answer).__name__, **fingerprint(answer)}
    lines, number = answer
    return {"type": type(lines).__name__, "number": number, **fingerprint(lines)}


if __name__ == "__main__":
    print(json.dumps(read(*sys.argv[1:])))
