"""A journey becomes a file with its constants on top and one test for each fact."""

from __future__ import annotations

import ast
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from blueprint_env import render
from complete_spec import COMPLETE, NASTY
from spec_text import MINIMAL


def journey(text: str, id_: str) -> ast.Module:
    """The rendered file, parsed."""
    file = SimpleNamespace(id=id_)
    return ast.parse(render("blueprints/checks/journey.py.jinja", yaml.safe_load(text), f=file))


def arguments(module: ast.Module) -> dict[str, Any]:
    """What JOURNEY is made of."""
    (assignment,) = (node for node in module.body if isinstance(node, ast.Assign))
    assert isinstance(assignment.value, ast.Call)
    return {str(word.arg): ast.literal_eval(word.value) for word in assignment.value.keywords}


def facts(module: ast.Module) -> list[str]:
    names = [node.name for node in module.body if isinstance(node, ast.FunctionDef)]
    return [name for name in names if name.startswith("test_")]


@pytest.mark.parametrize("id_", ["place-order", "run-import"])
def test_the_constants_are_those_of_the_spec(id_: str) -> None:
    (given,) = (one for one in yaml.safe_load(COMPLETE)["journeys"] if one["id"] == id_)
    kept = ("id", "login", "setup", "act", "stored", "visible", "fields")

    assert arguments(journey(COMPLETE, id_)) == {
        name: given[name] for name in kept if name in given
    }


def test_only_constants_imports_and_tests_stand_in_the_file() -> None:
    """Nothing of the nasty text got out of its literal."""
    for id_ in ("place-order", "run-import"):
        kinds = [type(node) for node in journey(COMPLETE, id_).body]
        assert kinds[:4] == [ast.Expr, ast.Import, ast.ImportFrom, ast.Assign]
        assert set(kinds[4:]) == {ast.FunctionDef}


def test_the_first_line_states_the_promise() -> None:
    spec = (
        MINIMAL
        + "journeys:\n  - id: order\n    act: {post: /orders, status: 201}\n"
        + "    stored: [{table: orders}]\n    visible: {get: /orders}\n"
    )

    line, _, faults = (ast.get_docstring(journey(spec, "order")) or "").partition("\n\n")

    assert line == (
        "order: after POST /orders, the rows of orders are as reported, and GET /orders shows it."
    )
    assert faults.endswith("a failure at commit;\na stale read.")


def test_a_test_whose_list_is_empty_is_left_out() -> None:
    stored = MINIMAL + "journeys:\n  - {id: a, act: {post: /x}, stored: [{table: t}]}\n"
    visible = MINIMAL + "journeys:\n  - {id: a, act: {post: /x}, visible: {get: /y}}\n"

    assert facts(journey(stored, "a")) == [
        "test_the_action_is_accepted",
        "test_the_row_is_stored",
    ]
    assert facts(journey(visible, "a")) == [
        "test_the_action_is_accepted",
        "test_the_outcome_is_visible",
    ]


def test_nasty_text_arrives_as_it_is() -> None:
    found = arguments(journey(COMPLETE, "place-order"))

    assert found["act"]["json"] == {"sku": NASTY, NASTY: [1, 2.5, True, None, {}, []]}
    assert found["visible"][0]["text"] == NASTY
