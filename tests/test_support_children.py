"""Processes of the application leave nothing behind, however they or the session end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.app import children
from support.app.commands import Completed, cause, run
from support.postgres.owner import Owner, started

# Prints its child's pid; both would run for a minute.
WITH_CHILD = (
    "import subprocess, sys; command = [sys.executable, '-c', 'import time; time.sleep(60)'];"
    "print(subprocess.Popen(command).pid, flush=True);"
)
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
SLEEP = "import time; time.sleep(60)"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / ".parity"


@pytest.fixture
def log(own: Path) -> Path:
    return own / "logs" / "server.log"


def spawn(log: Path, code: str) -> subprocess.Popen[bytes]:
    return children.spawn([sys.executable, "-c", code], env=os.environ, cwd=Path("/"), log=log)


def printed(log: Path) -> int:
    """The number that the process prints first."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if (text := log.read_text()).endswith("\n"):
            return int(text.split()[0])
        time.sleep(0.01)
    raise AssertionError("it printed nothing")


def is_gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if started(pid) is None:
            return True
        time.sleep(0.01)
    return False


def records(own: Path) -> list[Path]:
    return [*(own / "running").iterdir()]


def test_terminate_ends_a_process_and_what_it_started(own: Path, log: Path) -> None:
    process = spawn(log, WITH_CHILD + SLEEP)
    child = printed(log)

    code = children.terminate(process, log, 5)

    assert code == -signal.SIGTERM
    assert is_gone(child)
    assert not records(own)


def test_terminate_does_not_wait_for_ever(log: Path) -> None:
    process = spawn(log, STUBBORN + "print(1, flush=True);" + SLEEP)
    printed(log)

    assert children.terminate(process, log, 0.1) == -signal.SIGKILL


def test_a_program_that_is_missing_ends_with_127_and_says_so(log: Path) -> None:
    process = children.spawn(["no-such-program"], env={}, cwd=Path("/"), log=log)

    assert process.wait(5) == 127
    assert log.read_text() == "no-such-program: not found in the application's environment\n"
    children.terminate(process, log, 1)


@pytest.fixture
def orphan(own: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process whose session is gone, as after SIGKILL."""
    process = spawn(log, WITH_CHILD + SLEEP)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    owner = Owner.of(gone.pid)
    gone.wait()
    (record,) = records(own)
    record.write_text(json.dumps({**json.loads(record.read_text()), "owner": str(owner)}))
    yield process
    children.terminate(process, log, 0)


def test_reap_ends_what_a_killed_session_left(
    own: Path, log: Path, orphan: subprocess.Popen[bytes]
) -> None:
    child = printed(log)

    assert children.reap(own) == 1

    assert orphan.wait(5) == -signal.SIGKILL
    assert is_gone(child)
    assert not records(own)
    assert children.reap(own) == 0


def test_reap_ends_what_an_ended_process_of_a_killed_session_left(
    own: Path, log: Path, orphan: subprocess.Popen[bytes]
) -> None:
    child = printed(log)
    orphan.kill()
    orphan.wait()

    assert children.reap(own) == 1

    assert is_gone(child)


def test_reap_leaves_the_processes_of_a_living_session(own: Path, log: Path) -> None:
    process = spawn(log, SLEEP)

    assert children.reap(own) == 0

    assert process.poll() is None
    assert len(records(own)) == 1
    children.terminate(process, log, 5)


def test_reap_spares_another_process_with_the_same_number(own: Path, log: Path) -> None:
    process = spawn(log, SLEEP)
    (record,) = records(own)
    other = {"owner": "", "process": str(Owner(Owner.me().machine, process.pid, "long ago"))}
    record.write_text(json.dumps(other))

    assert children.reap(own) == 0

    assert process.poll() is None
    assert not records(own)
    children.terminate(process, log, 5)


def test_a_record_that_was_cut_short_is_removed(own: Path) -> None:
    (own / "running").mkdir(parents=True)
    (own / "running" / "1.json").write_text('{"owner": "x')

    assert children.reap(own) == 0
    assert not records(own)


def run_python(own: Path, code: str, timeout: float = 20) -> Completed:
    (own.parent / "code.py").write_text(code)
    return run(f"{sys.executable} code.py", os.environ, own.parent, own, timeout=timeout)


def test_a_command_is_run_without_a_shell(own: Path) -> None:
    done = run("echo '$HOME' ; x", {"PATH": os.environ["PATH"]}, own.parent, own)

    assert (done.returncode, done.output) == (0, "$HOME ; x\n")
    assert not records(own)
    assert not [*(own / "logs").iterdir()]


def test_a_command_reports_its_code_and_both_outputs(own: Path) -> None:
    done = run_python(own, "import sys; sys.stderr.write('bad \\udc80'); sys.exit(3)")

    assert done.returncode == 3
    assert done.output.startswith("bad ")


def test_a_command_that_is_missing_has_code_127(own: Path) -> None:
    done = run("no-such-program x", {"PATH": "/nowhere"}, own.parent, own)

    assert done.returncode == 127
    assert "no-such-program: not found in the application's environment" in done.output


def test_a_command_that_takes_too_long_is_stopped_with_its_children(own: Path) -> None:
    done = run_python(own, WITH_CHILD + SLEEP, timeout=1)

    assert done.returncode == 124
    assert done.output.endswith("stopped after 1 s")
    assert done.seconds < 10
    assert is_gone(int(done.output.split()[0]))


def test_a_command_that_leaves_a_process_with_its_output_open_is_over(own: Path) -> None:
    done = run_python(own, WITH_CHILD)

    assert done.returncode == 0
    assert done.seconds < 10
    assert is_gone(int(done.output))


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("a\nKeyError: 'x'\n\nRuntimeError: y\nlast", "KeyError: 'x'"),
        (
            "a\n  sqlalchemy.exc.ProgrammingError: (x) y\n(Background)",
            "sqlalchemy.exc.ProgrammingError: (x) y",
        ),
        ("first\nlast\n", "last"),
        (" \n", "no output"),
    ],
)
def test_the_line_of_an_output_that_names_the_cause(output: str, line: str) -> None:
    assert cause(output) == line
