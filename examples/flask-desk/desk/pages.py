"""The pages of the support agents: log in, read a ticket, answer it, close it."""

from __future__ import annotations

import hmac
import secrets

from flask import (
    Blueprint,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from desk import comments, payload, tickets
from desk.db import get_connection

pages = Blueprint("pages", __name__)


@pages.before_request
def require_login() -> ResponseReturnValue | None:
    if request.endpoint in ("pages.login", "pages.show_login"):
        return None
    if "agent" not in session:
        return redirect(url_for("pages.show_login"), 303)
    if request.method == "POST" and not _same(request.form.get("csrf", ""), session["csrf"]):
        abort(400)
    return None


@pages.get("/login")
def show_login() -> ResponseReturnValue:
    return render_template("login.html")


@pages.post("/login")
def login() -> ResponseReturnValue:
    if not _same(request.form.get("key", ""), current_app.config["API_KEY"]):
        return render_template("login.html", problem="This is not the key."), 401
    form = payload.read({"name": request.form.get("name", "")}, {"name": payload.text(60, False)})
    session.update(agent=form["name"], csrf=secrets.token_urlsafe(16))
    return redirect(url_for("pages.show_tickets"), 303)


@pages.get("/tickets")
def show_tickets() -> ResponseReturnValue:
    rows = tickets.page(get_connection(), "open", current_app.config["PAGE_SIZE"])
    return render_template("tickets.html", tickets=rows)


@pages.get("/tickets/<int:ticket_id>")
def show_ticket(ticket_id: int) -> ResponseReturnValue:
    connection = get_connection()
    ticket = tickets.find(connection, ticket_id) or abort(404)
    thread = comments.of_ticket(connection, ticket_id)
    return render_template("ticket.html", ticket=ticket, comments=thread)


@pages.post("/tickets/<int:ticket_id>/comments")
def add_comment(ticket_id: int) -> ResponseReturnValue:
    form = payload.read({"body": request.form.get("body", "")}, payload.COMMENT)
    connection = get_connection()
    tickets.find(connection, ticket_id) or abort(404)
    comments.add(connection, ticket_id, session["agent"], form["body"])
    connection.commit()
    return redirect(url_for("pages.show_ticket", ticket_id=ticket_id), 303)


@pages.post("/tickets/<int:ticket_id>/close")
def close_ticket(ticket_id: int) -> ResponseReturnValue:
    connection = get_connection()
    ticket = tickets.find(connection, ticket_id) or abort(404)
    tickets.update(connection, ticket, {"status": "closed"})
    connection.commit()
    return redirect(url_for("pages.show_tickets"), 303)


def _same(sent: str, expected: str) -> bool:
    return hmac.compare_digest(sent.encode("utf-8", "replace"), expected.encode())
