"""One export, as a person writes it down; checked as a whole before anything runs.

A setting that this version does not carry out yet is known, but only its
default is allowed: it is refused, never ignored.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, ValidatorFunctionWrapHandler, field_validator

from pipelines.settings.open_options import OpenOptions
from pipelines.settings.selection import ExportSection
from pipelines.settings.values import Section, Size, StoreName, Url, Urls

_MAX_LINE = 16 << 20  # DuckDB refuses a longer line


class SourceSection(Section):
    """Input tables: URLs with globs."""

    tasks: Urls = Field(min_length=1)
    stage_history: Urls = Field([])
    frames: Urls = Field([], description="rows of long videos that are kept outside of their task")
    issues: Urls = Field([], description="what an export of type issue reads, and nothing else does")


class IssueSourceSection(SourceSection):
    """The same for an export of issues, which needs no tasks."""

    tasks: Urls = Field([])
    issues: Urls = Field(min_length=1)


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
    long_video_frames: int = Field(
        50_000, ge=0, description="`plan` marks a video with more annotated frames than this"
    )


class ExportConfig(Section):
    """One export."""

    export: ExportSection = ExportSection()
    source: SourceSection | IssueSourceSection
    output: OutputSection = OutputSection()
    storage: dict[StoreName, OpenOptions] = Field(
        {}, description="per scheme, options of its fsspec filesystem"
    )
    runner: RunnerSection = RunnerSection()

    @field_validator("source", mode="wrap")
    @classmethod
    def _for_its_type(
        cls, value: Any, _: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> SourceSection | IssueSourceSection:
        """One of the two, so that problems are told of that one alone."""
        export = info.data.get("export")
        section = IssueSourceSection if export is not None and export.type == "issue" else SourceSection
        return section.model_validate(value.model_dump() if isinstance(value, Section) else value)

    limits: LimitsSection = LimitsSection()
