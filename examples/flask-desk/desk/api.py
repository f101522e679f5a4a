"""The JSON API, for the customers' own systems. Every request carries X-API-Key."""

from __future__ import annotations

import hmac
from typing import Any

from flask import Blueprint, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from psycopg import errors

from desk import comments, customers, payload, reports, tickets
from desk.db import get_connection
from desk.payload import Invalid

api = Blueprint("api", __name__, url_prefix="/api")


@api.before_request
def require_key() -> None:
    sent = request.headers.get("X-API-Key", "")
    if not hmac.compare_digest(sent.encode(), current_app.config["API_KEY"].encode()):
        abort(401)


@api.post("/customers")
def add_customer() -> ResponseReturnValue:
    values = payload.read(_body(), payload.CUSTOMER, required=("email", "name"))
    connection = get_connection()
    try:
        customer_id = customers.add(connection, values)
    except errors.UniqueViolation:
        return jsonify(error={"field": "email", "problem": "is taken"}), 409
    connection.commit()
    return jsonify(customers.find(connection, customer_id)), 201


@api.get("/customers/<int:customer_id>")
def show_customer(customer_id: int) -> ResponseReturnValue:
    customer = customers.find(get_connection(), customer_id)
    return jsonify(customer) if customer else abort(404)


@api.post("/tickets")
def open_ticket() -> ResponseReturnValue:
    """A ticket, with the messages that led to it: both are stored, or neither."""
    data = _body()
    messages = data.pop("comments", [])
    if not isinstance(messages, list):
        raise Invalid("comments", "must be a list")
    values = payload.read(data, payload.TICKET, required=("customer_id", "subject"))
    connection = get_connection()
    try:
        ticket_id = tickets.add(connection, values)
    except errors.ForeignKeyViolation as error:
        raise Invalid("customer_id", "is not a customer") from error
    for message in messages:
        comment = payload.read(message, payload.COMMENT, required=("body",))
        comments.add(connection, ticket_id, "customer", comment["body"])
    connection.commit()
    return jsonify(tickets.find(connection, ticket_id)), 201


@api.get("/tickets")
def list_tickets() -> ResponseReturnValue:
    query = payload.read(
        request.args.to_dict(), {"status": payload.choice(*payload.STATUSES), "after": _count}
    )
    size = current_app.config["PAGE_SIZE"]
    rows = tickets.page(get_connection(), query.get("status"), size, query.get("after", 0))
    return jsonify(tickets=rows)


@api.get("/tickets/<int:ticket_id>")
def show_ticket(ticket_id: int) -> ResponseReturnValue:
    connection = get_connection()
    ticket = tickets.find(connection, ticket_id) or abort(404)
    return jsonify(ticket | {"comments": comments.of_ticket(connection, ticket_id)})


@api.patch("/tickets/<int:ticket_id>")
def change_ticket(ticket_id: int) -> ResponseReturnValue:
    changes = payload.read(_body(), payload.TICKET)
    connection = get_connection()
    ticket = tickets.find(connection, ticket_id) or abort(404)
    try:
        tickets.update(connection, ticket, changes)
    except errors.ForeignKeyViolation as error:
        raise Invalid("customer_id", "is not a customer") from error
    connection.commit()
    return jsonify(tickets.find(connection, ticket_id))


@api.delete("/tickets/<int:ticket_id>")
def delete_ticket(ticket_id: int) -> ResponseReturnValue:
    connection = get_connection()
    if not tickets.delete(connection, ticket_id):
        abort(404)
    connection.commit()
    return "", 204


@api.get("/reports/workload")
def show_workload() -> ResponseReturnValue:
    return jsonify(customers=reports.workload(get_connection()))


@api.get("/reports/closed")
def show_closed() -> ResponseReturnValue:
    return jsonify(priorities=reports.closed_by_priority(get_connection()))


def _body() -> dict[str, Any]:
    try:
        data = request.get_json()
    except RecursionError:
        abort(400)
    if not isinstance(data, dict):
        raise Invalid("body", "must be an object")
    return data


def _count(value: str) -> int:
    return payload.integer(int(value))
