"""A job of Google Cloud Dataflow, from its submission to its end."""

import contextlib
from typing import Any

from apache_beam.runners.runner import PipelineState

from framehaul.pipelines.engines.engine import Engine
from framehaul.pipelines.engines.job_state import StateTeller
from framehaul.pipelines.telemetry.progress import log


class DataflowJob:
    """One job.

    Args:
        result: as ``DataflowRunner`` returns it.
    """

    def __init__(self, result: Any, engine: Engine) -> None:
        self._result = result
        self._tell = StateTeller(engine.name)
        if result.has_job:
            project, region = engine.value_of("project"), engine.value_of("region")
            page = (
                f"https://console.cloud.google.com/dataflow/jobs/{region}/{result.job_id()}?project={project}"
            )
            log("job_submitted", runner=engine.name, job_id=result.job_id(), page=page)

    def wait(self) -> None:
        """Wait for the end.

        Raises:
            DataflowRuntimeException: the job failed, with what the service says.
            RuntimeError: somebody else ended it.
        """
        runner = self._result._runner
        runner.poll_for_job_completion(runner, self._result, None, self._tell)
        state = self._result.wait_until_finish()
        if state != PipelineState.DONE:
            raise RuntimeError(f"the job is {state}")

    def cancel(self) -> None:
        """Ask the service to end the job."""
        with contextlib.suppress(Exception):  # what led to it is what matters
            self._result.cancel()
