"""What an answer complains of, and what is changed then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from scaffolder.observe.driver.answers import Complaint, Path, complaints
from scaffolder.observe.driver.openapi import Document, Operation
from scaffolder.observe.driver.plan import Plan
from scaffolder.observe.driver.repair import changed, fallbacks, repairs, suggestions
from scaffolder.observe.driver.sample import Sampler

SAMPLER = Sampler(Document({}))
SCHEMA = {
    "properties": {
        "email": {"type": "string", "format": "email"},
        "note": {"type": "string"},
        "owner_id": {"type": "integer"},
    },
    "required": ["email", "owner_id"],
}
PLAN = Plan(Operation("post", "/things", body="json", schema=SCHEMA))


def nothing(plan: Plan, path: Path) -> Iterator[Plan]:
    yield from ()


def owner(plan: Plan, path: Path) -> Iterator[Plan]:
    if path == ("owner_id",):
        yield changed(plan, path, "{owner_id}").after([{"post": "/owners"}])


def first(found: list[Complaint], plan: Plan = PLAN, provides: Any = nothing) -> Plan:
    return next(repairs(plan, plan.payload(SAMPLER), found, SAMPLER, provides))


@pytest.mark.parametrize(
    ("answer", "path", "kind"),
    [
        (
            {"detail": [{"loc": ["body", "user", "email"], "msg": "x", "type": "missing"}]},
            ("user", "email"),
            "missing",
        ),
        ({"email": ["This field may not be blank."]}, ("email",), "missing"),
        ({"title": ["user with this title already exists."]}, ("title",), "taken"),
        ({"errors": {"json": {"a": {"b": ["Not a valid integer."]}}}}, ("a", "b"), "wrong"),
        ({"lines": [{}, {"sku": ["unknown"]}]}, ("lines", 1, "sku"), "unknown"),
        ({"error": {"field": "when", "problem": "must be a date"}}, ("when",), "wrong"),
        ({"title": "Bad Request", "detail": "owner 7 does not exist"}, (), "unknown"),
        (
            {"errors": [{"source": 1, "path": "/data/name", "message": "in use"}]},
            ("name",),
            "taken",
        ),
    ],
)
def test_complaints_of_several_frameworks(answer: Any, path: Path, kind: str) -> None:
    found = complaints(json.dumps(answer))

    assert (path, kind) in [(one.path, one.kind) for one in found]


def test_a_page_names_no_field() -> None:
    assert complaints("<html>email</html>") == [Complaint((), "")]


def test_a_missing_field_of_no_schema_is_added_by_its_name() -> None:
    plan = Plan(Operation("post", "/things", body="json"), given={})

    repaired = first([Complaint(("email",), "required")], plan)

    assert repaired.payload(SAMPLER) == {"email": "grace@example.org"}


def test_all_complaints_are_met_at_once() -> None:
    plan = Plan(Operation("post", "/things", body="json"), given={})

    repaired = first([Complaint(("email",), "required"), Complaint(("note",), "required")], plan)

    assert set(repaired.payload(SAMPLER)) == {"email", "note"}


def test_a_taken_value_becomes_another() -> None:
    repaired = first([Complaint(("email",), "already registered")])

    assert repaired.payload(SAMPLER)["email"] != PLAN.payload(SAMPLER)["email"]


def test_an_unknown_key_is_made_before() -> None:
    repaired = first([Complaint(("owner_id",), "no such owner")], provides=owner)

    assert repaired.payload(SAMPLER)["owner_id"] == "{owner_id}"
    assert repaired.setup == ({"post": "/owners"},)


def test_an_optional_field_is_left_out_when_nothing_else_helps() -> None:
    found = list(
        repairs(PLAN, PLAN.payload(SAMPLER), [Complaint(("note",), "bad")], SAMPLER, nothing)
    )

    assert any("note" not in one.payload(SAMPLER) for one in found)
    assert all("email" in one.payload(SAMPLER) for one in found)


def test_a_field_that_only_the_text_names() -> None:
    repaired = first([Complaint((), "the email is already taken")])

    assert repaired.payload(SAMPLER)["email"] != PLAN.payload(SAMPLER)["email"]


def test_a_change_is_tried_field_by_field_at_last() -> None:
    plan = Plan(Operation("patch", "/things/{id}", body="json", schema=SCHEMA))

    tried = [
        one.payload(SAMPLER) for one in fallbacks(plan, plan.payload(SAMPLER), SAMPLER, nothing)
    ]

    assert {"note": "Note 1"} in tried


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Input should be 'draft' or 'sent'", "draft"),
        ("must be one of: open, closed", "open"),
        ("ensure this value is greater than 100", 101),
        ("should be greater than or equal to 18", 18),
        ("should be less than or equal to 5", 5),
    ],
)
def test_a_message_that_says_what_it_wants(text: str, value: Any) -> None:
    assert value in suggestions(text)


def test_a_length_is_no_number_to_send() -> None:
    assert suggestions("should have at least 8 characters") == []
