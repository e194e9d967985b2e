"""The section ``export``: the tasks that are exported, and the shape of their records."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, field_validator, model_validator

from framehaul.pipelines.config.legacy_settings import LegacySection
from framehaul.pipelines.config.setting_values import Bound, Names, Section, TaskTypes
from framehaul.transforms.kinds.kinds import KINDS, RecordKind, kind_asked_for
from framehaul.transforms.tables import STAGE_HISTORY


class Interval(Section):
    """Interval of time, both bounds exclusive; ISO-8601, UTC where no zone is given."""

    after: Bound = None
    before: Bound = None

    @model_validator(mode="after")
    def _check_order(self) -> "Interval":
        if self.after and self.before and self.after >= self.before:
            raise ValueError(f"no time lies between {self.after} and {self.before}")
        return self

    def bounds(self) -> tuple[str, str]:
        """Bounds as sortable times of ``framehaul.transforms.records.times``."""
        return (self.after or "").removesuffix("Z"), (self.before or "").removesuffix("Z")


class FieldsSection(Section):
    """Fields that each record holds besides its core."""

    annotation_metadata: bool = True
    stage_history: bool = True
    idle_blur_durations: bool = False
    legacy: LegacySection = LegacySection()


class VideoSection(Section):
    """Rows that a video has."""

    only_key_frames: bool = Field(False, description="leave out what is computed between key frames")
    key_frame_flag: bool = Field(False, description='add "keyFrame": true|false to every row of a video')
    layout: Literal["frames", "tracks"] = Field(
        "frames", description="a list of rows, or one entry for each object, which holds its rows"
    )


class ExportSection(Section):
    """Tasks that are exported, and the shape of their records."""

    platform: str = Field("ango", description="the labelling platform that has written the tables")
    project: str | None = Field(None, description="project id; null is every project in the tables")
    stages: Names = Field(["Complete"], min_length=1, description='names or ids; "*" is all')
    batches: Names = Field([], description="names; empty is all; a task in any of them counts")
    tasks: Names = Field([], description="task ids; empty is all")
    task_types: TaskTypes = Field(["default"])
    updated_at: Interval = Interval()
    created_at: Interval = Interval()
    generation: Literal["v3", "legacy"] = Field(
        "v3", description="a record is a task (v3), or an asset with its tasks (legacy)"
    )
    type: Literal["task", "issue"] = Field("task", description="what is exported: annotated tasks, or issues")
    fields: FieldsSection = FieldsSection()
    video: VideoSection = VideoSection()

    @field_validator("platform")
    @classmethod
    def _check_platform(cls, platform: str) -> str:
        known = sorted({kind.platform for kind in KINDS})
        if platform not in known:
            raise ValueError(f"{platform} is no platform that is known; known are {', '.join(known)}")
        return platform

    @model_validator(mode="after")
    def _check_generation(self) -> "ExportSection":
        problems = list(self._settings_of_other_generation())
        if problems:
            raise ValueError(f"generation is {self.generation}, but {'; '.join(problems)}")
        return self

    def _settings_of_other_generation(self) -> Iterator[str]:
        """Say which settings would do nothing, and so are mistakes."""
        legacy = self.fields.legacy
        if self.generation == "v3":
            changed = [name for name, value in LegacySection() if getattr(legacy, name) != value]
            yield from (f"fields.legacy.{name} is for legacy alone" for name in changed)
            return
        if self.fields.idle_blur_durations:
            yield "fields.idle_blur_durations is for v3 alone"
        if self.video.layout != "frames":
            yield f"video.layout {self.video.layout} is for v3 alone"

    @property
    def kind(self) -> RecordKind:
        """The kind of record that is exported."""
        return kind_asked_for(self.platform, self.generation, self.type)

    @property
    def reads_stage_history(self) -> bool:
        """Tell whether the records hold stage history."""
        return self.fields.stage_history and STAGE_HISTORY in self.kind.tables
