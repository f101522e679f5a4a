"""Requests of a journey, against a real server in a thread."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from support.journeys.client import Client, Unexpected, at_path
from support.journeys.placeholders import NotCaptured, fill


class Handler(BaseHTTPRequestHandler):
    """Echoes what it was sent; some paths answer otherwise."""

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        echo = {
            "method": self.command,
            "path": self.path,
            "body": self.rfile.read(length).decode("utf-8", "replace"),
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "nothing": None,
            "list": [{"id": 7}],
        }
        if self.path == "/dies":
            self.connection.close()
            return
        body = json.dumps(echo).encode()
        self.send_response(500 if self.path == "/broken" else 200)
        if self.path == "/login":
            self.send_header("Set-Cookie", "session=abc; Path=/; Secure; HttpOnly")
        self.send_header("Location", f"https://{self.headers['Host']}/orders/7")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing into the output of the tests."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url, {"X-Forwarded-Proto": "https"}) as client:
        yield client


def test_captures_come_back_with_their_type(client: Client) -> None:
    capture = {"id": "list.0.id", "place": {"header": "Location"}, "verb": {"text": '"me(.*?)od"'}}
    client.step({"get": "/orders", "status": 200, "capture": capture}, "act")

    sent = client.step(
        {"post": "/orders/{id}", "json": {"id": "{id}", "text": "no {id}", "open": "{other}"}},
        "again",
    ).json()

    assert client.values["verb"] == "th"
    assert sent["path"] == "/orders/7"
    assert json.loads(sent["body"]) == {"id": 7, "text": "no 7", "open": "{other}"}


def test_headers_and_raw_bodies_are_text(client: Client) -> None:
    client.values["id"] = 7

    sent = client.step({"put": "/x", "headers": {"X-Id": "{id}"}, "content": "{id}"}, "act").json()

    assert (sent["headers"]["x-id"], sent["body"]) == ("7", "7")
    assert sent["headers"]["x-forwarded-proto"] == "https"


def test_a_form_is_encoded_and_a_lone_surrogate_reaches_the_server(client: Client) -> None:
    form = client.step({"post": "/f", "form": {"a": "x y", "b": ["1", "2"]}}, "act").json()
    text = client.step({"post": "/j", "json": {"a": "\ud800"}}, "act").json()

    assert form["body"] == "a=x+y&b=1&b=2"
    assert form["headers"]["content-type"] == "application/x-www-form-urlencoded"
    assert text["body"] == '{"a": "\\ud800"}'


def test_secure_cookies_and_headers_of_a_login_are_sent_on_loopback(client: Client) -> None:
    login = {
        "steps": [{"post": "/login", "capture": {"c": {"cookie": "session"}, "id": "list.0.id"}}],
        "headers": {"X-Token": "{c}", "X-Id": "{id}"},
    }
    client.log_in(login)

    sent = client.step({"get": "/"}, "act").json()["headers"]

    assert (sent["cookie"], sent["x-token"], sent["x-id"]) == ("session=abc", "abc", "7")


def test_a_location_as_the_proxy_would_have_it_is_followed_on_loopback(client: Client) -> None:
    client.step({"get": "/x", "capture": {"page": {"header": "Location"}}}, "act")

    assert client.values["page"].startswith("https://127.0.0.1:")
    assert client.step({"get": "{page}"}, "visible").json()["path"] == "/orders/7"


def test_proxies_of_the_shell_are_not_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    with Client(url, {}) as client:
        assert client.step({"get": "/"}, "act").status_code == 200


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ({"get": "/", "status": 201}, "act: GET / answered 200, expected 201"),
        ({"get": "/broken"}, "act: GET /broken answered 500"),
        (
            {"get": "/", "capture": {"x": "list.1.id"}},
            "act.capture.x: the answer has no 'list.1.id'",
        ),
        ({"get": "/", "capture": {"x": "nothing"}}, "act.capture.x: 'nothing' is null"),
        ({"get": "/", "capture": {"x": {"cookie": "c"}}}, "the answer has no cookie 'c'"),
        ({"get": "/", "capture": {"x": {"header": "X-No"}}}, "the answer has no header 'X-No'"),
        ({"get": "/dies"}, "act: no answer: RemoteProtocolError"),
    ],
)
def test_what_is_unexpected_says_where(client: Client, step: dict[str, Any], text: str) -> None:
    with pytest.raises(Unexpected) as caught:
        client.step(step, "act")

    first, *details = str(caught.value).splitlines()
    assert text in first
    assert f"> GET {step['get']}" in details[0]


def test_an_answer_of_the_step_before_is_not_taken_for_this_one(client: Client) -> None:
    client.step({"get": "/"}, "setup")

    with pytest.raises(Unexpected):
        client.step({"get": "/dies"}, "act")

    assert client.last is None


def test_a_url_with_a_name_that_was_not_captured_is_an_error(client: Client) -> None:
    with pytest.raises(NotCaptured, match="act: nothing was captured as 'id'"):
        client.step({"get": "/orders/{id}"}, "act")


def test_paths_into_a_document() -> None:
    document = {"a": [{"b": 1}], "0": "zero"}

    assert at_path(document, "a.0.b") == 1
    assert at_path(document, "a.-1.b") == 1
    assert at_path(document, "0") == "zero"
    for path in ("a.1", "a.b", "a.0.b.c", "c"):
        with pytest.raises(KeyError, match=path):
            at_path(document, path)


def test_filling_leaves_unknown_names_and_other_types() -> None:
    values = {"id": 7, "name": "Zoë"}

    assert fill({"a": ["{id}", "{id}{name}", "{none}", 3, None]}, values) == {
        "a": [7, "7Zoë", "{none}", 3, None]
    }


@pytest.mark.parametrize(
    ("headers", "method", "origin"),
    [
        ({"X-Forwarded-Proto": "https"}, "post", "https"),
        ({"X-Forwarded-Proto": "https"}, "get", None),
        ({}, "post", None),
    ],
)
def test_behind_https_the_origin_is_sent_as_a_browser_does(
    headers: dict[str, str], method: str, origin: str | None, url: str
) -> None:
    with Client(url, headers) as client:
        sent = client.send({method: "/orders"}, "act").json()["headers"]

    expected = None if origin is None else url.replace("http", origin, 1)
    assert sent.get("origin") == expected


def test_an_origin_of_the_spec_stays(url: str) -> None:
    with Client(url, {"X-Forwarded-Proto": "https"}) as client:
        step = {"post": "/orders", "headers": {"Origin": "https://shop.example"}}
        sent = client.send(step, "act").json()["headers"]

    assert sent["origin"] == "https://shop.example"
