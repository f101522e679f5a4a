"""What a fault came to. Pure: evidence in, one of nine words out."""

from __future__ import annotations

from dataclasses import dataclass, field

CAUGHT = ("caught-assertion", "caught-error")
VOID = ("inactive", "baseline-red", "timeout")
VERDICTS = (*CAUGHT, "harness-only", "survived", "no-effect", "not-reached", *VOID)
WHOLE = 5  # tests: when all of at least so many are red, none of them says anything


@dataclass(frozen=True, slots=True)
class Red:
    """A phase of a test that was not green.

    `assertion`: it compared and found a difference; else something crashed. `in_test`: the test's
    own code was on the stack. A red that says nothing about the test comes from setup, teardown,
    collection, or a fixture's error that pytest told again.
    """

    test: str
    phase: str
    assertion: bool
    in_test: bool
    message: str

    @property
    def says_something(self) -> bool:
        """Whether the test itself noticed."""
        return self.phase == "call" and self.in_test


@dataclass(slots=True)
class Evidence:
    """What was seen while a fault was armed. Counts are statements or rows.

    `active`: False when a probe showed that the fault was not in force. `whole`: all tests of the
    suite ran, so that all being red means nothing. `green_after`: False when tests that were red
    stayed so without the fault.
    """

    ran: list[str] = field(default_factory=list)
    reached: int = 0
    infected: int = 0
    reds: list[Red] = field(default_factory=list)
    active: bool = True
    late: bool = False
    whole: bool = False
    green_before: bool = True
    green_after: bool = True


def verdict(seen: Evidence) -> str:
    """One of VERDICTS."""
    if not seen.active:
        return "inactive"
    if not seen.green_before or not seen.green_after:
        return "baseline-red"
    if seen.infected:
        return _of_infected(seen)
    if seen.reds:  # without having done anything, the fault can't be the reason
        return "baseline-red"
    if seen.late:
        return "timeout"
    return "no-effect" if seen.reached else "not-reached"


def _of_infected(seen: Evidence) -> str:
    saying = [red for red in seen.reds if red.says_something]
    red_tests = {red.test for red in seen.reds}
    if seen.whole and len(seen.ran) >= WHOLE and len(red_tests) == len(seen.ran):
        return "harness-only"
    if any(red.assertion for red in saying):
        return "caught-assertion"
    if saying:
        return "caught-error"
    if seen.reds:
        return "harness-only"
    return "timeout" if seen.late else "survived"
