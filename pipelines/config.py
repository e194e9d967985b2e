"""One export, as a person writes it down; checked as a whole before anything runs.

A setting that this version does not carry out yet is known, but only its
default is allowed: it is refused, never ignored.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from transforms.errors import InvalidRecordError
from transforms.records.times import parse_time
from transforms.storage.options import SCHEMES, scheme_of
from transforms.storage.redaction import carries_secret

_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)\s*(B|[KMGT]i?B)?", re.IGNORECASE)
_UNITS = {"": 1, "B": 1} | {
    f"{prefix}{middle}B": (1024 if middle else 1000) ** power
    for power, prefix in enumerate("KMGT", 1)
    for middle in ("I", "")
}
_MAX_LINE = 16 << 20  # DuckDB refuses a longer line


def parse_size(value: Any) -> Any:
    """Bytes from a number or from text like ``64MiB``.

    >>> parse_size("64MiB"), parse_size("1.5 kB"), parse_size(10)
    (67108864, 1500, 10)
    """
    if not isinstance(value, str):
        return value
    match = _SIZE.fullmatch(value.strip())
    if match is None:
        raise ValueError(f"{value!r} is no size; write for example 64MiB, 500MB or a number of bytes")
    return round(float(match[1]) * _UNITS[(match[2] or "").upper()])


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _bound(value: Any) -> Any:
    """A bound as ISO-8601 UTC text with microseconds; a number could be seconds, milliseconds or a year."""
    if isinstance(value, date):  # what YAML makes of a time without quotes; datetime is a date, too
        value = value.isoformat()
    if value is None:
        return None
    if not isinstance(value, str) or value.isdigit():
        raise ValueError("a bound is an ISO-8601 time, for example 2024-05-01T00:00:00Z")
    try:
        return f"{parse_time(value, 'the bound')}Z"
    except InvalidRecordError as error:
        raise ValueError(error.detail) from None


def _known_scheme(url: str) -> str:
    if carries_secret(url):
        raise ValueError("a URL holds no credentials: give them under `storage:` as {env: NAME}")
    if scheme_of(url) not in SCHEMES:
        allowed = ", ".join(f"{scheme}://" for scheme in SCHEMES)
        raise ValueError(f"a URL is a plain path or begins with one of {allowed}")
    return url


def _known_store(scheme: str) -> str:
    if scheme not in SCHEMES:
        raise ValueError(f"no such store; known are {', '.join(SCHEMES)}")
    return scheme


_SECRETS = re.compile(r"key|secret|token|password|credential|connection_string|sas", re.IGNORECASE)
_NO_SECRETS = (
    None,
    True,
    False,
    "anon",
    "cloud",
    "google_default",
    "cache",
    "browser",
)  # ways to find a token


def _without_secrets(options: dict[str, Any]) -> dict[str, Any]:
    problems = list(_open_secrets(options, ""))
    if problems:
        raise ValueError(
            f"{', '.join(problems)} may hold a secret; write {{env: NAME}} and put the value into the environment"
        )
    return options


def _open_secrets(options: dict[str, Any], path: str) -> Iterator[str]:
    for name, value in options.items():
        where = f"{path}.{name}" if path else name
        if isinstance(value, dict) and set(value) == {"env"}:
            if not isinstance(value["env"], str) or not value["env"]:
                yield f"{where}.env"
            continue
        if (_SECRETS.search(name) and value not in _NO_SECRETS) or (
            isinstance(value, str) and carries_secret(value)
        ):
            yield where
        elif isinstance(value, dict):
            yield from _open_secrets(value, where)


Bound = Annotated[str | None, BeforeValidator(_bound, json_schema_input_type=str | None)]
Size = Annotated[int, BeforeValidator(parse_size, json_schema_input_type=int | str)]
Names = Annotated[list[str], BeforeValidator(_listed, json_schema_input_type=list[str] | str)]
TaskTypes = Annotated[
    list[Literal["default", "consensus", "benchmark", "*"]],
    BeforeValidator(_listed, json_schema_input_type=list[str] | str),
]
Url = Annotated[str, Field(min_length=1), AfterValidator(_known_scheme)]
Urls = Annotated[list[Url], BeforeValidator(_listed, json_schema_input_type=list[str] | str)]
StoreName = Annotated[str, AfterValidator(_known_store)]
OpenOptions = Annotated[dict[str, Any], AfterValidator(_without_secrets)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Interval(_Section):
    """Both bounds exclusive; ISO-8601, UTC where no zone is given."""

    after: Bound = None
    before: Bound = None

    @model_validator(mode="after")
    def _in_order(self) -> "Interval":
        if self.after and self.before and self.after >= self.before:
            raise ValueError(f"no time lies between {self.after} and {self.before}")
        return self

    def bounds(self) -> tuple[str, str]:
        """As sortable times of ``transforms.records.times``."""
        return (self.after or "").removesuffix("Z"), (self.before or "").removesuffix("Z")


class FieldsSection(_Section):
    """What each record holds besides its core."""

    annotation_metadata: bool = True
    stage_history: bool = True
    idle_blur_durations: bool = False


class VideoSection(_Section):
    """Which rows a video has."""

    only_key_frames: bool = Field(False, description="leave out what is computed between key frames")
    key_frame_flag: bool = Field(False, description='add "keyFrame": true|false to every row of a video')
    layout: Literal["frames", "tracks"] = Field(
        "frames", description="a list of rows, or one entry for each object, which holds its rows"
    )


class ExportSection(_Section):
    """Which tasks, in which shape."""

    project: str | None = Field(None, description="project id; null is every project in the tables")
    stages: Names = Field(["Complete"], min_length=1, description='names or ids; "*" is all')
    batches: Names = Field([], description="names; empty is all; a task in any of them counts")
    tasks: Names = Field([], description="task ids; empty is all")
    task_types: TaskTypes = ["default"]
    updated_at: Interval = Interval()
    created_at: Interval = Interval()
    generation: Literal["v3"] = "v3"
    type: Literal["task"] = "task"
    fields: FieldsSection = FieldsSection()
    video: VideoSection = VideoSection()


class SourceSection(_Section):
    """Input tables: URLs with globs."""

    tasks: Urls = Field(min_length=1)
    stage_history: Urls = []
    frames: Urls = Field([], description="rows of long videos that are kept outside of their task")
    issues: Urls = Field([], max_length=0, description="not carried out yet")


class OutputSection(_Section):
    """Where the export goes, and how it is cut."""

    url: Url = Field("exports", description="a folder on any store")
    format: Literal["ndjson-split"] = "ndjson-split"
    split_by: Literal["size"] = "size"
    compression: Literal["none", "gzip", "zstd"] = "none"
    shard_bytes: Size = Field(64 << 20, ge=1, description="uncompressed size of a shard to aim for")
    max_line_bytes: Size = Field(1 << 20, ge=1 << 10, le=_MAX_LINE)
    zip: Literal[False] = Field(False, description="not carried out yet")


class RunnerSection(_Section):
    """What carries the export out."""

    name: Literal["direct"] = "direct"
    workers: Literal["auto"] | Annotated[int, Field(ge=1, le=63)] = "auto"
    options: OpenOptions = Field({}, description="passed to Beam; unknown flags are refused")


class LimitsSection(_Section):
    """When a run counts as failed, and when a video as long."""

    max_dead_letters: int = Field(0, ge=0)
    long_video_frames: int = Field(
        50_000, ge=0, description="`plan` marks a video with more annotated frames than this"
    )


class ExportConfig(_Section):
    """One export."""

    export: ExportSection = ExportSection()
    source: SourceSection
    output: OutputSection = OutputSection()
    storage: dict[StoreName, OpenOptions] = Field(
        {}, description="per scheme, options of its fsspec filesystem"
    )
    runner: RunnerSection = RunnerSection()
    limits: LimitsSection = LimitsSection()
