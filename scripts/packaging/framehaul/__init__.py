"""Framehaul as a library: run exports, and read finished ones. The names in ``__all__`` are all that is promised.

>>> import json, pathlib, tempfile
>>> import framehaul
>>> folder = tempfile.TemporaryDirectory()
>>> tasks = pathlib.Path(folder.name) / "tasks.ndjson"
>>> task = {"taskId": "t1", "stage": "Complete", "assetId": "a1", "asset": "https://example.com/1.jpg"}
>>> _ = tasks.write_text(json.dumps(task))

``run`` takes a config, as a path or as a dict, and gives the export that it has written:

>>> export = framehaul.run({"source": {"tasks": str(tasks)}, "output": {"url": f"{folder.name}/exports"}})
>>> export.manifest.counts["tasksExported"]
1

``open`` gives any export that is finished, on any store:

>>> export = framehaul.open(export.url)
>>> [record["assetId"] for record in export.records()]
['a1']
>>> export.verify().is_whole
True

Errors say what was found, where, and what to do; all of them are ``ExportError``:

>>> try:
...     export.frames("a1", first=0, last=24)
... except framehaul.ExportError as error:
...     print(str(error).split(": ")[-1])
asset a1 is no video, so it has no frames

>>> folder.cleanup()

Importing this package imports nothing else; each name is looked up when it is first used.
"""

TYPE_CHECKING = False  # as in typing, whose import would be most of the cost
if TYPE_CHECKING:
    from framehaul.pipelines.library import Export, Verification, open, run
    from framehaul.transforms.errors import (
        AccountingError,
        ConfigError,
        EngineError,
        ExportError,
        HeldError,
        LimitError,
        NoFileError,
        SourceError,
        StorageError,
    )
    from framehaul.transforms.exports.manifest import Manifest

__all__ = [
    "AccountingError",
    "ConfigError",
    "EngineError",
    "Export",
    "ExportError",
    "HeldError",
    "LimitError",
    "Manifest",
    "NoFileError",
    "SourceError",
    "StorageError",
    "Verification",
    "open",
    "run",
]

if not TYPE_CHECKING:  # which would else believe that every name is there

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module 'framehaul' has no attribute {name!r}")
        from framehaul.transforms import errors  # noqa: PLC0415

        if hasattr(errors, name):
            return getattr(errors, name)
        from framehaul.pipelines import library  # noqa: PLC0415

        return getattr(library, name)

    def __dir__() -> list[str]:
        return sorted([*globals(), *__all__])
