"""One export, as a person writes it down; checked as a whole before anything runs.

A setting that this version does not carry out yet is known, but only its
default is allowed: it is refused, never ignored.
"""

from typing import Annotated, Literal

from pydantic import Field

from pipelines.settings.open_options import OpenOptions
from pipelines.settings.selection import ExportSection
from pipelines.settings.values import Names, Section, Size, StoreName, Url, Urls

_MAX_LINE = 16 << 20  # DuckDB refuses a longer line


class SourceSection(Section):
    """Input tables: URLs with globs."""

    tasks: Urls = Field(min_length=1)
    stage_history: Urls = Field([])
    frames: Urls = Field([], description="rows of long videos that are kept outside of their task")
    issues: Urls = Field([], max_length=0, description="not carried out yet")


class OutputSection(Section):
    """Where the export goes, and how it is cut."""

    url: Url = Field("exports", description="a folder on any store")
    format: Literal["ndjson-split"] = "ndjson-split"
    split_by: Literal["size"] = "size"
    compression: Literal["none", "gzip", "zstd"] = "none"
    shard_bytes: Size = Field(64 << 20, ge=1, description="uncompressed size of a shard to aim for")
    max_line_bytes: Size = Field(1 << 20, ge=1 << 10, le=_MAX_LINE)
    zip: Literal[False] = Field(False, description="not carried out yet")


class RunnerSection(Section):
    """What carries the export out."""

    name: Literal["direct"] = "direct"
    workers: Literal["auto"] | Annotated[int, Field(ge=1, le=63)] = "auto"
    options: OpenOptions = Field({}, description="passed to Beam; unknown flags are refused")


class LimitsSection(Section):
    """When a run counts as failed, and when a video as long."""

    max_dead_letters: int = Field(0, ge=0)
    redact: Names = Field(
        [], description="keys whose values are masked in dead letters and log lines, at any depth"
    )
    long_video_frames: int = Field(
        50_000, ge=0, description="`plan` marks a video with more annotated frames than this"
    )


class ExportConfig(Section):
    """One export."""

    export: ExportSection = ExportSection()
    source: SourceSection
    output: OutputSection = OutputSection()
    storage: dict[StoreName, OpenOptions] = Field(
        {}, description="per scheme, options of its fsspec filesystem"
    )
    runner: RunnerSection = RunnerSection()
    limits: LimitsSection = LimitsSection()
