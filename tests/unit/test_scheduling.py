"""No test, and nothing that a test starts, gets real-time priority."""

import os
import subprocess
import sys

import pytest

TRY = "import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))"


def test_this_process_gets_no_real_time_priority() -> None:
    with pytest.raises(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


def test_nor_does_a_process_that_it_starts() -> None:
    done = subprocess.run([sys.executable, "-c", TRY], capture_output=True, timeout=30, check=False)
    assert b"PermissionError" in done.stderr
