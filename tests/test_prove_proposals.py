"""What is proposed for a survivor, before it is tried."""

from __future__ import annotations

from typing import Any

import pytest

from scaffolder.prove.driver.proposals import Missed, candidates, why_not, with_puts
from scaffolder.prove.driver.scenes import Scene, Written, scenes
from scaffolder.prove.driver.trace import Target, Trace
from support.journeys.journey import Journey

JOURNEY = Journey(
    "place-order",
    {"post": "/orders", "capture": {"id": "id"}},
    login="clerk",
    setup=[{"post": "/customers"}],
    stored=[{"table": "orders", "where": {"id": "{id}"}, "values": {"note": "a"}}],
)
LOGINS = {"clerk": {"steps": [{"get": "/login"}, {"post": "/login"}]}}
ENTRY = {
    "table": "orders",
    "where": {"id": "{id}"},
    "values": {"note": "a", "made": {"recent": "10s"}, "key": {"present": True}},
    "rows": 1,
}


def missed(fault: str, column: str = "", **details: Any) -> Missed:
    about = {"id": fault, "kind": "value", **details}
    return Missed(f"{fault}:orders.{column}", about, "orders", column, ["journey_place_order.py"])


def scene(**capture: Any) -> Scene:
    return Scene("place-order", (), JOURNEY, capture=capture)


def test_the_action_comes_before_what_is_done_before_it() -> None:
    found = list(scenes(JOURNEY, LOGINS))

    assert [one.at for one in found] == [(), ("setup", 0), ("login", 1), ("login", 0)]
    assert found[1].journey.login == "clerk" and found[1].journey.stored == []
    assert found[2].journey.login is None and found[2].journey.setup == [{"get": "/login"}]


def test_a_column_joins_the_entry_that_stands_there_or_gets_one() -> None:
    written = Written(frozenset({"insert"}), [ENTRY])

    found = list(candidates(scene(), written, missed("time-shifted", "made")))

    recent = {"recent": "10s"}
    alone = {"table": "orders", "where": {"id": "{id}"}, "values": {"made": recent}, "rows": 1}
    assert found == [
        [(("stored", 0, "values", "made"), recent)],
        [(("stored", 1), alone)],
    ]
    grown = with_puts(JOURNEY, found[0])
    assert grown.stored[0]["values"] == {"note": "a", "made": recent}
    assert JOURNEY.stored[0]["values"] == {"note": "a"}


def test_what_stands_there_already_is_not_proposed_again() -> None:
    written = Written(frozenset({"insert"}), [ENTRY])

    first, *_ = candidates(scene(), written, missed("lower-cased", "note"))

    assert first[0][0] == ("stored", 1)


def test_of_a_changed_row_the_changed_columns_are_promised() -> None:
    written = Written(frozenset({"update"}), [ENTRY], frozenset({"note"}))

    ((_, entry),) = next(candidates(scene(), written, missed("update-ignored", at="update")))

    assert entry["values"] == {"note": "a"}


def test_what_an_entry_needs_of_the_answer_is_captured() -> None:
    entry = {"table": "orders", "where": {"code": "{code}"}, "values": {}, "rows": 1}
    written = Written(frozenset({"insert"}), [entry])

    found = next(candidates(scene(id="id", code="code"), written, missed("ghost", at="insert")))

    assert found[0] == (("act", "capture", "code"), "code")
    assert with_puts(JOURNEY, found).act["capture"] == {"id": "id", "code": "code"}


@pytest.mark.parametrize(
    ("writing", "said"),
    [(0, "no request of a journey does it (insert or update orders)"), (2, "another in each run")],
)
def test_it_is_said_why_nothing_is_proposed(writing: int, said: str) -> None:
    assert said in why_not(missed("date-shifted", "day"), writing)


def test_sessions_are_alike_only_when_each_of_them_is() -> None:
    trace = Trace()
    trace.sessions = {
        ("a", "orders"): {"timezone": {"UTC"}},
        ("b", "orders"): {"timezone": {"UTC", "Asia/Kolkata"}},
    }
    utc = {"timezone": "UTC"}

    assert trace.always(["a", "unknown"], "orders", utc)
    assert not trace.always(["a", "b"], "orders", utc)
    assert not trace.always(["a"], "stock", utc)


def test_who_gave_a_column_a_value_is_known_whichever_faults_are_asked_for() -> None:
    trace = Trace(hits={Target("written", "orders", "made"): ["a"], Target("x", "orders"): ["b"]})
    trace.writes = {("INSERT", "orders"): ["a", "b"]}

    assert trace.writers("orders", "made") == {"a"}
    assert trace.writers("orders") == {"a", "b"}
    assert trace.writers("orders", "sent") == set()
