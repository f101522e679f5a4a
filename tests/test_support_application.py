"""The application's server: started on a free port, healthy or explained, and stopped."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from support.app import application
from support.app.application import Application, NotHealthy
from support.postgres.owner import started

SERVER = """
import os, signal, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        code = int(os.environ.get(self.path.strip("/").upper() or "ROOT", "404"))
        if "X-Forwarded-Proto" not in self.headers:
            code = 400
        self.send_response(code)
        self.end_headers()
    def log_message(self, *args): pass

if "STUBBORN" in os.environ:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "DEAF" in os.environ:
    print("loading", flush=True)
    time.sleep(60)
if "FAILS" in os.environ:
    raise KeyError("SECRET_KEY")
HTTPServer((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
"""


class Maker:
    """Makes servers of the program above, and stops them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[Application] = []
        (folder / "server.py").write_text(SERVER)

    def __call__(self, health: str | None, **env: str) -> Application:
        settings: Any = SimpleNamespace(
            START=f"{sys.executable} server.py {{host}} {{port}}",
            HEALTH=health,
            PROXY_HEADERS={"X-Forwarded-Proto": "https"},
        )
        variables = {"PATH": os.environ["PATH"], **env}
        log = self.folder / ".parity" / "logs" / "server.log"
        self.made.append(Application(settings, variables, self.folder, log))
        return self.made[-1]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Maker]:
    make = Maker(tmp_path)
    yield make
    for one in make.made:
        one.stop()


def test_a_healthy_server_is_reached_and_stopped(make: Maker) -> None:
    server = make("/health", HEALTH="200")

    server.start()

    assert server.running
    answer = httpx.get(f"{server.base_url}/health", headers={"X-Forwarded-Proto": "x"})
    assert answer.status_code == 200
    assert server.stop() == -signal.SIGTERM
    assert server.process is None
    assert server.stop() == 0


def test_two_servers_have_ports_of_their_own(make: Maker) -> None:
    first, second = make(None), make(None)

    first.start()
    second.start()

    assert first.port != second.port
    first.stop()


def test_without_a_health_path_any_answer_below_500_will_do(make: Maker) -> None:
    server = make(None, ROOT="404")

    server.start()

    assert server.running


def test_proxies_of_the_shell_are_not_asked(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setattr(application, "START_SECONDS", 5)

    make(None).start()


def test_a_server_that_ends_is_explained_by_what_it_printed(make: Maker) -> None:
    server = make("/health", FAILS="1")

    with pytest.raises(NotHealthy) as caught:
        server.start()

    first = str(caught.value).splitlines()[0]
    assert first == "the server exited with code 1 before it was healthy: KeyError: 'SECRET_KEY'"
    assert "SECRET_KEY" in caught.value.output


@pytest.mark.parametrize(
    ("health", "env", "problem"),
    [
        ("/health", {"HEALTH": "503"}, "GET /health answers 503"),
        (None, {"ROOT": "500"}, "GET / answers 500"),
        (None, {"DEAF": "1"}, "it never listened on the port that it was given: loading"),
    ],
)
def test_a_server_that_is_not_healthy_is_stopped(
    make: Maker,
    monkeypatch: pytest.MonkeyPatch,
    health: str | None,
    env: dict[str, str],
    problem: str,
) -> None:
    monkeypatch.setattr(application, "START_SECONDS", 3)
    server = make(health, **env)

    with pytest.raises(NotHealthy, match=problem):
        server.start()

    assert server.process is None
    assert not [*(make.folder / ".parity" / "running").iterdir()]


def test_a_server_that_ignores_sigterm_is_killed(
    make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "STOP_SECONDS", 0.2)
    server = make(None, STUBBORN="1")
    server.start()

    assert server.stop() == -signal.SIGKILL


def test_ctrl_c_while_it_starts_leaves_no_process(
    make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make(None, DEAF="1")
    pids: list[int] = []

    def interrupt(seconds: float) -> None:
        assert server.process is not None
        pids.append(server.process.pid)
        raise KeyboardInterrupt

    monkeypatch.setattr(application, "time", SimpleNamespace(sleep=interrupt, monotonic=lambda: 0))
    with pytest.raises(KeyboardInterrupt):
        server.start()

    assert started(pids[0]) is None
