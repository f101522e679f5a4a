"""What `.ci/run` ran, added up: a test counts once; each part and each test file must have run.

`tests/conftest.py` writes one tally for each run of pytest (PARITY_TALLY), `.ci/run` writes the
list of its parts.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parent
OUTCOMES = ("passed", "failed", "skipped")


@dataclass(frozen=True, slots=True)
class Part:
    """One step of `.ci/run`; `tally` is None for a step that runs no pytest of ours."""

    name: str
    code: int
    seconds: int
    tally: dict[str, str] | None


def read(folder: Path) -> list[Part]:
    """The parts in their order; a run of pytest that left no tally has an empty one."""
    parts = []
    lines = (folder / "parts").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        name, kind, code, seconds = line.split("\t")
        path = folder / f"{number}.json"
        tally = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        parts.append(Part(name, int(code), int(seconds), tally if kind == "pytest" else None))
    return parts


def problems(parts: list[Part], files: set[str]) -> list[str]:
    """Why the whole is red, one line each; `files` are the test files that there are."""
    found = [f"{part.name}: exit code {part.code}" for part in parts if part.code]
    found += [f"{part.name}: no test ran" for part in parts if part.tally == {}]
    ran = {
        name.partition("::")[0] for name, outcome in merged(parts).items() if outcome != "skipped"
    }
    found += [f"{file}: no test of it ran" for file in sorted(files - ran)]
    return found


def merged(parts: list[Part]) -> dict[str, str]:
    """Test -> outcome: what any part ran has run, and what failed once has failed."""
    weight = {"skipped": 0, "passed": 1, "failed": 2}
    outcomes: dict[str, str] = {}
    for part in parts:
        for name, outcome in (part.tally or {}).items():
            outcomes[name] = max(outcomes.get(name, "skipped"), outcome, key=weight.__getitem__)
    return outcomes


def closing(parts: list[Part], found: list[str]) -> list[str]:
    """The closing lines; a part that is no run of pytest counts as one test."""
    lines = []
    for part in parts:
        tally = "" if part.tally is None else f", {_counts(Counter(part.tally.values()))}"
        lines.append(f"{part.name}: exit code {part.code}, {part.seconds} s{tally}")
    lines += [f"FAILED {text}" for text in found]
    total = Counter(merged(parts).values())
    for part in parts:
        if part.tally is None:
            total["failed" if part.code else "passed"] += 1
    # what no single test stands for: a file that never ran, a run that broke off
    total["failed"] = max(total["failed"], 1 if found else 0)
    return [*lines, _counts(total)]


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{counter[outcome]} {outcome}" for outcome in OUTCOMES)


def main(folder: Path) -> int:
    """Prints the closing lines; 1 when anything is red."""
    parts = read(folder)
    found = problems(parts, {f"tests/{path.name}" for path in TESTS.glob("test_*.py")})
    print("\n##### all parts", *closing(parts, found), sep="\n")
    return 1 if found or not parts else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
