"""Where an action is looked for afterwards, and what must be seen there."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from scaffolder.observe.driver.looks import candidates, settled, shown
from scaffolder.observe.driver.openapi import Operation
from scaffolder.observe.driver.plan import Plan
from scaffolder.observe.driver.tries import Look, Tried
from scaffolder.observe.driver.values import Values

NOW = dt.datetime(2027, 3, 1, 12, tzinfo=dt.timezone.utc)
READS = [
    Operation("get", path) for path in ("/orders", "/orders/{id}", "/orders/{id}/lines", "/me")
]


def tried(path: str, answer: Any, sent: Any = None, **values: Any) -> Tried:
    plan = Plan(Operation("post", path))
    step = {"post": path, **({} if sent is None else {"json": sent})}
    return Tried(plan, step, 201, json.dumps(answer), values=values, window=(NOW, NOW))


def seen(action: Tried, path: str, answer: Any, status: int = 200, **capture: str) -> Tried:
    look = Tried(action.plan, {"get": path}, status, json.dumps(answer))
    action.looks.append((Look(path, dict(capture)), look))
    return action


def test_what_was_made_is_looked_for_by_the_id_of_the_answer() -> None:
    looks = candidates(READS, tried("/orders", {"id": 7}))

    assert [look.path for look in looks] == ["/orders", "/orders/{id}"]
    assert looks[1].capture == {"id": "id"}


def test_a_slash_at_the_end_hides_nothing() -> None:
    reads = [Operation("get", "/orders/"), Operation("get", "/orders/{id}/")]

    looks = candidates(reads, tried("/orders/", {"id": 7}))

    assert "/orders/{id}/" in [look.path for look in looks]


def test_what_the_path_belongs_to_shows_a_part_of_it() -> None:
    looks = candidates(READS, tried("/orders/{id}/lines", {}, id=7))

    assert [look.path for look in looks][:2] == ["/orders/{id}/lines", "/orders/{id}"]


def test_an_answer_shows_what_was_sent_and_the_id() -> None:
    def once(number: int) -> Tried:
        action = tried("/orders", {"id": number}, {"note": "Ring twice"}, order_id=number)
        answer = {"id": number, "note": "Ring twice", "token": "abcdefghij"}
        return seen(action, "/orders/{id}", answer, id="id")

    values = Values(once(1), once(1001))
    (found,) = shown(values, "insert")

    assert settled(found, values) == {
        "get": "/orders/{id}",
        "status": 200,
        "json": {"id": "{order_id}", "note": "Ring twice"},
    }
    assert values.capture == {"id": "id"}


def test_of_a_list_only_the_item_counts() -> None:
    def once(number: int) -> Tried:
        action = tried("/orders", {"id": number}, {"note": "Ring twice"})
        return seen(action, "/orders", [{"note": "old"}, {"note": "Ring twice"}])

    (found,) = shown(Values(once(1), once(1001)), "insert")

    assert found.entry["json"] == {"1.note": "Ring twice"}


def test_an_answer_without_a_trace_of_the_action_shows_nothing() -> None:
    def once(number: int) -> Tried:
        action = tried("/orders", {"id": number}, {"note": "Ring twice"})
        return seen(action, "/me", {"name": "Ada"})

    assert shown(Values(once(1), once(1001)), "insert") == []


def test_what_is_shown_otherwise_than_before_is_telling() -> None:
    def once(number: int) -> Tried:
        action = tried("/orders/{id}/close", {}, id=number)
        action.seen_before["/orders/{id}"] = Tried(action.plan, {}, 200, '{"status": "open"}')
        return seen(action, "/orders/{id}", {"status": "closed"})

    (found,) = shown(Values(once(1), once(1001)), "update")

    assert found.entry["json"] == {"status": "closed"}


def test_what_was_deleted_is_not_found_any_more() -> None:
    def once(status_before: int) -> Tried:
        action = tried("/orders/{id}", {}, id=7)
        action.seen_before["/orders/{id}"] = Tried(action.plan, {}, status_before, "{}")
        return seen(action, "/orders/{id}", {}, status=404)

    (found,) = shown(Values(once(200), once(200)), "delete")

    assert found.entry == {"get": "/orders/{id}", "status": 404}
    # What was not found before either proves nothing.
    assert shown(Values(once(404), once(404)), "delete") == []
