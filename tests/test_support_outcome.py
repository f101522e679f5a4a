"""What a performed journey stored and shows: a real database, an application in the test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from support.database.cluster import Cluster, Database
from support.journeys.client import Client, Unexpected
from support.journeys.journey import Journey
from support.journeys.outcome import Outcome
from support.journeys.placeholders import NotCaptured
from support.journeys.stage import KEPT, Stage
from support.postgres import ladder as postgres
from support.postgres.server import Server

WANTED: dict[str, Any] = {
    "version": "16",
    "image": None,
    "extensions": [],
    "encoding": "UTF8",
    "collation": None,
    "timezone": "UTC",
    "env": {},
}
SETTINGS: Any = SimpleNamespace(DATABASE=WANTED, PROXY_HEADERS={}, LOGINS={})
TABLES = """
CREATE TABLE orders (id serial PRIMARY KEY, sku text, made_at timestamptz DEFAULT now());
CREATE TABLE log (what text);
INSERT INTO orders (sku) VALUES ('old');
"""
NUMBERS = iter(range(1_000))
DELETE = "DELETE FROM orders WHERE sku = 'old'"
INSERT = "INSERT INTO orders (sku) VALUES ('A1')"
STORED = {"table": "orders", "where": {"id": "{id}"}, "values": {"sku": "A1"}}
Perform = Callable[..., Outcome]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PARITY_DATABASE_URL", raising=False)
        patch.setenv("PARITY_POSTGRES", "wheel")
        server = postgres.provide(SETTINGS, echo=lambda text: None)
    yield server
    server.stop()


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    cluster = Cluster(server, SETTINGS, f"t{os.getpid()}o{next(NUMBERS)}")
    role = cluster.role("app")
    template = cluster.create("template", role)
    with template.connect() as connection:
        connection.execute(TABLES.encode())
    cluster.seal(template)
    database = cluster.create("app", role, template)
    database.snapshot()
    yield database
    cluster.drop_all()


class App:
    """An application: runs the statements of the test, answers with the newest order."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.statements = ""
        self.text: str | None = None
        self.seen: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(f"{request.url.path} {request.headers.get('cookie', '')}".strip())
        with self.database.connect() as connection:
            if request.method == "POST":
                connection.execute(self.statements.encode())
            row = connection.execute("SELECT id, sku FROM orders ORDER BY id DESC").fetchone()
        answer: dict[str, Any] = {"id": row[0], "sku": row[1], "tags": []} if row else {}
        headers = {"Set-Cookie": f"turn={len(self.seen)}; Path=/"}
        if self.text is not None:
            return httpx.Response(200, text=self.text, headers=headers)
        return httpx.Response(200, json=answer, headers=headers)

    def client(self, *_: object) -> Client:
        client = Client("http://127.0.0.1:1", {})
        client.http = httpx.Client(
            base_url="http://127.0.0.1:1", transport=httpx.MockTransport(self)
        )
        return client


@pytest.fixture
def app(database: Database) -> App:
    return App(database)


@pytest.fixture
def perform(app: App, database: Database) -> Perform:
    def perform(statements: str, **journey: Any) -> Outcome:
        app.statements = statements
        action = {"post": "/orders", "status": 200, "capture": {"id": "id"}}
        wanted = Journey("buy", **{"act": action, "stored": [STORED], **journey})
        return Outcome(wanted, app.client(), database, lambda text: pytest.fail(text))

    return perform


def test_what_is_stored_as_expected_is_fine(perform: Perform) -> None:
    values = {"sku": "A1", "made_at": {"recent": "5s"}}
    outcome = perform(INSERT, stored=[{**STORED, "values": values}])

    outcome.check_stored(0)

    assert outcome.changed("sku") == ["A1"]


@pytest.mark.parametrize(
    ("statements", "stored", "text"),
    [
        ("SELECT 1", {"where": {"sku": "A1"}}, "orders has 0 rows where sku = 'A1', expected 1"),
        (INSERT, {"values": {"sku": "B2"}}, "orders.sku is 'A1', expected 'B2'"),
        (f"{INSERT}; {DELETE}", {}, "from 1 to 1 rows, expected 2"),
        (INSERT.replace("A1", "x") + "; " + INSERT, {}, "from 1 to 3 rows, expected 2"),
        (INSERT, {"rows": 2}, "orders has 1 rows where id = 2, expected 2"),
        (INSERT, {"table": "order"}, "no table 'order' (did you mean 'orders'?)"),
        (
            INSERT,
            {"values": {"skus": 1}},
            "no column 'skus' in table 'orders' (did you mean 'sku'?)",
        ),
        (INSERT, {"where": {"ident": 1}}, "no column 'ident' in table 'orders'"),
    ],
)
def test_what_is_stored_otherwise_is_named(
    perform: Perform, statements: str, stored: dict[str, Any], text: str
) -> None:
    outcome = perform(statements, stored=[{**STORED, **stored}])

    with pytest.raises(AssertionError) as caught:
        outcome.check_stored(0)

    first = str(caught.value).splitlines()[0]
    assert first.startswith("journeys.buy.stored[0]: ")
    assert text in first


def test_rows_that_several_entries_speak_of_are_counted_once(perform: Perform) -> None:
    stored = [STORED, {"table": "orders", "where": {"sku": "A1"}}, {"table": "log", "rows": 0}]
    outcome = perform(INSERT, stored=stored)

    for number in range(3):
        outcome.check_stored(number)


def test_a_where_with_a_name_that_was_not_captured_is_an_error(perform: Perform) -> None:
    outcome = perform(INSERT, stored=[{**STORED, "where": {"id": "{order}"}}])

    with pytest.raises(NotCaptured, match=r"stored\[0\].where: nothing was captured as 'order'"):
        outcome.check_stored(0)


def test_nothing_is_stored_by_an_action_that_was_refused(perform: Perform) -> None:
    outcome = perform(INSERT, act={"post": "/orders", "status": 201})

    assert outcome.answer is not None and outcome.answer.status_code == 200
    for check in (outcome.check_stored, outcome.check_visible):
        with pytest.raises(
            Unexpected, match=r"journeys.buy.act: POST /orders answered 200, expected 201"
        ):
            check(0)


@pytest.mark.parametrize(
    ("visible", "text"),
    [
        ({"json": {"sku": "A1", "id": "{id}", "tags": []}}, None),
        ({"text": "{id}", "absent": "B2"}, None),
        ({"json": {"sku": "B2"}}, "/orders/{id}: sku is 'A1', expected 'B2'"),
        ({"json": {"sku.0": "B2"}}, "/orders/{id}: sku.0 is not in the answer"),
        ({"json": []}, "/orders/{id}: the answer is {'id': 2,"),
        ({"json": "A1"}, "/orders/{id}: the answer is {'id': 2,"),
        ({"status": 404}, "answered 200, expected 404"),
        ({"text": "B2"}, "does not show 'B2'"),
        ({"absent": "A1"}, "still shows 'A1'"),
        ({"absent": "{id}"}, "still shows 2"),
    ],
)
def test_what_is_visible(perform: Perform, visible: dict[str, Any], text: str | None) -> None:
    outcome = perform(INSERT, visible=[{"get": "/orders/{id}", **visible}])

    if text is None:
        outcome.check_visible(0)
        return
    with pytest.raises(AssertionError) as caught:
        outcome.check_visible(0)
    first = str(caught.value).splitlines()[0]
    assert first.startswith("journeys.buy.visible[0]: ")
    assert text in first


def test_texts_of_a_page_may_be_escaped(app: App, perform: Perform) -> None:
    app.text = "<p>O&#x27;Brien &amp; Co</p>"
    action = {"post": "/orders"}
    visible = [{"get": "/", "text": "O'Brien & Co"}, {"get": "/", "absent": "O'Brien"}]
    outcome = perform(INSERT, act=action, visible=visible)

    outcome.check_visible(0)
    with pytest.raises(AssertionError, match="still shows"):
        outcome.check_visible(1)


class Ready:
    """A server that is always there; `process` is what tells one start from another."""

    base_url = "http://127.0.0.1:1"

    def __init__(self) -> None:
        self.process = object()

    def stop(self) -> None:
        self.process = object()


@pytest.fixture
def stage(app: App, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr("support.journeys.stage.Client", app.client)
    ready: Any = Ready()
    stage = Stage(lambda: ready, database, lambda text: pytest.fail(text), SETTINGS)
    yield stage
    stage.close()


def test_a_journey_is_performed_again_from_the_state_after_its_setup(
    app: App, stage: Stage, database: Database
) -> None:
    app.statements = INSERT
    setup = [{"post": "/setup", "capture": {"first": "id"}}]
    journey = Journey("buy", act={"post": "/act"}, setup=setup, stored=[STORED])

    for _ in range(2):
        stage.perform(journey)
        assert database.count("orders") == 3

    # The setup is done once; the cookie is the one that it left, not the one of the action.
    assert app.seen == ["/setup", "/act turn=1", "/act turn=1"]


def test_a_rehearsal_whose_session_was_ended_is_done_again(
    app: App, stage: Stage, server: Server, database: Database
) -> None:
    app.statements = INSERT
    journey = Journey("buy", act={"post": "/act"}, setup=[{"post": "/setup"}])
    stage.perform(journey)
    with server.connect() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [database.name],
        )

    stage.perform(journey)

    assert [path.split()[0] for path in app.seen] == ["/setup", "/act", "/setup", "/act"]


def test_few_sessions_are_kept(app: App, stage: Stage, server: Server, database: Database) -> None:
    app.statements = INSERT
    for number in range(KEPT + 3):
        stage.perform(Journey(f"buy-{number}", act={"post": "/act"}))

    with server.connect() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        row = connection.execute(query, [database.name]).fetchone()
    assert row is not None and row[0] <= KEPT + 2
