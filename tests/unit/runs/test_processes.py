"""A process is told apart from another one that has its number."""

import os
import subprocess
import sys

import msgspec

from framehaul.transforms.runs.processes import is_running, this_process


def test_the_process_that_asks_is_running() -> None:
    me = this_process()
    assert me.pid == os.getpid()
    assert is_running(me)
    assert str(me) == f"process {me.pid} on {me.host}"


def test_a_later_process_with_the_same_number_is_another_one() -> None:
    assert is_running(msgspec.structs.replace(this_process(), started=this_process().started - 1)) is False


def test_a_process_that_has_ended_is_not_running_even_before_its_parent_knows() -> None:
    child = subprocess.Popen([sys.executable, "-c", PRINT_PROCESS], stdout=subprocess.PIPE)
    assert child.stdout is not None
    found = msgspec.json.decode(child.stdout.readline(), type=type(this_process()))
    child.stdout.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it stays a zombie
    assert (found.pid, is_running(found)) == (child.pid, False)
    child.wait()
    assert is_running(found) is False


PRINT_PROCESS = """
import msgspec, sys
from framehaul.transforms.runs.processes import this_process
sys.stdout.buffer.write(msgspec.json.encode(this_process()))
"""


def test_nothing_is_known_of_a_process_of_another_machine() -> None:
    assert is_running(msgspec.structs.replace(this_process(), machine="another/pid:[1]")) is None
    assert is_running(msgspec.structs.replace(this_process(), machine="")) is None
