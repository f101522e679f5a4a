"""Discovery on a small application of this test, with a real database."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
from psycopg import sql

from scaffolder.observe.driver.discover import discover
from scaffolder.observe.driver.world import Discovered, Known, World
from support.database.cluster import Cluster, Database
from support.postgres import ladder as postgres

WANTED: dict[str, Any] = {
    "version": "16",
    "image": None,
    "extensions": [],
    "encoding": "UTF8",
    "collation": None,
    "timezone": "UTC",
    "env": {},
}
SETTINGS: Any = SimpleNamespace(DATABASE=WANTED, PROXY_HEADERS={}, LOGINS={}, PREPARE=[], START="x")
TABLES = """
CREATE TABLE notes (id serial PRIMARY KEY, title text UNIQUE, text text, pinned boolean,
    due_at timestamptz, made_at timestamptz DEFAULT now());
CREATE TABLE draws (id serial PRIMARY KEY, k uuid DEFAULT gen_random_uuid(), v float);
INSERT INTO draws (v) VALUES (random()), (random());
"""
NOTE = {
    "type": "object",
    "required": ["title"],
    "properties": {
        "title": {"type": "string"},
        "text": {"type": "string"},
        "pinned": {"type": "boolean"},
        "due_at": {"type": "string", "format": "date-time"},
    },
}
BODY = {"content": {"application/json": {"schema": NOTE}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "paths": {
        "/notes": {"post": {"requestBody": BODY}},
        "/notes/{id}": {"get": {}, "patch": {"requestBody": BODY}, "delete": {}},
        "/lost": {"post": {"requestBody": BODY}},
        "/draws": {"post": {}},
    },
}
ANSWER = "SELECT to_jsonb(n) FROM notes n WHERE id = %s"
COLUMNS = tuple(NOTE["properties"])


class App(BaseHTTPRequestHandler):
    """Notes that are kept; /lost says that it keeps what it loses; /draws stores chance."""

    database: Database
    drawn = 0

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.answer(*self.respond())

    do_POST = do_PATCH = do_DELETE = do_GET

    def answer(self, status: int, document: Any = None) -> None:
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def respond(self) -> tuple[int, Any]:
        size = int(self.headers.get("Content-Length") or 0)
        sent = json.loads(self.rfile.read(size) or b"{}")
        method, (_, place, *rest) = self.command, self.path.split("/")
        if self.path == "/openapi.json":
            return 200, DOCUMENT
        if place == "lost" and method == "POST":
            return 201, {"id": 1, **sent}
        with self.database.connect() as connection:
            if place == "draws":
                App.drawn += 1  # one row, two rows, three rows
                rows = "INSERT INTO draws (v) SELECT random() FROM generate_series(1, %s)"
                connection.execute(rows, [App.drawn])
                return 201, {}
            if place != "notes":
                return 404, {}
            return self.notes(connection, method, sent, rest)

    def notes(self, connection: Any, method: str, sent: Any, rest: list[str]) -> tuple[int, Any]:
        if method == "POST":
            if "title" not in sent:
                return 422, {"detail": [{"loc": ["body", "title"], "msg": "Field required"}]}
            values = [sent.get(column) for column in COLUMNS]
            query = "INSERT INTO notes (title, text, pinned, due_at) VALUES (%s, %s, %s, %s)"
            taken = "SELECT 1 FROM notes WHERE title = %s"
            if connection.execute(taken, [sent["title"]]).fetchone():
                return 409, {"detail": "title taken"}
            found = connection.execute(f"{query} RETURNING id".encode(), values).fetchone()
            return 201, connection.execute(ANSWER, found).fetchone()[0]
        found = connection.execute(ANSWER, rest).fetchone()
        if found is None:
            return 404, {"detail": "no such note"}
        for column in [one for one in COLUMNS if one in sent and method == "PATCH"]:
            change = sql.SQL("UPDATE notes SET {} = %s WHERE id = %s").format(
                sql.Identifier(column)
            )
            connection.execute(change, [sent[column], *rest])
        if method == "DELETE":
            connection.execute("DELETE FROM notes WHERE id = %s", rest)
            return 204, None
        return 200, connection.execute(ANSWER, rest).fetchone()[0]


@pytest.fixture(scope="module")
def found() -> Iterator[Discovered]:
    """What is discovered, within twenty seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PARITY_DATABASE_URL", raising=False)
        patch.setenv("PARITY_POSTGRES", "wheel")
        server = postgres.provide(SETTINGS, echo=lambda text: None)
    cluster = Cluster(server, SETTINGS, f"t{os.getpid()}discover")
    role = cluster.role("app")
    template = cluster.create("template", role)
    with template.connect() as connection:
        connection.execute(TABLES.encode())
    cluster.seal(template)
    App.database = cluster.create("app", role, template)
    App.database.snapshot()
    http = ThreadingHTTPServer(("127.0.0.1", 0), App)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    running: Any = SimpleNamespace(base_url=f"http://127.0.0.1:{http.server_port}", process=http)
    world = World(lambda: running, App.database, lambda text: pytest.fail(f"runs {text}"), SETTINGS)
    try:
        yield discover(world, Known(seconds=20), lambda text: None)
    finally:
        world.close()
        http.shutdown()
        http.server_close()
        cluster.drop_all()
        server.stop()


def journey(found: Discovered, name: str) -> dict[str, Any]:
    return next(one for one in found.journeys if one["id"] == name)


def test_what_keeps_its_promise_becomes_a_journey(found: Discovered) -> None:
    assert [one["id"] for one in found.journeys] == ["create-note", "update-note", "delete-note"]
    assert found.document_at == "/openapi.json"


def test_what_stores_nothing_or_chance_does_not(found: Discovered) -> None:
    reasons = {one["operation"]: one["why"] for one in found.not_covered}

    assert reasons["POST /lost"] == "answered 201 and changed no rows"
    assert set(reasons) == {"POST /lost", "POST /draws"}


def test_a_new_row_is_found_by_its_id_with_all_its_columns(found: Discovered) -> None:
    made = journey(found, "create-note")

    assert made["act"]["capture"] == {"id": "id"}
    (stored,) = made["stored"]
    assert stored["where"] == {"id": "{id}"}
    assert stored["values"]["title"] == made["act"]["json"]["title"]
    assert stored["values"]["due_at"] == {"instant": made["act"]["json"]["due_at"]}
    assert stored["values"]["made_at"] == {"recent": "10s"}
    assert made["visible"][0]["get"] == "/notes/{id}"
    assert made["covers"] == ["lost-insert", "altered-value", "shifted-instant"]


def test_fields_are_those_that_take_other_values(found: Discovered) -> None:
    kinds = {name: field["kind"] for name, field in journey(found, "create-note")["fields"].items()}

    assert kinds == {"title": "text", "text": "text", "pinned": "boolean", "due_at": "instant"}


def test_a_change_leaves_one_field_alone_and_expects_it_to_stay(found: Discovered) -> None:
    made = journey(found, "update-note")
    setup, _ = made["setup"]
    (left,) = set(setup["json"]) - set(made["act"]["json"])

    assert left in made["stored"][0]["values"]
    assert made["stored"][0]["values"]["title"] == made["act"]["json"]["title"]
    assert made["act"]["json"]["title"] != setup["json"]["title"]


def test_what_is_deleted_is_gone_from_the_table_and_for_the_user(found: Discovered) -> None:
    made = journey(found, "delete-note")

    assert made["stored"] == [
        {"table": "notes", "where": {"id": "{id}"}, "rows": 0},
        {"table": "notes", "where": {"id": "{bystander}"}, "rows": 1},
    ]
    assert made["visible"] == [{"get": "/notes/{id}", "status": 404}]


def test_what_is_refused_and_leaves_nothing_becomes_a_refusal(found: Discovered) -> None:
    statuses = {one["id"]: one["act"]["status"] for one in found.refusals}

    assert statuses == {"create-note-twice": 409, "create-note-without-title": 422}
    assert all(one["unchanged"] == ["notes"] for one in found.refusals)


def test_another_row_stays_as_it_was(found: Discovered) -> None:
    made = journey(found, "update-note")
    _, other = made["setup"]

    assert other["capture"] == {"bystander": "id"}
    assert made["stored"][1] == {
        "table": "notes",
        "where": {"id": "{bystander}"},
        "values": {"title": other["json"]["title"], "text": other["json"]["text"]},
        "rows": 1,
    }
    assert other["json"]["title"] != made["act"]["json"]["title"]
