"""From what was tried to edits of parity.yaml, and to a patch that git takes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from spec_text import MINIMAL
from test_prove_judged import event

from scaffolder.prove.judged import Fault, judged
from scaffolder.prove.suggest import gathered, new_id, patch
from scaffolder.spec.edit import Add, Put, apply
from scaffolder.spec.load import check
from scaffolder.spec.model import Spec

JOURNEYS = """
logins:
  - id: clerk
    steps:
      - {get: /login, status: 200, capture: {csrf: {cookie: csrf}}}
      - {post: /login, form: {csrf: "{csrf}"}, status: 302, capture: {csrf: {cookie: csrf}}}
journeys:
  - id: place-order      # the main job
    login: clerk
    setup:
      - {post: /customers, json: {name: Ada}, status: 201, capture: {customer: id}}
    act: {post: /orders, json: {note: a}, status: 201}
    stored: [{table: orders, rows: 1}]
"""
TEXT = MINIMAL + JOURNEYS


@pytest.fixture(scope="module")
def spec() -> Spec:
    found, problems = check(TEXT.encode())
    assert found is not None and not problems, problems
    return found


def survivor(spec: Spec, fault: str, table: str, column: str = "") -> Fault:
    name = f"{fault}:{table}.{column}".rstrip(".")
    return judged(event(id=name, fault=fault, table=table, column=column), "harness", spec)


def told(fault: Fault, at: list[Any], *puts: list[Any]) -> list[dict[str, Any]]:
    grown = {"event": "grown", "scene": 3, "source": "place-order", "at": at, "puts": list(puts)}
    return [{"event": "suggestion", "fault": fault.id, "why": "", "scene": 3}, grown]


def test_more_is_promised_of_the_journeys_own_action(spec: Spec) -> None:
    fault = survivor(spec, "lower-cased", "orders", "note")
    events = told(fault, [], [["stored", 0, "values", "note"], "a"])

    found = gathered(yaml.safe_load(TEXT), [fault], events)

    assert found.edits == [Put("journeys", "place-order", ("stored", 0, "values", "note"), "a")]
    assert found.journeys == {fault.id: "place-order"}
    after = apply(TEXT.encode(), found.edits).decode()
    assert "# the main job" in after and check(after.encode())[1] == []


def test_a_request_of_the_login_becomes_a_journey(spec: Spec) -> None:
    fault = survivor(spec, "update-ignored", "users")
    entry = {"table": "users", "values": {"seen": {"recent": "10s"}}, "rows": 1}

    found = gathered(
        yaml.safe_load(TEXT), [fault], told(fault, ["login", 1], [["stored", 0], entry])
    )

    (added,) = found.edits
    assert isinstance(added, Add)
    assert added.entry["id"] == found.journeys[fault.id] == "update-users"
    assert "login" not in added.entry and len(added.entry["setup"]) == 1
    assert added.entry["act"] == {"post": "/login", "form": {"csrf": "{csrf}"}, "status": 302}
    assert check(apply(TEXT.encode(), found.edits))[1] == []


def test_a_request_of_the_setup_keeps_the_captures_that_are_used(spec: Spec) -> None:
    fault = survivor(spec, "ghost-insert", "customers")
    entry = {"table": "customers", "where": {"id": "{customer}"}, "rows": 1}

    found = gathered(
        yaml.safe_load(TEXT), [fault], told(fault, ["setup", 0], [["stored", 0], entry])
    )

    (added,) = found.edits
    assert isinstance(added, Add)
    assert (added.entry["login"], added.entry["act"]["capture"]) == ("clerk", {"customer": "id"})
    assert check(apply(TEXT.encode(), found.edits))[1] == []


def test_what_cant_be_suggested_says_why(spec: Spec) -> None:
    fault = survivor(spec, "ghost-insert", "audit")
    event = {"event": "suggestion", "fault": fault.id, "why": "no request does it", "scene": None}

    found = gathered(yaml.safe_load(TEXT), [fault], [event])

    assert (found.edits, found.why) == ([], {fault.id: "no request does it"})


def test_ids_are_new_and_well_formed(spec: Spec) -> None:
    fault = survivor(spec, "delete-ignored", "billing.Order_Line")

    assert new_id(fault, ()) == "delete-billing-order-line"
    assert new_id(fault, {"delete-billing-order-line"}) == "delete-billing-order-line-2"


@pytest.mark.parametrize("end", ["\n", ""])
def test_git_applies_the_patch(tmp_path: Path, end: str) -> None:
    before = f"a: 1\nb: 2{end}".encode()
    (tmp_path / "parity.yaml").write_bytes(before)

    text = patch(before, b"a: 1\nb: 3\n", "parity.yaml")

    done = subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=text.encode(), check=False)
    assert done.returncode == 0
    assert (tmp_path / "parity.yaml").read_bytes() == b"a: 1\nb: 3\n"
