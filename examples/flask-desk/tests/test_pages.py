from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient


def csrf(agent: FlaskClient, ticket: int) -> str:
    page = agent.get(f"/tickets/{ticket}").text
    return re.search('name="csrf" value="([^"]+)"', page)[1]


def test_strangers_are_sent_to_the_login(app: Flask) -> None:
    answer = app.test_client().get("/tickets")
    assert (answer.status_code, answer.location) == (303, "/login")


def test_the_wrong_key_is_refused(app: Flask) -> None:
    answer = app.test_client().post("/login", data={"name": "Ana", "key": "guess"})
    assert answer.status_code == 401


def test_open_tickets_are_listed(agent: FlaskClient, ticket: int) -> None:
    assert "No ink" in agent.get("/tickets").text


def test_an_agent_answers(agent: FlaskClient, ticket: int) -> None:
    form = {"csrf": csrf(agent, ticket), "body": "It is <on> its way"}
    answer = agent.post(f"/tickets/{ticket}/comments", data=form)
    assert (answer.status_code, answer.location) == (303, f"/tickets/{ticket}")
    page = agent.get(answer.location).text
    assert "It is &lt;on&gt; its way" in page
    assert "Ana" in page


def test_an_answer_without_the_token_is_refused(agent: FlaskClient, ticket: int) -> None:
    answer = agent.post(f"/tickets/{ticket}/comments", data={"body": "Hello"})
    assert answer.status_code == 400


def test_an_agent_closes(agent: FlaskClient, api: FlaskClient, ticket: int) -> None:
    agent.post(f"/tickets/{ticket}/close", data={"csrf": csrf(agent, ticket)})
    assert api.get(f"/api/tickets/{ticket}").json["status"] == "closed"
