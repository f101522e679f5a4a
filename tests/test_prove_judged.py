"""What the spec says about a fault: promised, or not to be noticed by anyone."""

from __future__ import annotations

from typing import Any

import pytest
from spec_text import MINIMAL

from scaffolder.prove.judged import Proof, covered, equivalent, judged
from scaffolder.prove.report import about_suite, headline, markdown, matrix, survivors
from scaffolder.spec.load import check
from scaffolder.spec.model import Spec

JOURNEYS = """
journeys:
  - id: place-order
    act: {post: /orders, json: {note: a}, status: 201, capture: {id: id}}
    stored:
      - table: orders
        where: {id: "{id}"}
        values: {note: a, code: {present: true}, made: {recent: 5s}, closed: null}
  - id: cancel-order
    act: {delete: /orders/1, status: 204}
    stored: [{table: orders, where: {id: 1}, rows: 0}]
  - id: see-line
    act: {post: /lines, json: {}, status: 201}
    stored: [{table: lines, where: {id: 1}, rows: 1}]
    visible: {get: /lines, json: {id: 1}}
"""


VARIABLES = """
  environment:
    SECRET_KEY: {required: true, sample: x}
    LEVEL: {required: false, sample: info}
"""
CHECKS = """
checks:
  - {id: environment, tier: smoke, budget: 10s}
"""


def with_checks() -> Spec:
    text = MINIMAL.rstrip() + VARIABLES + CHECKS
    found, problems = check(text.encode())
    assert found is not None and not problems, problems
    return found


@pytest.fixture(scope="module")
def spec() -> Spec:
    found, problems = check((MINIMAL + JOURNEYS).encode())
    assert found is not None and not problems, problems
    return found


def event(**given: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": "lower-cased:orders.note",
        "fault": "lower-cased",
        "table": "orders",
        "column": "note",
        "verdict": "survived",
        "noticed": {},
        "ran": ["journey_place_order.py::test_the_row_is_stored[0]"],
        "total": 1,
        "reached": 3,
        "infected": 2,
        "seconds": 0.1,
        "expected": 0.1,
        "why": "",
    }
    return told | given


@pytest.mark.parametrize(
    ("fault", "table", "column", "journey"),
    [
        ("ghost-insert", "orders", "", "place-order"),
        ("delete-ignored", "orders", "", "cancel-order"),
        ("ghost-insert", "stock", "", None),
        ("lower-cased", "orders", "note", "place-order"),
        ("lower-cased", "orders", "code", None),
        ("column-null", "orders", "code", "place-order"),
        ("time-shifted", "orders", "made", "place-order"),
        ("time-shifted", "orders", "closed", None),
        ("lower-cased", "orders", "unnamed", None),
        ("stale-read", "lines", "", "see-line"),
        ("stale-read", "orders", "", None),
        ("row-order", "lines", "", None),
    ],
)
def test_a_journey_promises_what_it_names(
    spec: Spec, fault: str, table: str, column: str, journey: str | None
) -> None:
    assert covered(fault, table, column, spec) == journey


def test_a_journey_that_did_not_meet_the_fault_promised_nothing(spec: Spec) -> None:
    elsewhere = judged(event(ran=["check_rollback.py::test_a"]), "harness", spec)

    assert elsewhere.covered is None
    assert judged(event(), "harness", spec).covered == "place-order"


@pytest.mark.parametrize("fault", ["time-cut-to-second", "stale-column"])
def test_a_promise_to_be_recent_cant_notice_less_than_its_window(spec: Spec, fault: str) -> None:
    why = equivalent(fault, "orders", "made", spec)

    assert why == "orders.made is the clock's reading, promised to be recent within 5s"
    assert equivalent(fault, "orders", "note", spec) is None
    assert equivalent("time-shifted", "orders", "made", spec) is None


def test_a_broken_promise_is_told_with_what_happened(spec: Spec) -> None:
    proof = Proof(faults=[judged(event(), "harness", spec)])

    told = list(survivors(proof))

    assert proof.broken_promises == proof.faults
    assert [line.strip() for line in told] == [
        "survived: lower-cased:orders.note",
        "a text is stored in lower case",
        "2 rows altered in orders.note, and no test noticed; 1 met it:",
        "journey_place_order.py::test_the_row_is_stored[0]",
        "would be caught by: a journey with stored: [{table: orders, values: {note: ...}}]",
        "but parity.yaml says that place-order covers it",
    ]


def test_of_many_tests_that_met_it_the_first_are_named(spec: Spec) -> None:
    tests = [f"check_a.py::test_{number}" for number in range(5)]
    proof = Proof(faults=[judged(event(ran=tests), "harness", spec)])

    told = [line.strip() for line in survivors(proof)]
    assert told[3:7] == [*tests[:3], "and 2 more"]
    assert proof.faults[0].as_json()["met_by"] == tests


def test_the_headline_counts_neither_void_nor_unmet_faults(spec: Spec) -> None:
    verdicts: tuple[str, ...] = ("survived", "caught-assertion", "caught-error", "harness-only")
    verdicts += ("no-effect", "not-reached", "timeout", "baseline-red", "inactive")
    told = [judged(event(verdict=verdict), "harness", spec) for verdict in verdicts]
    same = judged(event(fault="time-cut-to-second", column="made"), "harness", spec)

    proof = Proof(faults=[*told, same])

    assert headline(proof) == (
        "caught 2 of 4 production faults that were reached (1 more are equivalent)"
    )
    for line in matrix(proof):
        assert line.strip()
    page = markdown(proof, "the harness")
    assert all(f"| {name} | 1 |" in page for name in (*verdicts, "equivalent"))


def test_the_teams_own_suite_has_promised_nothing(spec: Spec) -> None:
    found = judged(event(), "suite", spec)

    assert found.covered is None and found.is_gap


def around(fault: str, narrow: str = "") -> dict[str, Any]:
    why = "it was asked for and not there: shop/main.py:3"
    place = {"table": narrow, "column": ""}
    return event(id=f"{fault}:{narrow}".strip(":"), fault=fault, why=why, **place)


@pytest.mark.parametrize(
    ("fault", "narrow", "promised", "same"),
    [
        ("variable-unset", "SECRET_KEY", "environment", None),
        ("variable-unset", "LEVEL", None, "parity.yaml does not require LEVEL"),
        ("other-major", "", None, None),  # this spec has no check `engine`
        ("zone-east", "", None, None),
        ("package-hidden", "yaml", None, None),
    ],
)
def test_what_stands_around_the_application_is_promised_by_a_check(
    fault: str, narrow: str, promised: str | None, same: str | None
) -> None:
    found = judged(around(fault, narrow), "harness", with_checks())

    assert (found.covered, found.equivalent) == (promised, same)


def test_a_survivor_around_the_application_names_no_rows() -> None:
    found = judged(around("package-hidden", "yaml"), "harness", with_checks())

    told = list(survivors(Proof(faults=[found])))

    text = "\n".join(told)
    assert "shop/main.py:3, and no test noticed; 1 met it" in text
    assert " rows" not in text and "the check imports" in text


@pytest.mark.parametrize(
    ("connections", "plain", "said"),
    [
        (0, None, ["not reached: the suite never connects to PostgreSQL; app.own_suite can"]),
        (7, None, ["3 tests, with 7 connections to PostgreSQL"]),
        (
            7,
            "the suite never connects to PostgreSQL",
            ["3 tests, with 7 connections", "without `env` and `settings` of app.own_suite: not r"],
        ),
    ],
)
def test_it_is_told_on_which_database_the_suite_ran(
    connections: int, plain: str | None, said: list[str]
) -> None:
    baseline = {"tests": 3, "connections": connections, "plain": plain}

    lines = about_suite(Proof("suite", baseline=baseline))

    assert len(lines) == len(said)
    assert all(line.startswith(begin) for line, begin in zip(lines, said, strict=True))
    assert all(line in markdown(Proof("suite", baseline=baseline), "pytest") for line in lines)


@pytest.mark.parametrize(
    ("fault", "table", "said"),
    [
        ("session-zone", "", "2 statements ran with the setting, and no test noticed"),
        ("stale-read", "orders", "2 reads of orders had another answer, and no test noticed"),
    ],
)
def test_what_is_no_row_has_words_of_its_own(spec: Spec, fault: str, table: str, said: str) -> None:
    found = judged(event(id=fault, fault=fault, table=table, column=""), "harness", spec)

    text = "\n".join(survivors(Proof(faults=[found])))

    assert said in text
    assert f"would be caught by: {found.catalog.details['caught_by']}" in text


def test_a_red_setup_is_told_as_one(spec: Spec) -> None:
    noticed = {"journey_place_order.py::test_the_row_is_stored[0]": "KeyError"}
    found = judged(event(verdict="harness-only", noticed=noticed), "harness", spec)

    text = "\n".join(survivors(Proof(faults=[found])))

    assert "and only a setup or teardown was red; 1 met it" in text


def test_a_line_is_cut_where_the_terminal_ends(spec: Spec) -> None:
    proof = Proof(faults=[judged(event(), "harness", spec)])

    assert max(map(len, matrix(proof, 40))) == 40
    assert max(map(len, matrix(proof))) > 40


def test_what_the_run_has_shown_to_be_equivalent_is_no_gap(spec: Spec) -> None:
    told = event(equivalent="every session that wrote orders had timezone UTC")

    assert not judged(told, "harness", spec).is_gap
    assert judged(told | {"verdict": "caught-error"}, "harness", spec).equivalent is None
