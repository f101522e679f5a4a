"""Measure side by side with what a user would pick instead: `nox -s bench`.

A missed target is reported and is no failure; something that does not work is (exit code 1).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "blueprints" / "harness" / "tests" / "parity"))

from measure import commands, prove, report, scan, server, smoke  # noqa: E402 - after the harness's folder
from measure.timing import BenchFailed, Row  # noqa: E402

TIMES = 5
ONLY = ("help", "scan", "scaffold", "first-query", "reset", "prove", "matrix", "smoke")


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="parity-bench-") as place:
        folder = Path(place)
        folder.chmod(0o755)  # the server's user works in a cache below it
        try:
            for row in measured(folder, options):
                rows.append(row)
                print(f"bench: {row.what}: done", file=sys.stderr, flush=True)
        except BenchFailed as problem:
            print(f"bench: {problem}", file=sys.stderr)
            return 1
    print(report.terminal(rows))
    if options.json:
        found = {"machine": report.machine(), "rows": [row.as_json() for row in rows]}
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if options.write_docs:
        report.write_docs(ROOT / "docs" / "benchmarks.md", rows)
    return 0


def measured(folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """The rows, in the order of the table; what is not asked for is left out."""
    times = 1 if options.quick else options.times
    simple: dict[str, Callable[[], Row]] = {
        "help": lambda: commands.measure_help(times),
        "scaffold": lambda: commands.measure_scaffold(folder, times),
        "first-query": lambda: server.measure_server(times),
        "reset": lambda: server.measure_reset(times),
    }
    for name, measure in simple.items():
        if name in options.only:
            yield measure()
    if "scan" in options.only:
        yield from scan.measure_scan(folder, times, scan.LINES[:1] if options.quick else scan.LINES)
    if "prove" in options.only and not options.quick:
        yield prove.measure_prove(folder)
    if "matrix" in options.only and not options.quick:
        yield from prove.measure_matrix(folder)
    if "smoke" not in options.only:
        return
    if options.quick:
        yield smoke.measure_one_check(folder, sys.executable)
        return
    warm = smoke.measure_warm(folder, times, sys.executable)
    yield warm
    yield smoke.measure_cold(folder, times, sys.executable, warm.sample)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=TIMES, help=f"runs of each ({TIMES})")
    parser.add_argument("--only", nargs="+", choices=ONLY, default=ONLY, help="some of the rows")
    parser.add_argument("--quick", action="store_true", help="once each, one check, nothing cold")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument(
        "--write-docs", action="store_true", help="put the figures into docs/benchmarks.md"
    )
    options = parser.parse_args(arguments)
    if options.write_docs and (options.quick or tuple(options.only) != ONLY):
        parser.error("--write-docs needs all figures: no --quick, no --only")
    if options.times < 1:
        parser.error("--times is at least 1")
    return options


if __name__ == "__main__":
    sys.exit(main())
