import os
import subprocess
import sys
from pathlib import Path

import pytest
from live_translation.metrics.resources import CpuMeter, usage

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc here")


def test_a_child_counts_for_its_parent() -> None:
    _, alone = usage()
    code = "x = bytearray(30_000_000); print('ready', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        _, together = usage()
        assert usage(child.pid)[1] > 30_000_000
        assert together > alone + 30_000_000
        child.communicate(b"\n")


def test_cpu_is_told_as_a_share_of_the_time_that_passed() -> None:
    meter = CpuMeter(100.0)
    while usage()[0] - meter._seconds < 0.05:  # work for a while, however fast the machine is
        sum(range(10_000))
    percent, memory = meter.read(101.0)
    assert 5 <= percent < 500
    assert memory > 1_000_000
    assert meter.read(101.0)[0] == 0.0


def test_a_process_that_is_gone_takes_nothing() -> None:
    assert usage(2**22 - 1)[0] == 0.0
    assert os.getpid() > 0
