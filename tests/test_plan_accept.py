"""What a red run offers to be accepted, and what the entries say."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from scaffolder.plan.accept import NoSuchCase, Red, chosen, entry, offer
from scaffolder.spec.findings import Accepted
from support.run.results import Acceptances

TODAY = date(2027, 1, 31)
NUL = "test_a_value[sign-up-name-nul]"


def check(name: str, *failures: str, blocked: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"check": name, "failures": list(failures), "blocked": list(blocked)}


def results(*checks: dict[str, Any], failures: tuple[str, ...] = (), **cases: Any) -> Any:
    return {"checks": list(checks), "failures": list(failures), "cases": cases}


IMPORTS = check("imports", "imports: shop.a: missing\n  (case: 'shop.a')")
RED = results(IMPORTS, imports={"shop.a": "shop.a: missing\ndetails"})


def test_a_failure_with_a_name_is_offered_with_its_first_line() -> None:
    offered = offer(RED, [], TODAY)

    assert offered.red == (Red("imports", "shop.a", "shop.a: missing"),)
    assert offered.stays == ()


@pytest.mark.parametrize(
    ("case", "until", "offered"),
    [
        ("shop.a", None, 0),
        ("shop.*", "2027-01-31", 0),
        (None, None, 0),
        ("shop.b", None, 1),
        ("shop.a", "2027-01-30", 1),
    ],
)
def test_what_the_spec_accepts_today_is_not_offered_again(
    case: str | None, until: str | None, offered: int
) -> None:
    accepted = Accepted(check="imports", case=case, reason="known", until=until)

    assert len(offer(RED, [accepted], TODAY).red) == offered


def test_what_is_blocked_or_has_no_name_stays_red() -> None:
    stale = "engine: accepted case 'x' no longer fails: remove it from parity.yaml"
    why = "blocked by migrations: 'alembic upgrade head' failed"
    run = results(
        check("engine", stale),
        check("place-order", blocked=(why,)),
        failures=("not covered: persistence: no journey", "pr_smoke: pytest ended with 1"),
        area={"persistence": "no journey"},
    )

    offered = offer(run, [], TODAY)

    assert [(one.check, one.why) for one in offered.stays] == [
        ("engine", stale),
        ("place-order", why),
        ("", "pr_smoke: pytest ended with 1"),
    ]
    assert offered.red == (Red("area", "persistence", "no journey"),)


def test_names_choose_and_a_pattern_is_one_entry() -> None:
    cases = {NUL: "nul", "test_a_value[sign-up-mail-nul]": "nul", "test_a_value[x]": "x"}
    offered = offer(results(check("boundaries"), boundaries=cases), [], TODAY)

    one = chosen(offered, [f"boundaries:{NUL}"])
    pattern = chosen(offered, ["boundaries:*-nul]"])

    assert [red.case for red in one] == [NUL]
    assert [red.case for red in pattern] == ["*-nul]"]
    assert [red.case for red in next(iter(pattern.values()))] == [*cases][:2]
    assert len(chosen(offered, ["boundaries"])) == len(chosen(offered, [])) == 3


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("imports:shop.b", "imports:shop.b is not red in the last run; red there:\n  imports:sh"),
        ("engine", "engine is not red in the last run; red there:\n  imports:shop.a"),
        ("journey", "journey cannot be accepted: blocked by migrations: no"),
    ],
)
def test_a_name_that_is_not_red_is_refused(name: str, says: str) -> None:
    blocked = check("journey", blocked=("blocked by migrations: no",))
    run = results(IMPORTS, blocked, imports={"shop.a": "shop.a: missing"})

    with pytest.raises(NoSuchCase) as refused:
        chosen(offer(run, [], TODAY), [name])

    assert str(refused.value).startswith(says)


@pytest.mark.parametrize("case", [NUL, "shop/a.py:total", "two\nlines\x00here", "a*b"])
def test_the_harness_accepts_exactly_the_case_of_the_entry(case: str) -> None:
    made = entry(Red("boundaries", case, ""), reason="known", owner=None, until=TODAY)

    accepted = Acceptances([made], TODAY)

    assert "\n" not in made["case"]
    assert accepted.find("boundaries", case) == 0
    assert accepted.find("boundaries", f"{case}2") is None
    assert accepted.find("imports", case) is None


def test_an_entry_says_who_and_until_when() -> None:
    red = Red("imports", "shop.a", "")

    assert entry(red, reason="why", owner="team", until=TODAY) == {
        "check": "imports",
        "case": "shop.a",
        "reason": "why",
        "owner": "team",
        "until": "2027-01-31",
    }
    assert entry(red, reason="why", owner=None, until=None).keys() == {"check", "case", "reason"}
