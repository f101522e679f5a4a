"""The catalogue of gaps and failure modes is complete, and its words exist."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from scaffolder.catalog import gaps_document
from scaffolder.catalog.load import categories, checks, facts
from scaffolder.catalog.load_gaps import (
    TESTS,
    CatalogGap,
    Condition,
    contradictions,
    ends_of_life,
    gaps,
    modes,
)
from scaffolder.draft import conditions
from scaffolder.draft.wording import OPTIONAL, PLACEHOLDER
from scaffolder.spec import grammar
from scaffolder.spec.findings import Dependency, FailureMode

ROOT = Path(__file__).resolve().parents[1]
KEYS = ("same", "differs", "among")
NEGATIVE = ("absent", "not")
ALL = list(gaps().values())


def asked(gap: CatalogGap) -> list[Condition]:
    return [*gap.when, *(condition for entry in gap.coverage for condition in entry.when)]


def certain(conditions: tuple[Condition, ...]) -> set[str]:
    """Keys that surely have a value where the conditions hold."""
    positive = [condition for condition in conditions if condition.test not in NEGATIVE]
    others = {condition.arguments[0] for condition in positive if condition.test in KEYS}
    return {condition.fact for condition in positive} | others


def named(template: str) -> set[str]:
    return {name.partition("|")[0] for name in PLACEHOLDER.findall(template)}


def test_every_category_has_gaps() -> None:
    assert {gap.category for gap in ALL} == set(categories())


@pytest.mark.parametrize("gap", ALL, ids=lambda gap: gap.id)
def test_a_gap_speaks_of_facts_modes_and_tests_that_exist(gap: CatalogGap) -> None:
    assert grammar.ID.matches(gap.id)
    for condition in asked(gap):
        assert condition.fact in facts()
        assert condition.test in TESTS
        others = condition.arguments if condition.test in KEYS else ()
        assert set(others) <= set(facts())
        if condition.test == "ended":
            assert set(condition.arguments) <= set(ends_of_life())
        if condition.test in ("matches", "only"):
            assert all(re.compile(pattern) for pattern in condition.arguments)
            assert condition.words, "a regular expression is no text for readers"
    assert set(gap.evidence) <= set(facts())
    assert gap.modes and set(gap.modes) <= set(modes())
    assert len(set(gap.modes)) == len(gap.modes)


@pytest.mark.parametrize("gap", ALL, ids=lambda gap: gap.id)
def test_a_sentence_needs_no_value_that_may_be_unknown(gap: CatalogGap) -> None:
    for template, when in [(gap.what, gap.when), *((c.says, c.when) for c in gap.coverage)]:
        assert named(template) <= set(facts())
        assert named(OPTIONAL.sub("", template)) <= certain(when)
        assert not re.search(r"[{}\[\]]", PLACEHOLDER.sub("", OPTIONAL.sub("", template)))
    ended = {c.fact for c in gap.when if c.test == "ended"}
    assert {name.partition("|")[0] for name in re.findall(r"\{([^}]+\|ended)\}", gap.what)} <= ended


@pytest.mark.parametrize("gap", ALL, ids=lambda gap: gap.id)
def test_a_gap_has_evidence_wherever_it_is_found(gap: CatalogGap) -> None:
    assert set(gap.evidence) & certain(gap.when)


@pytest.mark.parametrize("gap", ALL, ids=lambda gap: gap.id)
def test_the_texts_of_a_gap_are_one_line_that_goes_on_in_a_sentence(gap: CatalogGap) -> None:
    for text in (gap.what, gap.risk, *(entry.says for entry in gap.coverage)):
        assert text == " ".join(text.split())
        assert not text.endswith(".")


@pytest.mark.parametrize("gap", ALL, ids=lambda gap: gap.id)
def test_what_a_check_can_hold_gets_a_check(gap: CatalogGap) -> None:
    """A check is chosen for the category of the gap, or because the others rest on it."""
    for name in gap.modes:
        held = [checks()[check] for check in modes()[name].held_by if check != "journeys"]
        ready = [check for check in held if check.generated]
        chosen = [c for c in ready if gap.category in c.categories or c.foundation]
        assert chosen or not ready or "journeys" in modes()[name].held_by, name


def test_what_a_check_holds_by_its_nature_is_said_of_it() -> None:
    """`parity plan` lets these checks cover such a mode, so the catalogue must agree."""
    for gap in ALL:
        for name in gap.modes:
            for check in checks().values():
                by_nature = {(gap.category, need) for need in modes()[name].depends_on}
                if by_nature & set(check.holds):
                    assert check.id in modes()[name].held_by, f"{gap.id}: {name}: {check.id}"


def test_a_failure_mode_is_one_of_the_spec_and_some_gap_leads_to_it() -> None:
    led_to = {name for gap in ALL for name in gap.modes}

    assert led_to == set(modes())
    for mode in modes().values():
        FailureMode.model_validate(
            {
                "id": mode.id,
                "gap": "any",
                "what": mode.what,
                "visibility": mode.visibility,
                "blast_radius": mode.blast_radius,
                "detection": mode.detection,
                "depends_on": list(mode.depends_on),
            }
        )
        assert mode.depends_on and set(mode.depends_on) <= set(get_args(Dependency))
        assert set(mode.held_by) <= {*checks(), "journeys"}, mode.id
        assert bool(mode.held_by) != ("production-only" in mode.depends_on), mode.id


def test_a_contradiction_of_any_fact_with_one_value_is_described_once() -> None:
    described = [key for row in contradictions() for key in row.keys]

    assert sorted(described) == sorted(key for key, fact in facts().items() if not fact.many)
    for row in contradictions():
        assert row.category in categories()
        assert row.modes and set(row.modes) <= set(modes())


def test_ids_are_unique_so_that_the_links_of_the_page_lead_to_one_place() -> None:
    rows = len(re.findall(r"^- id: |^- \{id: ", _data("gaps") + _data("failure_modes"), re.M))

    assert len(set(gaps()) | set(modes())) == rows


def test_versions_end_in_the_order_of_their_dates() -> None:
    for rows in ends_of_life().values():
        assert all(type(day) is date for day in rows.values())
    for product in ("postgres", "python"):
        days = list(ends_of_life()[product].values())
        assert days == sorted(days)


def test_the_words_of_conditions_are_those_that_are_evaluated() -> None:
    assert set(TESTS) == {*conditions.POSITIVE, *conditions.NEGATIVE}


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "gaps.md").read_text(encoding="utf-8") == gaps_document.text()


def test_every_link_of_the_page_has_its_heading() -> None:
    page = gaps_document.text()
    headings = {title.lower().replace(" ", "-") for title in re.findall(r"^#+ (.+)$", page, re.M)}
    anchors = headings | set(re.findall(r'<a id="([^"]+)"', page))
    here = set(re.findall(r"\]\(#([^)]+)\)", page))
    of_checks = set(re.findall(r"\]\(checks\.md#([^)]+)\)", page))

    assert here <= anchors
    titles = re.findall(r"^## (.+)$", (ROOT / "docs" / "checks.md").read_text("utf-8"), re.M)
    assert of_checks <= set(titles)


def _data(name: str) -> str:
    return (ROOT / "scaffolder" / "catalog" / f"{name}.yaml").read_text(encoding="utf-8")
