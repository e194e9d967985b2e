"""The section ``trigger``: the changes in the source tables that start an export."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from framehaul.pipelines.config.durations import Duration
from framehaul.pipelines.config.setting_values import Section


class TriggerSection(Section):
    """Rules, and what is exported when one is met."""

    every: Duration = Field(
        timedelta(minutes=5),
        ge=timedelta(seconds=1),
        le=timedelta(days=1),
        description="how often the tables are looked at",
    )
    scope: Literal["all", "project"] = Field(
        "all",
        description="one export of all that the config selects, or one for each project that meets a rule; "
        "a config that names a project exports that one",
    )
    source_changed: bool = Field(False, description="a file is new, changed or gone")
    long_video: bool = Field(
        False, description="a video has come to have more annotated frames than limits.long_video_frames"
    )
    newly_in_stage: dict[str, Annotated[int, Field(ge=1)]] = Field(
        {}, description="so many tasks have come into a stage, by its name or id"
    )

    @model_validator(mode="after")
    def _check_has_rule(self) -> "TriggerSection":
        if not (self.source_changed or self.long_video or self.newly_in_stage):
            raise ValueError(
                "no rule is on; set source_changed: true, long_video: true or newly_in_stage: {Complete: 100}"
            )
        return self
