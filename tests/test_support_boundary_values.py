"""Hostile values: what may be stored for one, and how a message names it."""

from __future__ import annotations

from support.journeys.boundary_values import brief, readings


def test_a_lone_surrogate_in_a_form_may_be_replaced() -> None:
    found = readings("a\ud800b", form=True)

    assert found == ["a\ud800b", "a\ufffdb", "a\ufffd\ufffd\ufffdb", "a%ED%A0%80b"]


def test_a_lone_surrogate_in_json_may_not_be_replaced() -> None:
    assert readings("a\ud800b", form=False) == ["a\ud800b"]


def test_any_other_text_of_a_form_is_stored_as_it_is() -> None:
    assert set(readings("a\x00b", form=True)) == {"a\x00b"}
    assert readings(2**31, form=True) == [2**31]


def test_a_long_text_is_named_by_its_length() -> None:
    assert brief("x" * 501) == "'xxxxxxxxxxxxxxxxxxxx'... (501 characters)"
    assert brief("a\x00b") == "'a\\x00b'"
