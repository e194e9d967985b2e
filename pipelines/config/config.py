"""Config of one export, as a person writes it down; it is checked as a whole before anything runs."""

from typing import Any, Literal

from pydantic import Field, ValidationInfo, ValidatorFunctionWrapHandler, field_validator, model_validator

from framehaul.pipelines.config.metrics_settings import MetricsSection
from framehaul.pipelines.config.notify_settings import NotifySection
from framehaul.pipelines.config.runner_settings import RunnerSection
from framehaul.pipelines.config.schedule_settings import ScheduleSection
from framehaul.pipelines.config.selection_settings import ExportSection
from framehaul.pipelines.config.setting_values import Names, Section, Size, Url, Urls
from framehaul.pipelines.config.store_settings import StorageSection
from framehaul.pipelines.config.trigger_settings import TriggerSection

_MAX_LINE = 16 << 20  # DuckDB refuses a longer line


class SourceSection(Section):
    """Input tables: URLs with globs."""

    tasks: Urls = Field(min_length=1)
    stage_history: Urls = Field([])
    frames: Urls = Field([], description="rows of long videos that are kept outside of their task")
    issues: Urls = Field([], description="what an export of type issue reads, and nothing else does")


class IssueSourceSection(SourceSection):
    """Input tables of an export of issues, which needs no tasks."""

    tasks: Urls = Field([])
    issues: Urls = Field(min_length=1)


class OutputSection(Section):
    """Place of the export, and how it is cut."""

    url: Url = Field("exports", description="a folder on any store")
    format: Literal["ndjson-split", "ndjson", "json"] = Field(
        "ndjson-split", description="shards, or one object with all records: a line each, or one array"
    )
    split_by: Literal["size", "asset"] = Field(
        "size", description="numbered shards, or one object for each asset (ndjson-split only)"
    )
    compression: Literal["none", "gzip", "zstd"] = "none"
    shard_bytes: Size = Field(64 << 20, ge=1, description="uncompressed size of a shard to aim for")
    max_line_bytes: Size = Field(1 << 20, ge=1 << 10, le=_MAX_LINE, description="ndjson-split only")
    zip: bool = Field(False, description="additionally one zip as the platform makes it, data file first")

    @model_validator(mode="after")
    def _check_together(self) -> "OutputSection":
        if self.split_by == "asset" and self.format != "ndjson-split":
            raise ValueError(
                f"split_by asset writes many objects, and format {self.format} is one; "
                "use format ndjson-split, or leave split_by out"
            )
        return self


class LimitsSection(Section):
    """Limits from which on a run counts as failed, a record as too long, or a video as long."""

    max_dead_letters: int = Field(0, ge=0, description="more records set aside count as failed")
    min_records: int = Field(
        1, ge=0, description="fewer records exported, from tables that hold some, count as failed"
    )
    max_record_bytes: Size = Field(
        1 << 30, ge=1 << 10, description="a longer record is set aside by its place and length, unread"
    )
    redact: Names = Field(
        [], description="keys whose values are masked in dead letters and log lines, at any depth"
    )
    long_video_frames: int = Field(
        50_000, ge=0, description="`plan` marks a video with more annotated frames than this"
    )


class ExportConfig(Section):
    """One export."""

    export: ExportSection = ExportSection()
    source: SourceSection | IssueSourceSection
    output: OutputSection = OutputSection()
    storage: StorageSection = Field(
        {}, description="per scheme, options of its fsspec filesystem, and what goes with every object"
    )
    runner: RunnerSection = RunnerSection()
    limits: LimitsSection = LimitsSection()
    schedule: ScheduleSection | None = None
    trigger: TriggerSection | None = None
    metrics: MetricsSection = MetricsSection()
    notify: NotifySection | None = None

    @field_validator("source", mode="wrap")
    @classmethod
    def _check_source(
        cls, value: Any, _: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> SourceSection | IssueSourceSection:
        """Check one of the two sections, so that problems are told of that one alone."""
        export = info.data.get("export")
        section = IssueSourceSection if export is not None and export.type == "issue" else SourceSection
        return section.model_validate(value.model_dump() if isinstance(value, Section) else value)

    @field_validator("output")
    @classmethod
    def _check_output(cls, output: OutputSection, info: ValidationInfo) -> OutputSection:
        export = info.data.get("export")
        if export is not None and export.type == "issue" and output.split_by == "asset":
            raise ValueError(
                "split_by asset writes one object for each asset, and not every issue tells the id of its asset; "
                "leave split_by out, or use format ndjson or json"
            )
        return output

    def manifest_settings(self) -> dict[str, Any]:
        """Settings as a manifest holds them: secrets are names of variables, and nobody's address is in them."""
        return self.model_dump(mode="json", exclude={"notify"})
