"""Processes of the application: started in a group of their own, and never left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from support.postgres.owner import Owner, started

RUNNING = "running"  # folder beside the logs: one file per process


def spawn(
    command: list[str], *, env: Mapping[str, str], cwd: Path, log: Path
) -> subprocess.Popen[bytes]:
    """Start a process whose output goes to `log`. A missing program ends it with code 127."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                command,
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except FileNotFoundError:
            text = f"{command[0]}: not found in the application's environment\n"
            output.write(text.encode())
            process = subprocess.Popen(["/bin/sh", "-c", "exit 127"], start_new_session=True)
    running = log.parent.parent / RUNNING
    running.mkdir(parents=True, exist_ok=True)
    state = {"owner": str(Owner.me()), "process": str(Owner.of(process.pid))}
    (running / f"{process.pid}.json").write_text(json.dumps(state), encoding="utf-8")
    return process


def terminate(process: subprocess.Popen[bytes], log: Path, seconds: float) -> int:
    """SIGTERM to the process, then SIGKILL to what is left of its group; the exit code."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    with suppress(ProcessLookupError, PermissionError):  # macOS: nothing but a zombie is left
        os.killpg(process.pid, signal.SIGKILL)
    code = process.wait()
    (log.parent.parent / RUNNING / f"{process.pid}.json").unlink(missing_ok=True)
    return code


def reap(folder: Path) -> int:
    """Kill what a killed session left running; how many. `folder`: .parity of the repository."""
    count = 0
    for path in sorted((folder / RUNNING).glob("*.json")):
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:  # cut short by the kill
            state = {}
        owner = Owner.parse(state.get("owner", ""))
        process = Owner.parse(state.get("process", ""))
        if owner and not owner.is_gone():
            continue
        if process and (not process.is_gone() or started(process.pid) is None):
            # A leader that has ended leaves its group's number to what it started.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
                count += 1
        path.unlink(missing_ok=True)
    return count
