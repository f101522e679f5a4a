from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient


def test_requests_without_the_key_are_refused(app: Flask) -> None:
    assert app.test_client().get("/api/tickets").status_code == 401


def test_health(api: FlaskClient) -> None:
    assert api.get("/healthz").json == {"status": "ok"}


def test_a_customer_is_added(api: FlaskClient) -> None:
    payload = {"email": "a@example.com", "name": "A", "vip": True, "customer_since": "2024-02-29"}
    answer = api.post("/api/customers", json=payload)
    assert answer.status_code == 201
    shown = api.get(f"/api/customers/{answer.json['id']}").json
    assert payload.items() <= shown.items()


def test_an_address_is_taken_whatever_its_case(api: FlaskClient, customer: int) -> None:
    answer = api.post("/api/customers", json={"email": "MONA@example.com", "name": "Other"})
    assert answer.status_code == 409
    assert api.get("/api/customers/2").status_code == 404


def test_an_unknown_customer_is_not_found(api: FlaskClient) -> None:
    assert api.get("/api/customers/77").status_code == 404


def test_a_ticket_is_opened(api: FlaskClient, customer: int) -> None:
    payload = {
        "customer_id": customer,
        "subject": "The printer eats paper",
        "priority": 3,
        "billable": True,
        "hours": "1.25",
        "due_at": "2027-03-28T01:30:00+00:00",
        "visit_on": "2027-03-27",
        "tags": ["hardware", {"floor": 2}],
    }
    answer = api.post("/api/tickets", json=payload)
    assert answer.status_code == 201
    shown = api.get(f"/api/tickets/{answer.json['id']}").json
    assert payload.items() <= shown.items()
    assert shown["status"] == "open"
    assert shown["opened_at"].endswith("+00:00")


def test_a_ticket_keeps_the_messages_that_led_to_it(api: FlaskClient, customer: int) -> None:
    payload = {"customer_id": customer, "subject": "Help", "comments": [{"body": "Anybody?"}]}
    ticket = api.post("/api/tickets", json=payload).json["id"]
    assert [c["body"] for c in api.get(f"/api/tickets/{ticket}").json["comments"]] == ["Anybody?"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", "  "),
        ("customer_id", 4711),
        ("priority", "high"),
        ("hours", "1.005"),
        ("due_at", "2027-03-28T01:30:00"),
        ("visit_on", "tomorrow"),
        ("status", "lost"),
        ("billable", "yes"),
        ("colour", "red"),
        ("comments", [{"body": ""}]),
    ],
)
def test_a_wrong_field_is_refused(
    api: FlaskClient, customer: int, field: str, value: object
) -> None:
    payload = {"customer_id": customer, "subject": "Help", field: value}
    assert api.post("/api/tickets", json=payload).status_code == 422


def test_a_ticket_is_changed(api: FlaskClient, ticket: int) -> None:
    assert api.patch(f"/api/tickets/{ticket}", json={"hours": 2.5}).status_code == 200
    shown = api.get(f"/api/tickets/{ticket}").json
    assert float(shown["hours"]) == 2.5
    assert shown["subject"] == "No ink"
    assert shown["closed_at"] is None


def test_closing_is_remembered(api: FlaskClient, ticket: int) -> None:
    shown = api.patch(f"/api/tickets/{ticket}", json={"status": "closed"}).json
    assert shown["closed_at"] is not None


def test_a_ticket_is_deleted(api: FlaskClient, ticket: int) -> None:
    assert api.delete(f"/api/tickets/{ticket}").status_code == 204
    assert api.get(f"/api/tickets/{ticket}").status_code == 404
    assert api.delete(f"/api/tickets/{ticket}").status_code == 404


def test_tickets_are_listed_by_status(api: FlaskClient, ticket: int) -> None:
    assert [t["id"] for t in api.get("/api/tickets?status=open").json["tickets"]] == [ticket]
    assert api.get("/api/tickets?status=closed").json["tickets"] == []
    assert api.get("/api/tickets?status=lost").status_code == 422


def test_the_workload_of_a_customer(api: FlaskClient, customer: int, ticket: int) -> None:
    api.patch(f"/api/tickets/{ticket}", json={"hours": "2.5"})
    (row,) = api.get("/api/reports/workload").json["customers"]
    assert (row["customer_id"], row["name"], row["open_tickets"]) == (customer, "Mona", 1)
    assert float(row["hours"]) == 2.5


def test_closed_tickets_by_priority(api: FlaskClient, ticket: int) -> None:
    api.patch(f"/api/tickets/{ticket}", json={"status": "closed", "priority": 4})
    (row,) = api.get("/api/reports/closed").json["priorities"]
    assert (row["priority"], row["tickets"]) == (4, 1)
