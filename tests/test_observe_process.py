"""The driver as a process: its report, its end, and what stops it; a stand-in plays the driver."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from trials import take_ctrl_c

from scaffolder.observe import child, process
from scaffolder.observe.child import place_driver
from scaffolder.observe.process import DRIVER, run_driver

START = """\
import json, os, signal, subprocess, sys, time
from pathlib import Path
job = json.loads(Path(sys.argv[1]).read_text()) if sys.argv[1] != "--reap" else None
def report(**document):
    Path(sys.argv[2]).write_text(json.dumps(document))
"""
TOOL = """\
import sys
from pathlib import Path
from scaffolder.observe.process import run_driver, sigterm_raises
folder = Path(sys.argv[1])
with sigterm_raises():
    try:
        job = {"repository": ""}
        run_driver(Path(sys.executable), [folder / "driver"], job, folder, 60, print)
    finally:
        print("put away", flush=True)
"""


def stand_in(folder: Path, body: str) -> Path:
    """A package in the driver's place that does something else."""
    place = folder / "driver" / "scaffolder" / "observe" / "driver"
    place.mkdir(parents=True)
    for parent in (place, place.parent, place.parents[1]):
        (parent / "__init__.py").touch()
    (place / "__main__.py").write_text(START + body, encoding="utf-8")
    return folder


def run(folder: Path, seconds: float = 30, echoed: list[str] | None = None) -> process.Ended:
    lines = [] if echoed is None else echoed
    job = {"repository": str(folder / "copy")}
    return run_driver(Path(sys.executable), [folder / "driver"], job, folder, seconds, lines.append)


def lives(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] not in "ZX"


def test_progress_is_passed_on_and_the_report_comes_back(tmp_path: Path) -> None:
    stand_in(tmp_path, "print('one'); print('two')\nreport(steps=[], place=job['repository'])")
    echoed: list[str] = []

    ended = run(tmp_path, echoed=echoed)

    assert echoed == ["one", "two"]
    assert ended == process.Ended({"steps": [], "place": str(tmp_path / "copy")}, None)


def test_a_crash_leaves_the_report_as_it_was_and_says_why(tmp_path: Path) -> None:
    stand_in(tmp_path, "report(steps=[1])\nraise ValueError('strange application')")

    ended = run(tmp_path)

    assert ended.report == {"steps": [1]}
    why = "the driver ended with exit code 1: ValueError: strange application"
    assert ended.problem == why


def test_no_report_at_all_is_an_empty_one(tmp_path: Path) -> None:
    stand_in(tmp_path, "Path(sys.argv[2]).write_text('{cut')\nsys.exit(3)")

    ended = run(tmp_path)

    assert ended.report == {}
    assert ended.problem == "the driver ended with exit code 3: no output"


def test_a_driver_that_takes_too_long_is_told_to_end(tmp_path: Path) -> None:
    stand_in(
        tmp_path,
        "signal.signal(signal.SIGTERM, lambda *_: (report(steps=['put away']), sys.exit(143)))\n"
        "time.sleep(60)",
    )

    ended = run(tmp_path, seconds=1)

    assert ended.problem == "stopped after 1 s"
    assert ended.report == {"steps": ["put away"]}


def test_a_driver_that_does_not_end_is_killed_and_reaped_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "STOP_SECONDS", 0.5)
    stand_in(
        tmp_path,
        "if job is None:\n"
        "    Path('reaped').write_text(sys.argv[2])\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "report(pids=[os.getpid(), child.pid])\n"
        "time.sleep(60)",
    )

    ended = run(tmp_path, seconds=1)

    assert ended.problem == "stopped after 1 s"
    assert not any(lives(pid) for pid in ended.report["pids"])
    assert (tmp_path / "reaped").read_text() == str(tmp_path / "copy")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_ends_the_tool_ends_the_driver(tmp_path: Path, number: signal.Signals) -> None:
    stand_in(
        tmp_path,
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n"
        "report(pid=os.getpid())\nprint('ready', flush=True)\ntime.sleep(60)",
    )
    tool = _tool(tmp_path)
    assert tool.stdout is not None
    assert tool.stdout.readline() == "ready\n"
    pid = int((tmp_path / "report.json").read_text().strip('{}"pid: '))

    tool.send_signal(number)
    said, _ = tool.communicate(timeout=30)

    assert tool.returncode == {signal.SIGTERM: 143, signal.SIGINT: -signal.SIGINT}[number]
    assert said.endswith("put away\n")
    assert not lives(pid)


def test_the_input_of_the_driver_ends_with_the_tool(tmp_path: Path) -> None:
    stand_in(
        tmp_path,
        "report(pid=os.getpid())\nprint('ready', flush=True)\n"
        "os.read(0, 1)\nPath('noticed').touch()",
    )
    tool = _tool(tmp_path)
    assert tool.stdout is not None
    assert tool.stdout.readline() == "ready\n"

    tool.kill()
    tool.communicate()

    deadline = time.monotonic() + 20
    while not (tmp_path / "noticed").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (tmp_path / "noticed").exists()


def _tool(folder: Path) -> subprocess.Popen[str]:
    # A shell that ignores SIGINT, as one in the background does, hands that on.
    return subprocess.Popen(
        [sys.executable, "-c", TOOL, str(folder)],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=take_ctrl_c,
    )


def test_the_driver_is_placed_with_its_guard(tmp_path: Path) -> None:
    place_driver(DRIVER, tmp_path)

    package = tmp_path / "scaffolder" / "observe"
    assert (package / "driver" / "__main__.py").is_file()
    assert (package / "driver" / "guard" / "sitecustomize.py").is_file()
    assert (package / "__init__.py").read_text() == ""
    assert not (package / "observe.py").exists()
