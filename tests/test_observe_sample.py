"""Payloads from schemas."""

from __future__ import annotations

import re
from typing import Any

import pytest

from scaffolder.observe.driver import patterns
from scaffolder.observe.driver.openapi import Document
from scaffolder.observe.driver.plan import ACT, SETUP, as_form, merged, varied
from scaffolder.observe.driver.sample import ABSENT, Sampler, for_column

DOCUMENT = Document(
    {
        "components": {
            "schemas": {
                "Address": {
                    "type": "object",
                    "required": ["city"],
                    "properties": {"city": {"type": "string"}, "zip": {"type": "string"}},
                },
                "Tree": {
                    "type": "object",
                    "properties": {"child": {"$ref": "#/components/schemas/Tree"}},
                },
            }
        }
    }
)


def sample(schema: dict[str, Any], n: int = ACT, *, optional: bool = True) -> Any:
    return Sampler(DOCUMENT).payload({"type": "object", "properties": schema}, n, optional=optional)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "format": "email"}, "grace@example.org"),
        ({"enum": [None, "draft", "sent"]}, "draft"),
        ({"const": "v1"}, "v1"),
        ({"type": "string", "example": "A-17"}, "A-17"),
        ({"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 40}]}, 40),
        ({"type": ["null", "boolean"]}, True),
        ({"type": "integer", "maximum": 3}, 3),
        ({"type": "integer", "exclusiveMinimum": 9}, 10),
        ({"type": "integer", "minimum": 11, "exclusiveMinimum": True}, 12),
        ({"type": "integer", "multipleOf": 5}, 10),
        ({"anyOf": [{"type": "number"}, {"type": "string"}]}, "7.50"),
        ({"allOf": [{"$ref": "#/components/schemas/Address"}]}, {"city": "Berlin", "zip": "10115"}),
        ({"type": "array", "minItems": 2, "items": {"type": "boolean"}}, [True, True]),
    ],
)
def test_a_value_is_what_the_schema_asks_for(schema: dict[str, Any], expected: Any) -> None:
    assert sample({"x": schema}) == {"x": expected}


def test_files_and_what_only_the_server_writes_are_left_out() -> None:
    schema = {
        "id": {"type": "integer", "readOnly": True},
        "scan": {"type": "string", "format": "binary"},
        "note": {"type": "string"},
    }

    assert sample(schema) == {"note": "Note 1"}


def test_a_payload_that_needs_a_file_cannot_be_made() -> None:
    schema = {
        "type": "object",
        "required": ["scan"],
        "properties": {"scan": {"type": "string", "format": "binary"}},
    }

    assert Sampler(DOCUMENT).payload(schema, ACT) is ABSENT


def test_a_structure_that_holds_itself_ends() -> None:
    assert "child" in sample({"tree": {"$ref": "#/components/schemas/Tree"}})["tree"]


def test_only_required_fields_on_demand() -> None:
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
    }

    assert list(Sampler(DOCUMENT).payload(schema, ACT, optional=False)) == ["a"]


def test_lengths_hold() -> None:
    made = sample(
        {
            "title": {"type": "string", "maxLength": 6},
            "code": {"type": "string", "minLength": 12},
        }
    )

    assert len(made["title"]) <= 6
    assert len(made["code"]) >= 12


def test_whoever_comes_second_sends_other_texts_flags_and_dates() -> None:
    schema = {
        "email": {"type": "string", "format": "email"},
        "gift": {"type": "boolean"},
        "deliver_on": {"type": "string", "format": "date"},
    }

    first, second = sample(schema, ACT), sample(schema, SETUP)

    assert all(first[name] != second[name] for name in schema)


def test_nobody_is_made_a_superuser_and_all_stay_active() -> None:
    for n in (ACT, SETUP):
        made = sample({"is_superuser": {"type": "boolean"}, "is_active": {"type": "boolean"}}, n)
        assert made == {"is_superuser": False, "is_active": True}


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[A-Z]{3}-\d{4}$",
        r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$",
        r"^[a-z0-9_-]{3,16}$",
        r"^(red|green)$",
        r"^[^\s@]+@[^\s@]+\.[a-z]{2,}$",
        r"^\+?\d{1,3}[ -]?\d{4,}$",
    ],
)
def test_a_text_matches_its_pattern(pattern: str) -> None:
    made = sample({"x": {"type": "string", "pattern": pattern}})["x"]

    assert re.search(pattern, made)


def test_a_pattern_that_python_cannot_read_is_no_error() -> None:
    assert patterns.matching(r"^\p{L}+$") is None
    assert sample({"x": {"type": "string", "pattern": r"^\p{L}+$"}}) == {"x": "X 1"}


@pytest.mark.parametrize(
    ("column_type", "expected"),
    [
        ("character varying(4)", "Note"),
        ("numeric(10,2)", "12.50"),
        ("timestamp with time zone", "2027-03-27T01:30:00Z"),
        ("jsonb", {"colour": "blue"}),
        ("tsvector", None),
    ],
)
def test_a_value_for_a_column(column_type: str, expected: Any) -> None:
    assert for_column("note", column_type, ACT) == expected


def test_an_example_gets_other_names_for_the_setup_alone() -> None:
    example = {"user": {"email": "mona@example.com", "age": 7}, "parent": "{parent}"}

    assert varied(example, ACT) == example
    other = varied({"user": {"email": "mona@example.com", "age": 7}, "parent": "{parent}"}, SETUP)
    assert other["user"]["email"] not in ("mona@example.com", "")
    assert (other["user"]["age"], other["parent"]) == (7, "{parent}")


def test_a_form_holds_text_alone() -> None:
    form = as_form({"a": True, "b": 7, "c": None, "d": [1, 2], "e": {"f": 1}})

    assert form == {"a": "true", "b": "7", "d": ["1", "2"]}


def test_a_step_is_not_done_twice_and_keeps_all_captures() -> None:
    step = {"post": "/users", "json": {}, "status": 201}

    steps = merged([{**step, "capture": {"a": "id"}}], [{**step, "capture": {"b": "name"}}])

    assert steps == ({**step, "capture": {"a": "id", "b": "name"}},)
