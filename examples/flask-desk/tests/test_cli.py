from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from freezegun import freeze_time

from desk import cli


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nowhere")
    monkeypatch.setenv("API_KEY", "test-key")


def test_what_waits_too_long_is_closed(
    api: FlaskClient, database: Any, ticket: int, capsys: pytest.CaptureFixture[str]
) -> None:
    api.patch(f"/api/tickets/{ticket}", json={"status": "waiting"})
    assert cli.main(["close-stale"], database) == 0
    assert capsys.readouterr().out == "closed 0\n"
    with freeze_time("2099-01-01"):
        assert cli.main(["close-stale"], database) == 0
    assert capsys.readouterr().out == "closed 1\n"
    assert api.get(f"/api/tickets/{ticket}").json["status"] == "closed"


def test_customers_are_imported(
    api: FlaskClient, database: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["import", "data/customers.example.csv"], database) == 0
    assert capsys.readouterr().out == "imported 2\n"
    shown = api.get("/api/customers/1").json
    assert (shown["name"], shown["customer_since"]) == ("Mona Ødegård", "2024-02-29")
    assert api.get("/api/customers/2").json["customer_since"] == "2023-12-31"


def test_a_wrong_line_is_named(
    database: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("email,name\nnobody,N\n", encoding="utf-8")
    assert cli.main(["import", str(file)], database) == 1
    assert "line 2: email" in capsys.readouterr().err
