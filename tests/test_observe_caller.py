"""A driver ends with its caller, and only with its caller."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

WAITS = """\
import os, time
from scaffolder.observe.caller import end_with_the_caller

end_with_the_caller()
time.sleep(0.2)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # as pytest does while tests run
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def driver() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", WAITS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stdout.readline() == "ready\n"
    with process:
        yield process
        process.kill()


def test_another_input_and_a_stop_do_not_end_it(driver: subprocess.Popen[str]) -> None:
    os.kill(driver.pid, signal.SIGSTOP)
    os.kill(driver.pid, signal.SIGCONT)  # a read that waits begins again

    with pytest.raises(subprocess.TimeoutExpired):
        driver.wait(0.5)


def test_it_ends_when_nobody_holds_the_other_end(driver: subprocess.Popen[str]) -> None:
    assert driver.stdin and driver.stderr

    driver.stdin.close()

    assert driver.wait(30) == -signal.SIGTERM
    assert driver.stderr.read() == "nobody waits for this driver any more\n"
