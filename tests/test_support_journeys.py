"""Journeys as the spec states them, and how their action is done."""

from __future__ import annotations

import dataclasses
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest

from support.app.commands import Completed
from support.journeys.boundary_values import ACCEPTED, HOSTILE, accepted_values
from support.journeys.client import Client, Unexpected
from support.journeys.journey import Journey, act, journeys, over_http, prepare, with_value

JOURNEY = Journey(
    "place-order",
    act={"post": "/orders", "json": {"lines": [{"sku": "A1", "quantity": 2}], "note": "x"}},
    stored=[{"table": "orders"}, {"table": "lines"}, {"table": "orders"}],
    visible=[{"get": "/orders/{id}"}],
    fields={
        "note": {"kind": "text"},
        "lines.0.quantity": {"kind": "integer", "column": "amount", "shown": False},
        "due": {"kind": "instant", "shown": "order.due", "values": ["2027-01-01T00:00:00Z"]},
    },
)


def test_a_journey_knows_its_name_its_tables_and_its_fields() -> None:
    note, quantity, due = map(JOURNEY.field, JOURNEY.fields)

    assert JOURNEY.name == "journeys.place-order"
    assert JOURNEY.tables == ["orders", "lines"]
    assert (note.column, note.shown) == ("note", "note")
    assert (quantity.column, quantity.shown) == ("amount", None)
    assert (due.column, due.shown) == ("due", "order.due")
    assert dataclasses.replace(JOURNEY, visible=[]).field("note").shown is None


def test_another_value_changes_a_copy_alone() -> None:
    changed = with_value(JOURNEY, "lines.0.quantity", 3)

    assert changed.act["json"]["lines"] == [{"sku": "A1", "quantity": 3}]
    assert JOURNEY.act["json"]["lines"] == [{"sku": "A1", "quantity": 2}]


def test_a_value_of_a_form_is_changed_too() -> None:
    journey = Journey("sign-up", act={"post": "/", "form": {"name": "Zoë"}})

    assert with_value(journey, "name", "\x00").act["form"] == {"name": "\x00"}


def test_the_journeys_are_those_of_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, action in (("by_request", {"post": "/"}), ("by_command", {"run": "x"})):
        module = ModuleType(f"journey_{name}")
        vars(module)["JOURNEY"] = Journey(name.replace("_", "-"), act=action)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    files = ["check_engine.py", "journey_by_request.py", "journey_by_command.py"]
    settings: Any = SimpleNamespace(CHECKS={file: {"file": file} for file in files})

    assert [journey.id for journey in journeys(settings)] == ["by-command", "by-request"]
    assert [journey.id for journey in over_http(settings)] == ["by-request"]


@pytest.fixture
def client() -> Client:
    """A client whose server answers 404 to the path /missing, else {"id": 7}."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404 if request.url.path == "/missing" else 200, json={"id": 7})

    client = Client("http://127.0.0.1:1", {})
    client.http = httpx.Client(base_url="http://127.0.0.1:1", transport=httpx.MockTransport(answer))
    return client


def test_login_and_setup_come_first(client: Client) -> None:
    login = {
        "steps": [{"get": "/login", "capture": {"user": "id"}}],
        "headers": {"X-User": "{user}"},
    }
    settings: Any = SimpleNamespace(LOGINS={"customer": login})
    setup = [{"post": "/products", "capture": {"product": "id"}}]
    journey = dataclasses.replace(JOURNEY, login="customer", setup=setup)

    prepare(journey, client, settings)

    assert client.headers == {"X-User": "7"}
    assert client.values["product"] == 7


def test_a_setup_that_fails_says_which_step(client: Client) -> None:
    journey = dataclasses.replace(JOURNEY, setup=[{"get": "/"}, {"get": "/missing"}])

    with pytest.raises(Unexpected, match=r"journeys.place-order.setup\[1\]: \w+ \S+ answered 404"):
        prepare(journey, client, ModuleType("settings"))


def ran(code: int, output: str, seen: list[str]) -> Any:
    def run(command: str) -> Completed:
        seen.append(command)
        return Completed(command, code, output, 0.1)

    return run


def test_a_captured_value_stays_one_argument_of_a_command(client: Client) -> None:
    seen: list[str] = []
    client.values |= {"name": "O'Brien --force", "id": 7}
    action = {"run": "shop-admin add {name} {id}", "output": "{id}"}

    act(Journey("add", act=action), client, ran(0, "added 7", seen))

    assert seen == ["""shop-admin add 'O'"'"'Brien --force' 7"""]


@pytest.mark.parametrize(
    ("action", "code", "text"),
    [
        ({"run": "x"}, 1, "journeys.add.act: exit code 1, expected 0\n  > x\nsaid this"),
        ({"run": "x", "exit": 2}, 0, "journeys.add.act: exit code 0, expected 2"),
        ({"run": "x", "output": "that"}, 0, "journeys.add.act: the output has no 'that'"),
    ],
)
def test_a_command_that_fails_says_how(
    client: Client, action: dict[str, Any], code: int, text: str
) -> None:
    with pytest.raises(Unexpected) as caught:
        act(Journey("add", act=action), client, ran(code, "said this", []))

    assert str(caught.value).startswith(text)


def test_an_expected_failure_of_a_command_is_none(client: Client) -> None:
    action = {"run": "x", "exit": 2, "output": "refused"}

    act(Journey("add", act=action), client, ran(2, "it was refused", []))


def test_every_kind_of_field_has_values() -> None:
    assert ACCEPTED.keys() == HOSTILE.keys()
    assert accepted_values(JOURNEY.field("note")) == ACCEPTED["text"]
    assert accepted_values(JOURNEY.field("due")) == ["2027-01-01T00:00:00Z"]
