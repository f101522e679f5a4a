"""Warnings: allowed, and yet against what experience says."""

from __future__ import annotations

from datetime import date

import pytest
from spec_text import MINIMAL, spec_of

from scaffolder.spec.practices import practice_findings

MODE = "visibility: silent, blast_radius: record, detection: hard"
GAP = "gaps: [{id: sqlite, category: db-dialect}]\n"
JOURNEY = "journeys: [{id: order, act: {post: /}, stored: [{table: t}], visible: {get: /}, %s}]\n"


def warnings(text: str, *, files: tuple[str, ...] = ()) -> list[str]:
    found = practice_findings(
        spec_of(text), today=date(2027, 1, 15), exists=lambda name: name in files
    )
    return [finding.text for finding in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "no journey shows that what is acknowledged is stored"),
        (GAP, "the gap 'sqlite' has no failure mode"),
        (GAP, "no check holds the category 'db-dialect' of the gap 'sqlite'"),
        (GAP.replace("}", ", evidence: [a.py:3]}"), "the evidence 'a.py' does not exist"),
        (
            GAP + f"failure_modes: [{{id: m, gap: sqlite, {MODE}}}]\n",
            "failure mode 'm' has no tier",
        ),
        (
            GAP + f"failure_modes: [{{id: m, gap: sqlite, tier: smoke, {MODE}}}]\n",
            "no check or journey covers the failure mode 'm'",
        ),
        (
            GAP + f"failure_modes: [{{id: m, gap: sqlite, tier: smoke, {MODE}}}]\n"
            "checks: [{id: engine, tier: nightly, budget: 5s, covers: [m]}]\n",
            "'m' belongs to smoke, and is covered in nightly",
        ),
        ("journeys: [{id: a, act: {get: /}}]\n", "the journey 'a' looks at nothing that is stored"),
        ("journeys: [{id: a, act: {get: /}}]\n", "looks at nothing that a user can see"),
        ("commands: {prove: {budget: 9s}}\n", "the budget of prove has no owner"),
        (
            GAP + f"failure_modes: [{{id: m, gap: sqlite, covered_by: 'a.py::b', {MODE}}}]\n",
            "the test file 'a.py' does not exist",
        ),
        (
            GAP
            + "failure_modes:\n"
            + f"  - {{id: m, gap: sqlite, tier: unit, covered_by: 'a.py::b', {MODE}}}\n",
            "no check or journey covers the failure mode 'm'",
        ),
        ("commands: {pr_smoke: {tiers: [unit]}}\n", "pr_smoke does not run the tier 'smoke'"),
        (
            "accepted: [{check: imports, reason: x}]\n",
            "the accepted finding of 'imports' has no end",
        ),
        ("accepted: [{check: imports, reason: x}]\n", "'imports' is accepted, and is not under"),
        (
            'accepted: [{check: imports, reason: x, until: "2027-01-14"}]\n',
            "the accepted finding of 'imports' expired on 2027-01-14",
        ),
        ("    image: postgres\n", "the image 'postgres' is another one tomorrow"),
        ("    image: host:5000/postgres:latest\n", "is another one tomorrow"),
        ("    timezone: Europe/Atlantis\n", "there is no time zone 'Europe/Atlantis'"),
    ],
)
def test_a_broken_practice_is_named(text: str, expected: str) -> None:
    assert any(expected in line for line in warnings(MINIMAL + text)), warnings(MINIMAL + text)


def test_nothing_is_said_of_a_sound_spec() -> None:
    text = MINIMAL + (
        "    image: postgres:16\n"
        "gaps: [{id: sqlite, category: db-dialect, evidence: [a.py:3]}]\n"
        f"failure_modes: [{{id: m, gap: sqlite, tier: smoke, {MODE}}}]\n"
        'accepted: [{check: order, reason: x, until: "2027-01-15"}]\n'
        "commands: {pr_smoke: {budget: 60s, owner: me}}\n"
    )

    assert warnings(text + JOURNEY % "covers: [m]", files=("a.py",)) == []


@pytest.mark.parametrize("case", ["persistence", "db-dialect"])
def test_an_accepted_area_is_not_warned_about(case: str) -> None:
    text = MINIMAL + GAP + f"accepted: [{{check: area, case: {case}, reason: x}}]\n"

    named = {"persistence": "no journey", "db-dialect": "no check holds"}[case]
    assert not any(named in line for line in warnings(text))


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("make a && make b", "'&&' is handed over as it is"),
        ("a | b", "'|' is handed over"),
        ("a > out", "'>' is handed over"),
        ("a 2>&1", "'2>&1' is handed over"),
        ("a $HOME", "'$HOME' is handed over"),
        ("a $(b)", "'$(b)' is handed over"),
        ("PORT=1 a", "'PORT=1' is taken for the program"),
    ],
)
def test_shell_syntax_is_not_interpreted(command: str, shown: str) -> None:
    text = MINIMAL.replace("alembic upgrade head", command)

    assert any(shown in line for line in warnings(text)), warnings(text)


@pytest.mark.parametrize(
    "command", ["sh -c 'a && b'", "a --x=y 'a;b'", "env A=1 b", "/bin/bash -c 'a|b'"]
)
def test_a_shell_that_is_asked_for_is_fine(command: str) -> None:
    text = MINIMAL.replace("alembic upgrade head", f'"{command}"')

    assert not any("handed over" in line or "taken for" in line for line in warnings(text))
