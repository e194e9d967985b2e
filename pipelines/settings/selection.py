"""The section ``export``: which tasks, in which shape."""

from typing import Literal

from pydantic import Field, model_validator

from pipelines.settings.values import Bound, Names, Section, TaskTypes


class Interval(Section):
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


class FieldsSection(Section):
    """What each record holds besides its core."""

    annotation_metadata: bool = True
    stage_history: bool = True
    idle_blur_durations: bool = False


class VideoSection(Section):
    """Which rows a video has."""

    only_key_frames: bool = Field(False, description="leave out what is computed between key frames")
    key_frame_flag: bool = Field(False, description='add "keyFrame": true|false to every row of a video')
    layout: Literal["frames", "tracks"] = Field(
        "frames", description="a list of rows, or one entry for each object, which holds its rows"
    )


class ExportSection(Section):
    """Which tasks, in which shape."""

    project: str | None = Field(None, description="project id; null is every project in the tables")
    stages: Names = Field(["Complete"], min_length=1, description='names or ids; "*" is all')
    batches: Names = Field([], description="names; empty is all; a task in any of them counts")
    tasks: Names = Field([], description="task ids; empty is all")
    task_types: TaskTypes = Field(["default"])
    updated_at: Interval = Interval()
    created_at: Interval = Interval()
    generation: Literal["v3"] = "v3"
    type: Literal["task"] = "task"
    fields: FieldsSection = FieldsSection()
    video: VideoSection = VideoSection()
