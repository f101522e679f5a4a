"""The driver as a process: its progress is passed on, and nothing of it is left behind."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from scaffolder.observe import child

Echo = Callable[[str], None]
DRIVER = Path(__file__).resolve().parent / "driver"
MODULE = "scaffolder.observe.driver"


@dataclass(frozen=True, slots=True)
class Ended:
    """What the driver wrote, and why it ended early (None: it did not)."""

    report: Mapping[str, Any]
    problem: str | None


def run_driver(
    python: Path,
    paths: list[Path],
    job: Mapping[str, Any],
    folder: Path,
    seconds: float,
    echo: Echo,
) -> Ended:
    """Run the driver on a job, at most so long; `folder` holds its input, result and log.

    Whatever ends this function, an exception included, has stopped the driver, and what it started.
    """
    task, result, errors = folder / "job.json", folder / "report.json", folder / "driver.log"
    task.write_text(json.dumps(job), encoding="utf-8")
    variables = child.environment(paths)
    command = [str(python), "-m", MODULE]
    late = False
    process = child.start([*command, str(task), str(result)], variables, folder, errors)
    passing_on = threading.Thread(target=_pass_on, args=(process, echo), daemon=True)
    passing_on.start()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        late = True
    finally:
        ended = child.stop(process)
        if not ended or process.returncode not in (0, 128 + signal.SIGTERM):
            child.reap([*command, "--reap", str(job["repository"])], variables, folder)
    passing_on.join(timeout=5)
    return Ended(_read(result), _problem(process.returncode, late, seconds, errors))


@contextmanager
def sigterm_raises() -> Iterator[None]:
    """SIGTERM unwinds the stack, so that it cleans up; only the main thread may ask for it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def unwind(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, unwind)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _pass_on(process: subprocess.Popen[bytes], echo: Echo) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        echo(line.decode("utf-8", errors="replace").rstrip())


def _read(result: Path) -> Mapping[str, Any]:
    try:
        report: Mapping[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # it never got so far
        return {}
    return report


def _problem(code: int, late: bool, seconds: float, errors: Path) -> str | None:
    if late:
        return f"stopped after {seconds:.0f} s"
    if code == 0:
        return None
    said = "".join(child.last_lines(errors, 1)).strip() or "no output"
    return f"the driver ended with exit code {code}: {said}"
