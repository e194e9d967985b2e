"""A job that a job service of Beam runs, from its submission to its end.

State of the process: ``listen_on_loopback`` has Beam's server of workers listen on this machine alone, for good.
"""

import contextlib
import time
from typing import Any

import grpc
from apache_beam.portability.api import beam_job_api_pb2 as api
from apache_beam.runners.worker import worker_pool_main

from framehaul.pipelines.engines.engine import Engine
from framehaul.pipelines.engines.job_state import StateTeller
from framehaul.pipelines.engines.loopback import OnLoopback
from framehaul.transforms.errors import EngineError

_ENDED = {api.JobState.DONE, api.JobState.FAILED, api.JobState.CANCELLED, api.JobState.DRAINED}
_SHORTEST_S, _LONGEST_S = 0.05, 0.5  # between two looks at the state
_SILENT_S = 20  # a job service that says nothing for so long is gone
_LAST_WORDS_S = 10


def listen_on_loopback() -> None:
    """Let only this machine reach LOOPBACK workers, which are a server in this process."""
    worker_pool_main.grpc = OnLoopback(grpc)


class PortableJob:
    """One job. Beam's own ``wait_until_finish`` would end a job with an error when its time limit is over.

    Args:
        result: as ``PortableRunner`` returns it.
    """

    def __init__(self, result: Any, engine: Engine) -> None:
        self._result = result
        self._service = result._job_service
        self._id = result._job_id
        self._tell = StateTeller(engine.name)

    def wait(self) -> None:
        """Wait for the end.

        Raises:
            EngineError: the job service does not answer any more.
            RuntimeError: the job failed, with what the service says about it.
        """
        pause = _SHORTEST_S
        try:
            while (state := self._state()) not in _ENDED:
                self._tell(api.JobState.Enum.Name(state))
                time.sleep(pause)
                pause = min(1.2 * pause, _LONGEST_S)
        finally:
            self._result._cleanup()
        if state != api.JobState.DONE:
            raise RuntimeError(f"the job is {api.JobState.Enum.Name(state)}\n{self._last_words()}")

    def _state(self) -> Any:
        end = time.monotonic() + _SILENT_S
        while True:
            try:
                return self._service.GetState(
                    api.GetJobStateRequest(job_id=self._id), timeout=_SILENT_S
                ).state
            except grpc.RpcError as error:
                if time.monotonic() > end:
                    raise EngineError(
                        f"the job service has not answered for {_SILENT_S} s ({error.code().name}); the job may still be "
                        "running: look there before the export is run again"
                    ) from None
                time.sleep(_LONGEST_S)

    def _last_words(self) -> str:
        """Error messages of the job service."""
        errors: list[str] = []
        with contextlib.suppress(grpc.RpcError):  # some services never end the stream
            request = api.JobMessagesRequest(job_id=self._id)
            for message in self._service.GetMessageStream(request, timeout=_LAST_WORDS_S):
                said = message.message_response
                if said.importance == api.JobMessage.JOB_MESSAGE_ERROR:
                    errors.append(said.message_text)
        return "\n".join(errors)

    def cancel(self) -> None:
        """Ask the service to end the job."""
        with contextlib.suppress(grpc.RpcError):
            self._service.Cancel(api.CancelJobRequest(job_id=self._id), timeout=_LAST_WORDS_S)
