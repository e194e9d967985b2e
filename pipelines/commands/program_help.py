"""Help of every command: an example, and the exit codes that it may end with."""

from framehaul.pipelines.exit_codes import ExitCode

_MEANINGS = {
    ExitCode.DONE: "done",
    ExitCode.FAILED: "failed, or not whole",
    ExitCode.BAD_CONFIG: "wrong config or flags; nothing was begun",
    ExitCode.NOT_GOOD: "the export is there, but does not count as good: too much set aside, or too few records",
}

EXAMPLES = {
    "run": "framehaul run export.yaml --set export.stages='[Review]'",
    "plan": "framehaul plan export.yaml --json",
    "check": "framehaul check export.yaml",
    "verify": "framehaul verify s3://bucket/exports/all-20261201T020000Z",
    "show": "framehaul show exports/all-20261201T020000Z",
    "join": "framehaul join exports/all-20261201T020000Z --format json --out all.json",
    "frames": "framehaul frames exports/all-20261201T020000Z --asset a1 --from 0 --to 99",
    "history": "framehaul history gs://bucket/exports",
    "download": "framehaul download s3://bucket/exports/all-20261201T020000Z ./all",
    "link": "framehaul link s3://bucket/exports/all-20261201T020000Z --expires 7d",
    "prune": "framehaul prune exports --keep 30 --older-than 90d --yes",
    "clean": "framehaul clean exports --dry-run",
    "sample": "framehaul sample dump --tasks 1000 --videos 5 --seed 7",
    "schedule": "framehaul schedule nightly.yaml",
    "watch": "framehaul watch watch.yaml --once",
    "config-schema": "framehaul config-schema > export.schema.json",
}
_CODES = {
    "run": tuple(ExitCode),
    "plan": (ExitCode.DONE, ExitCode.BAD_CONFIG),
    "sample": (ExitCode.DONE, ExitCode.FAILED, ExitCode.BAD_CONFIG),
    "config-schema": (ExitCode.DONE,),
}
_OTHERS = (ExitCode.DONE, ExitCode.FAILED, ExitCode.BAD_CONFIG)


def epilog_of(command: str) -> str:
    """The end of the help of a command."""
    codes = " · ".join(f"{code.value} {_MEANINGS[code]}" for code in _CODES.get(command, _OTHERS))
    return f"Example: {EXAMPLES[command]}\n\nExit codes: {codes}"
