"""Evidence in, one of nine words out."""

from __future__ import annotations

import pytest

from scaffolder.prove import judged, report
from scaffolder.prove.driver.verdict import VERDICTS, Evidence, Red, verdict

TEST = "test_a.py::test_a"


def red(
    test: str = TEST, *, phase: str = "call", assertion: bool = True, in_test: bool = True
) -> Red:
    return Red(test, phase, assertion, in_test, "message")


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (Evidence(infected=1, reds=[red()]), "caught-assertion"),
        (Evidence(infected=1, reds=[red(assertion=False)]), "caught-error"),
        (Evidence(infected=1, reds=[red(assertion=False), red("b")]), "caught-assertion"),
        (Evidence(infected=1, reds=[red(phase="setup")]), "harness-only"),
        (Evidence(infected=1, reds=[red(phase="teardown")]), "harness-only"),
        (Evidence(infected=1, reds=[red(in_test=False)]), "harness-only"),
        (Evidence(infected=1), "survived"),
        (Evidence(reached=3), "no-effect"),
        (Evidence(), "not-reached"),
        (Evidence(infected=1, reds=[red()], active=False), "inactive"),
        (Evidence(infected=1, reds=[red()], green_before=False), "baseline-red"),
        (Evidence(infected=1, reds=[red()], green_after=False), "baseline-red"),
        (Evidence(reached=3, reds=[red()]), "baseline-red"),
        (Evidence(infected=1, late=True), "timeout"),
        (Evidence(late=True), "timeout"),
        (Evidence(infected=1, late=True, reds=[red()]), "caught-assertion"),
    ],
)
def test_what_was_seen_decides(seen: Evidence, expected: str) -> None:
    assert verdict(seen) == expected


def test_all_red_says_nothing_where_the_whole_suite_ran() -> None:
    ran = [f"test_{number}" for number in range(5)]

    seen = Evidence(ran=ran, infected=5, reds=[red(test) for test in ran], whole=True)

    assert verdict(seen) == "harness-only"
    seen.reds.pop()
    assert verdict(seen) == "caught-assertion"


def test_every_verdict_has_its_place_and_its_words() -> None:
    assert set(judged.ORDER) == set(VERDICTS) == set(report.MEANING) - {"equivalent"}
