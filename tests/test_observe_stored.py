"""What is expected of rows, from two performances with other ids."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest

from scaffolder.observe.driver.covers import covered
from scaffolder.observe.driver.openapi import Operation
from scaffolder.observe.driver.plan import Plan
from scaffolder.observe.driver.stored import Storing
from scaffolder.observe.driver.tables import Schema, changes
from scaffolder.observe.driver.tries import Tried
from scaffolder.observe.driver.values import Values, is_lasting_text, written
from scaffolder.observe.driver.world import Fingerprint

UTC = dt.timezone.utc
NOW = dt.datetime(2027, 3, 1, 12, tzinfo=UTC)
SCHEMA = Schema(
    types={
        "users": {"id": "integer", "email": "text"},
        "orders": {"id": "integer", "user_id": "integer", "note": "text"},
    },
    primary={"users": ["id"], "orders": ["id"]},
    unique={"users": {"id", "email"}, "orders": {"id"}},
    foreign={"orders": {"user_id": ("users", "id")}},
)
PLAN = Plan(Operation("post", "/orders", body="json"))


def tried(
    before: Fingerprint,
    after: Fingerprint,
    sent: Any = None,
    answer: str = "{}",
    **values: Any,
) -> Tried:
    step = {"post": "/orders", **({} if sent is None else {"json": sent})}
    return Tried(
        PLAN, step, 201, answer, before=before, after=after, values=values, window=(NOW, NOW)
    )


def section(
    first: Tried, second: Tried, initial: Fingerprint | None = None
) -> list[dict[str, Any]]:
    return Storing(Values(first, second), SCHEMA, initial or {}).section()


def order(number: int, **columns: Any) -> dict[Any, dict[str, Any]]:
    return {(number,): {"id": number, **columns}}


def test_a_new_row_is_found_by_the_id_of_the_answer() -> None:
    def once(number: int, user: int) -> Tried:
        row = order(number, user_id=user, note="Ring", status="placed", made_at=NOW)
        answer = f'{{"data": {{"id": {number}}}}}'
        return tried({}, {"orders": row}, {"note": "Ring"}, answer, user=user)

    values = Values(once(1, 1), once(2001, 1001))
    (entry,) = Storing(values, SCHEMA, {}).section()

    assert values.capture == {"id": "data.id"}
    assert entry == {
        "table": "orders",
        "where": {"id": "{id}"},
        "values": {
            "user_id": "{user}",
            "note": "Ring",
            "status": "placed",
            "made_at": {"recent": "10s"},
        },
        "rows": 1,
    }


def test_equal_ids_are_no_reason_to_take_one_for_the_other() -> None:
    def once(number: int, user: int) -> Tried:
        row = order(number, user_id=7, note="Ring")
        return tried({}, {"orders": row}, {"note": "Ring"}, f'{{"id": {number}}}', user=user)

    (entry,) = section(once(7, 7), once(2001, 1001))

    assert entry["values"]["user_id"] == {"present": True}


def test_without_an_id_a_unique_value_finds_the_row() -> None:
    def once(number: int) -> Tried:
        row = {"id": number, "email": "a@b.org", "hash": f"$2b${number}", "key": uuid.uuid4()}
        return tried({}, {"users": {(number,): row}}, {"email": "a@b.org", "password": "pw"})

    (entry,) = section(once(1), once(1001))

    assert entry["where"] == {"email": "a@b.org"}
    assert entry["values"] == {"hash": {"differs": "pw"}, "key": {"present": True}}


def test_several_new_rows_are_counted_together() -> None:
    def once(number: int) -> Tried:
        rows = {(n,): {"id": n, "user_id": number, "note": "x"} for n in range(9, 14)}
        return tried({}, {"orders": rows}, answer=f'{{"id": {number}}}', user_id=number)

    (entry,) = section(once(1), once(1001))

    assert (entry["where"], entry["rows"]) == ({"user_id": "{user_id}"}, 5)


def test_a_change_names_what_changed_and_what_did_not() -> None:
    def once(number: int) -> Tried:
        old = order(number, user_id=3, note="old", gift=True, made_at=NOW)
        new = order(number, user_id=3, note="new", gift=True, made_at=NOW)
        return tried({"orders": old}, {"orders": new}, {"note": "new"}, order_id=number)

    (entry,) = section(once(1), once(1001))

    assert entry["where"] == {"id": "{order_id}"}
    assert entry["values"] == {"note": "new", "gift": True}


def test_a_changed_row_is_not_looked_for_by_what_it_became() -> None:
    def once(number: int) -> Tried:
        old = {"id": number, "email": "a@b.org"}
        new = {"id": number, "email": "c@d.org"}
        return tried({"users": {(1,): old}}, {"users": {(1,): new}}, {"email": "c@d.org"})

    (entry,) = section(once(1), once(1))

    assert entry["where"] == {"id": 1}


def test_deleted_rows_were_there_before() -> None:
    def once(number: int) -> Tried:
        gone, stays = order(number, user_id=3), order(number + 1, user_id=3)
        return tried({"orders": gone | stays}, {"orders": stays}, order_id=number)

    assert section(once(1), once(1001)) == [
        {"table": "orders", "where": {"id": "{order_id}"}, "rows": 0}
    ]


def test_rows_that_cannot_be_told_apart_make_no_section() -> None:
    def once() -> Tried:
        other = {("k", n): {"k": uuid.uuid4(), "v": 1} for n in range(3)}
        new = {("k", 9): {"k": uuid.uuid4(), "v": 1}}
        return tried({"log": other}, {"log": other | new})

    assert section(once(), once()) == []


def test_the_table_that_holds_what_was_sent_comes_first() -> None:
    def once(number: int) -> Tried:
        log = {(number,): {"id": number, "email": "somebody"}}
        row = order(number, note="Ring twice")
        return tried({}, {"orders": row, "users": log}, {"note": "Ring twice"})

    assert [one["table"] for one in section(once(1), once(1001))] == ["orders", "users"]


def test_what_tools_store_for_themselves_is_no_change() -> None:
    after = {"alembic_version": {(1,): {"v": 1}}, "django_session": {(1,): {"k": 1}}}

    assert changes({}, after) == []


@pytest.mark.parametrize(
    ("text", "lasts"),
    [
        ("placed", True),
        ("Your order", True),
        ("7c9e6679-7425-40de-944b-e07fc1f90ae7", False),
        (f"{dt.datetime.now(UTC):%Y}-0001", False),
        ("http://127.0.0.1:41234/x", False),
        ("deadbeefdeadbeef01", False),
        ("dear {name}", False),
    ],
)
def test_what_will_be_the_same_tomorrow(text: str, lasts: bool) -> None:
    assert is_lasting_text(text) is lasts


def test_values_as_the_spec_has_them() -> None:
    assert written(Decimal("12.50")) == 12.5
    assert written(Decimal("7.00")) == 7
    assert written(Decimal("0.1234567890123456789")) == "0.1234567890123456789"
    assert written(dt.date(2028, 2, 29)) == "2028-02-29"
    assert written(NOW) == {"instant": "2027-03-01T12:00:00Z"}
    assert written({"present": 7}) == {"present": True}


def test_what_a_journey_covers() -> None:
    journey = {
        "stored": [{"values": {"made_at": {"recent": "10s"}}}],
        "fields": {"note": {"kind": "text"}},
    }

    assert covered("update", journey) == ["lost-update", "altered-value", "shifted-instant"]
    assert covered("delete", {"stored": [{"rows": 0}]}) == ["lost-delete"]
