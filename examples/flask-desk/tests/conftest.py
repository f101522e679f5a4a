from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from fake_database import FakeDatabase
from flask import Flask
from flask.testing import FlaskClient

from desk.app import create_app
from desk.config import Settings
from desk.db import Database

KEY = "test-key"
# Where it is set, the tests run on that PostgreSQL, with the migrations applied. They empty it!
TEST_DATABASE_URL = os.environ.get("TEST_DATABASE_URL", "")


@pytest.fixture
def database() -> Iterator[Any]:
    if not TEST_DATABASE_URL:
        yield FakeDatabase()
        return
    database = Database(TEST_DATABASE_URL, pool_size=2)
    with database.connection() as connection:
        connection.execute("TRUNCATE customers, tickets, comments RESTART IDENTITY")
        connection.commit()
    yield database
    database.close()


@pytest.fixture
def app(database: Any) -> Flask:
    return create_app(Settings(database_url="", api_key=KEY), database)


@pytest.fixture
def api(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_X_API_KEY"] = KEY
    return client


@pytest.fixture
def agent(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    client.post("/login", data={"name": "Ana", "key": KEY})
    return client


@pytest.fixture
def customer(api: FlaskClient) -> int:
    answer = api.post("/api/customers", json={"email": "mona@example.com", "name": "Mona"})
    return answer.json["id"]


@pytest.fixture
def ticket(api: FlaskClient, customer: int) -> int:
    answer = api.post("/api/tickets", json={"customer_id": customer, "subject": "No ink"})
    return answer.json["id"]
