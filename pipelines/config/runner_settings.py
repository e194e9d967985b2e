"""The section ``runner``: the engine that carries the export out."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from framehaul.pipelines.config.open_options import OpenOptions
from framehaul.pipelines.config.runners import refuse_wrong_runner
from framehaul.pipelines.config.setting_values import Section, Url

RunnerName = Annotated[
    Literal["direct", "portable", "flink", "spark", "prism", "dataflow"],
    BeforeValidator(
        refuse_wrong_runner,
        json_schema_input_type=Literal["direct", "portable", "flink", "spark", "prism", "dataflow"],
    ),
]


class RunnerSection(Section):
    """The engine that carries the export out."""

    name: RunnerName = "direct"
    workers: Literal["auto"] | Annotated[int, Field(ge=1, le=63)] = "auto"
    exchange: Literal["auto", "inline"] | Url = Field(
        "auto",
        description="how records travel between workers: through the engine, or a folder that all workers see",
    )
    options: OpenOptions = Field({}, description="passed to Beam; unknown flags are refused")

    @model_validator(mode="after")
    def _check_fits_name(self) -> "RunnerSection":
        if self.name != "direct" and self.workers != "auto":
            raise ValueError(
                f"workers counts processes of this machine, for direct; {self.name} has flags for that in options, "
                "max_num_workers for example"
            )
        if "runner" in self.options:
            raise ValueError("options.runner is no flag here: name says what carries the export out")
        return self
