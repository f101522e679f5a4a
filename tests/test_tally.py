"""The sum of `.ci/run`: red when anything failed, and when something did not run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tally
from tally import Part, closing, merged, problems

A, B = "tests/test_a.py::test_one", "tests/test_b.py::test_two"
FILES = {"tests/test_a.py", "tests/test_b.py"}
GREEN = [
    Part("main job", 0, 60, None),
    Part("tests", 0, 30, {A: "passed", B: "skipped"}),
    Part("docker", 0, 20, {B: "passed"}),
]


def test_a_test_counts_once_and_a_command_as_one() -> None:
    assert problems(GREEN, FILES) == []
    assert closing(GREEN, []) == [
        "main job: exit code 0, 60 s",
        "tests: exit code 0, 30 s, 1 passed, 0 failed, 1 skipped",
        "docker: exit code 0, 20 s, 1 passed, 0 failed, 0 skipped",
        "3 passed, 0 failed, 0 skipped",
    ]


def test_what_failed_once_has_failed() -> None:
    parts = [Part("tests", 1, 1, {A: "failed"}), Part("again", 0, 1, {A: "passed", B: "passed"})]

    assert merged(parts)[A] == "failed"
    found = problems(parts, FILES)
    assert found == ["tests: exit code 1"]
    assert closing(parts, found)[-2:] == [
        "FAILED tests: exit code 1",
        "1 passed, 1 failed, 0 skipped",
    ]


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        (GREEN[:2], "tests/test_b.py: no test of it ran"),
        ([*GREEN, Part("act", 0, 1, {})], "act: no test ran"),
        ([*GREEN, Part("lint", 2, 1, None)], "lint: exit code 2"),
    ],
)
def test_what_did_not_run_is_red(parts: list[Part], problem: str) -> None:
    found = problems(parts, FILES)

    assert found == [problem]
    assert f"FAILED {problem}" in closing(parts, found)
    assert " 0 failed" not in closing(parts, found)[-1]


def test_the_lists_of_ci_are_read(tmp_path: Path) -> None:
    (tmp_path / "parts").write_text("lint\tnone\t0\t9\ntests\tpytest\t0\t30\nact\tpytest\t1\t2\n")
    (tmp_path / "2.json").write_text(json.dumps({A: "passed"}))

    assert tally.read(tmp_path) == [
        Part("lint", 0, 9, None),
        Part("tests", 0, 30, {A: "passed"}),
        Part("act", 1, 2, {}),
    ]


def test_nothing_at_all_is_red(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "parts").write_text("")

    assert tally.main(tmp_path) == 1
    assert capsys.readouterr().out.endswith("0 passed, 1 failed, 0 skipped\n")
