"""All tests once more at another instant: what a run there came to, and what moves the clock."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from scaffolder.catalog.load_faults import faults
from scaffolder.prove.driver import clock
from scaffolder.prove.driver.trace import Target, Trace
from scaffolder.prove.driver.verdict import verdict

FAULT = faults()["clock-at-leap-day"].as_json()
AT = clock.instant(FAULT["at"])
RED = {
    "test": "check_timezone.py::test_now",
    "phase": "call",
    "assertion": True,
    "in_test": True,
    "message": "it is not now",
}


def events(**given: Any) -> list[dict[str, Any]]:
    clocks = {"application": [AT + 5], "server": AT + 5, "driver": AT + 6, "reds": []}
    return [{"event": "baseline", "tests": 7}, {"event": "clock", **clocks, **given}]


@pytest.mark.parametrize(
    ("told", "expected", "reason"),
    [
        (events(), "no-effect", "7 tests ran at 2028-02-29"),
        (events(reds=[RED]), "caught-assertion", ""),
        (events(reds=[{**RED, "test": "known"}]), "no-effect", "7 tests"),
        (events(application=[AT - 1e8]), "inactive", "the application's clock was not moved"),
        (events(server=time.time()), "inactive", "the clock of the server was not moved"),
        (events(application=[]), "inactive", "no Python process"),
        ([{"event": "unavailable", "text": "no PostgreSQL"}], "inactive", "no PostgreSQL"),
    ],
)
def test_each_verdict(told: list[dict[str, Any]], expected: str, reason: str) -> None:
    seen, why = clock.read(FAULT, [*told, {"event": "end"}], {"known": "red at any time"})

    assert verdict(seen) == expected and reason in why, why


def test_what_is_red_there_only_once_is_an_accident() -> None:
    told = [*events(reds=[RED]), {"event": "end"}]
    green, _ = clock.read(FAULT, [*events(), {"event": "end"}], {})

    accident, why = clock.both(clock.read(FAULT, told, {})[0], green)
    caught, _ = clock.both(clock.read(FAULT, told, {})[0], clock.read(FAULT, told, {})[0])

    assert verdict(accident) == "no-effect" and "green the second time" in why
    assert verdict(caught) == "caught-assertion"


def test_a_run_that_broke_off_is_void() -> None:
    seen, why = clock.read(FAULT, [{"event": "ended", "text": "it crashed"}, *events()], {})

    assert (verdict(seen), why) == ("inactive", "nothing ran at that instant: it crashed")


def test_every_process_is_moved_by_the_same_span() -> None:
    moved = clock.shift(FAULT["at"], Path("/lib/libfaketime.so.1"))

    assert abs(float(moved["FAKETIME"]) + time.time() - AT) < 5
    assert "/lib/libfaketime.so.1" in moved.values()


def test_without_the_library_it_is_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "found", lambda: None)

    (result,) = clock.Clock({}, Trace()).prove(FAULT, lambda target: target == Target(FAULT["id"]))

    assert (result.verdict, result.why) == ("not-reached", clock.MISSING)
