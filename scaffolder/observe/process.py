"""The driver as a process: its progress is passed on, and nothing of it is left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

Echo = Callable[[str], None]
DRIVER = Path(__file__).resolve().parent / "driver"
MODULE = "scaffolder.observe.driver"
STOP_SECONDS = 40
"""For the driver to stop the application (10 s), its databases and the server."""
REAP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Ended:
    """What the driver wrote, and why it ended early (None: it did not)."""

    report: Mapping[str, Any]
    problem: str | None


def place_driver(folder: Path) -> None:
    """Put the driver into a folder of its own, as the package that it is here."""
    package = folder / "scaffolder" / "observe"
    package.mkdir(parents=True)
    for parent in (package.parent, package):
        (parent / "__init__.py").write_text("", encoding="utf-8")
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(DRIVER, package / "driver", ignore=left_out)


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
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    environment |= {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(python), "-m", MODULE]
    late = False
    with errors.open("wb") as log:
        process = subprocess.Popen(
            [*command, str(task), str(result)],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,  # its end tells the driver that nobody waits for it any more
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,  # Ctrl-C is ours; the driver is told with SIGTERM
        )
    passing_on = threading.Thread(target=_pass_on, args=(process, echo), daemon=True)
    passing_on.start()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        late = True
    finally:
        clean = _stop(process)
        if not clean:
            _reap([*command, "--reap", str(job["repository"])], environment, folder)
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


def _stop(process: subprocess.Popen[bytes]) -> bool:
    """End the driver; whether it came to its own end, with everything put away."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
    killed = process.poll() is None
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
    return not killed and process.returncode in (0, 128 + signal.SIGTERM)


def _reap(command: list[str], environment: Mapping[str, str], folder: Path) -> None:
    """The harness's own code finds what a dead driver has left: by owner, nothing else."""
    with suppress(subprocess.TimeoutExpired, OSError):
        subprocess.run(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=REAP_SECONDS,
            check=False,
        )


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
    lines = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f"the driver ended with exit code {code}: {lines[-1].strip() if lines else 'no output'}"
