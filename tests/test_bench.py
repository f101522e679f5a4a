"""The benchmark itself: every row can still be measured, and says what it compares."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from measure import report
from measure.timing import BenchFailed, Row, Sample, alternate, run

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """The figures of one quick run."""
    file = tmp_path_factory.mktemp("bench") / "figures.json"
    command = [sys.executable, str(ROOT / "tests" / "bench.py"), "--quick", "--json", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "parity --help" in done.stdout
    return {row["id"]: row for row in json.loads(file.read_text(encoding="utf-8"))["rows"]}


def test_quick_run_measures_every_row(rows: dict[str, dict[str, object]]) -> None:
    assert [*rows] == ["help", "scaffold", "first-query", "reset", "scan", "smoke-quick"]
    for row in rows.values():
        assert isinstance(row["median_ms"], float) and row["median_ms"] > 0


def test_targets_are_compared_with_what_a_user_would_pick(
    rows: dict[str, dict[str, object]],
) -> None:
    share = rows["first-query"]["measured"]
    assert isinstance(share, float) and 0 < share < 1  # without its cache it would be about 1
    for name in ("help", "scaffold", "first-query", "reset"):
        assert rows[name]["beside"] and rows[name]["met"] in (True, False)


def test_median_meets_a_target_and_a_share() -> None:
    fast, slow = Sample((0.001, 0.002, 0.009)), Sample((0.01,))

    assert Row("a", "what", fast, target=0.002).met is True
    assert Row("a", "what", fast, target=0.001).met is False
    assert Row("a", "what", fast, {"slow": slow}, target=0.2, share_of="slow").met is True
    assert Row("a", "what", fast, {"slow": slow}, target=0.19, share_of="slow").met is False
    assert Row("a", "what", fast).met is None


def test_runs_take_turns_and_may_time_themselves() -> None:
    order: list[str] = []

    def first() -> None:
        order.append("first")

    def second() -> float:
        order.append("second")
        return 42.0

    found = alternate(2, a=first, b=second)

    assert order == ["first", "second"] * 2
    assert found["b"].seconds == (42.0, 42.0)
    assert len(found["a"].seconds) == 2


def test_command_that_fails_is_no_figure() -> None:
    with pytest.raises(BenchFailed, match=r"exit code 3\nwhy"):
        run([sys.executable, "-c", "print('why'); raise SystemExit(3)"])


def test_documents_hold_the_figures_of_the_last_run(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    path.write_text(f"Above.\n{report.BEGIN}\nold\n{report.END}\nBelow.\n", encoding="utf-8")
    row = Row("a", "what", Sample((1.5,)), {"other": Sample((3.0,))}, target=1.0)

    report.write_docs(path, [row])

    text = path.read_text(encoding="utf-8")
    wanted = (
        "| what | 1,500 | 1,500 | 1 | <= 1,000 | missed | other: 3,000 (min 3,000), share 0.5 |"
    )
    assert wanted in text and "old" not in text
    assert text.startswith("Above.\n") and text.endswith("\nBelow.\n")
    with pytest.raises(ValueError, match="there is no section"):
        report.write_docs(ROOT / "LICENSE", [row])


def test_what_was_not_measured_says_why() -> None:
    row = Row("a", "what", None, target=1.0, note="no engine answers")

    assert report.cells(row)[-2:] == ("not measured", "no engine answers")
    assert row.as_json()["met"] is None
