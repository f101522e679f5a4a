"""A scan of trees of several sizes, beside `parity init` with its draft, and `deptry`."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from measure.commands import BIN, EXAMPLE
from measure.timing import BenchFailed, Row, alternate, run, variables
from scaffolder.demo.examples import examples

LINES = (15_000, 45_000, 90_000)
SCAN = "from pathlib import Path; from scaffolder.scan.scan import scan; scan(Path('.'))"
INIT = "parity init --no-observe"
SECONDS = 1.5
"""Target at 45,000 lines."""


def measure_scan(folder: Path, times: int, sizes: tuple[int, ...] = LINES) -> list[Row]:
    """A row for each size; `deptry` is absent where it is not installed."""
    return [_measured(folder / f"scan-{size}", size, times) for size in sizes]


def _measured(folder: Path, size: int, times: int) -> Row:
    lines = service(folder, size)

    def init() -> float:
        (folder / "parity.yaml").unlink(missing_ok=True)
        return run([str(BIN / "parity"), "init", "--no-observe", "."], cwd=folder)

    actions = {"scan": lambda: run([sys.executable, "-c", SCAN], cwd=folder), INIT: init}
    if (BIN / "deptry").exists():
        actions["deptry"] = lambda: _deptry(folder)
    found = alternate(times, **actions)
    return Row(
        "scan",
        f"scan, {lines:,} lines of Python",
        found["scan"],
        {name: sample for name, sample in found.items() if name != "scan"},
        target=SECONDS if size == LINES[1] else None,
        note="" if "deptry" in found else "deptry not measured: it is not installed",
    )


def service(folder: Path, size: int) -> int:
    """The FastAPI example, grown to about `size` lines with modules of the standard library.

    Returns the number of lines. They are what people wrote, and no repository has to be fetched.
    """
    left_out = shutil.ignore_patterns("parity.yaml", "breakages", "__pycache__", ".parity")
    shutil.copytree(examples()[EXAMPLE].folder, folder, ignore=left_out)
    lines = sum(count(path) for path in folder.rglob("*.py"))
    for source in itertools.cycle(sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))):
        if lines >= size:
            break
        number = len(list((folder / "shop").glob(f"{source.stem}_*.py")))
        target = folder / "shop" / f"{source.stem}_{number}.py"
        shutil.copyfile(source, target)
        lines += count(target)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return lines


def count(path: Path) -> int:
    """Lines of a file."""
    return path.read_bytes().count(b"\n")


def _deptry(folder: Path) -> float:
    """Its findings (exit code 1) are no failure here."""
    begin = time.perf_counter()
    done = subprocess.run(
        [str(BIN / "deptry"), "."], cwd=folder, env=variables(), capture_output=True, text=True
    )
    if done.returncode not in (0, 1):
        raise BenchFailed(f"deptry: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return time.perf_counter() - begin
