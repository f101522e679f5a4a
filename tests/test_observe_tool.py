"""An example is observed in a copy: what works, what does not, and what stays behind."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness_settings import make_settings
from test_observe_guard import DATABASE
from trials import descendants, take_ctrl_c

from scaffolder.demo.examples import examples
from scaffolder.demo.trial import Trial
from scaffolder.observe import copying
from scaffolder.observe.driver import world
from scaffolder.observe.known import Known, SeenRequest
from scaffolder.observe.observe import STEPS, Observation, observe
from support.database.cluster import Cluster
from support.postgres import ladder

URL = "postgresql://{user}:{password}@{host}:{port}/{name}"
TOOL = """\
import sys
from pathlib import Path
from scaffolder.observe.observe import observe
draft = Path(sys.argv[1], "parity.yaml").read_bytes()
observe(Path(sys.argv[1]), draft, echo=lambda text: print(text, flush=True))
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Trial.begin(examples()["flask-desk"], tmp_path_factory.mktemp("observe") / "desk").folder


def spec(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((folder / "parity.yaml").read_text(encoding="utf-8"))
    for section in ("journeys", "refusals", "logins", "accepted"):
        found.pop(section, None)
    return found


def draft(document: dict[str, Any]) -> bytes:
    return yaml.safe_dump(document, sort_keys=False).encode()


def said(observation: Observation) -> str:
    return "\n".join(f"{step.id}: {step.ok}: {step.message}" for step in observation.steps)


def status(folder: Path) -> str:
    command = ["git", "status", "--porcelain", "--ignored"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files, which must be empty in the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def test_what_works_is_reported_and_nothing_stays(desk: Path, temporary: Path) -> None:
    document = spec(desk)
    document["app"]["health"] = "/absent"
    before = status(desk)
    echoed: list[str] = []
    known = Known(
        health_candidates=["/nope", "/healthz"],
        requests=[SeenRequest("POST", "/api/customers", {"email": "a@example.com", "name": "A"})],
        seconds=10,
    )

    observation = observe(desk, draft(document), known, echo=echoed.append)

    assert observation.reason is None, said(observation)
    assert [step.id for step in observation.steps] == list(STEPS)
    assert [step.id for step in observation.steps if not step.ok] == ["health"]
    assert "GET /absent: 404" in said(observation)
    assert observation.health == "/healthz"
    assert observation.works("connected") and not observation.works("health")
    assert "start: ok" in echoed
    assert status(desk) == before
    assert alive(descendants(os.getpid())) == set()


def test_a_variable_that_is_missing_is_named(desk: Path, temporary: Path) -> None:
    document = spec(desk)
    del document["production"]["environment"]["API_KEY"]

    observation = observe(desk, draft(document))

    assert observation.missing_variables == ("API_KEY",)
    assert observation.step("start") is not None and not observation.works("start")
    why = "MissingVariable: API_KEY is not set; see .env.example"
    assert observation.reason is not None
    assert observation.reason.startswith("start: the server exited with code")
    assert observation.reason.endswith(why)


def test_another_database_is_not_written(desk: Path, temporary: Path) -> None:
    """The draft has the wrong variable, and the right one leads to a database of somebody's."""
    server = ladder.provide(make_settings(DATABASE=DATABASE), echo=lambda text: None)
    try:
        cluster = Cluster(server, make_settings(DATABASE=DATABASE), "mine")
        database = cluster.create("mine", cluster.role("mine"))
        url = database.fill(URL)
        document = spec(desk)
        production = document["production"]
        production["environment"]["DATABASE_URL"] = {"sample": url}
        production["database"]["env"] = {"ELSEWHERE_URL": URL}
        production["database"] |= {"sql_files": [], "migrate": "python migrate.py"}

        observation = observe(_migrating(desk), draft(document))

        assert database.tables() == []
    finally:
        server.stop()
    assert 'role "parity_' in said(observation)
    assert observation.reason is not None and observation.reason.startswith("migrate: ")
    assert observation.step("start") is None


def _migrating(desk: Path) -> Path:
    """The desk with a command for its migrations, that goes where DATABASE_URL leads."""
    (desk / "migrate.py").write_text(
        "import os, psycopg\n"
        "with psycopg.connect(os.environ['DATABASE_URL']) as connection:\n"
        "    connection.execute('CREATE TABLE damage (id int)')\n"
    )
    return desk


def test_a_server_that_never_connects_is_not_written_to(tmp_path: Path, temporary: Path) -> None:
    root = tmp_path / "quiet"
    root.mkdir()
    (root / "requirements.txt").write_text("")
    (root / "quiet.py").write_text("")
    document = {
        "parity": 1,
        "app": {
            "name": "quiet",
            "packages": ["quiet"],
            "install": {"lock": "requirements.txt"},
            "start": "python -m http.server {port} --bind {host}",
        },
        "production": {
            "python": f"{sys.version_info[0]}.{sys.version_info[1]}",
            "database": {
                "engine": "postgres",
                "version": "16",
                "env": {"DATABASE_URL": URL},
            },
        },
    }

    observation = observe(root, draft(document), Known(health_candidates=["/health"]))

    assert [step.id for step in observation.steps if not step.ok] == ["connected"]
    assert observation.reason is not None and "made no connection" in observation.reason
    assert observation.journeys == []


def test_no_postgres_and_no_lock_are_results(
    desk: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARITY_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    without_server = observe(desk, draft(spec(desk)))
    document = spec(desk)
    document["app"]["install"]["lock"] = "absent.txt"
    without_lock = observe(desk, draft(document))

    assert without_server.reason is not None
    assert without_server.reason.startswith("postgres: no PostgreSQL 16 (PARITY_DATABASE_URL: ")
    assert [(step.id, step.ok) for step in without_server.steps] == [
        ("install", True),
        ("postgres", False),
    ]
    assert without_lock.reason is not None and "absent.txt does not exist" in without_lock.reason


def test_what_cannot_be_copied_or_rendered_is_a_result(
    desk: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = observe(desk, b"parity: 1\n")
    monkeypatch.setattr(copying, "MAX_FILES", 3)
    large = observe(desk, draft(spec(desk)))

    assert bad.reason is not None and bad.reason.startswith("the draft is not valid: ")
    assert large.reason is not None and "are not ignored by git; at most 3 files" in large.reason
    assert bad.steps == large.steps == ()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_stops_it_leaves_nothing_running(
    desk: Path, temporary: Path, number: signal.Signals
) -> None:
    tool = subprocess.Popen(
        [sys.executable, "-c", TOOL, str(desk)],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=take_ctrl_c,
    )
    assert tool.stdout is not None
    lines = iter(tool.stdout.readline, "")
    assert any(line.startswith("start: ok") for line in lines)
    started = descendants(tool.pid)

    tool.send_signal(number)
    tool.communicate(timeout=60)

    assert tool.returncode == {signal.SIGTERM: 143, signal.SIGINT: -signal.SIGINT}[number]
    assert len(started) > 3  # the driver, PostgreSQL, the server and its workers
    assert alive(started) == set()


def test_the_deadline_ends_it_with_what_it_has(desk: Path, temporary: Path) -> None:
    document = spec(desk)
    document["app"]["start"] = "python -c 'import time; time.sleep(99)' {port}"

    observation = observe(desk, draft(document), deadline=15)

    assert observation.reason == "stopped after 15 s"
    assert observation.works("migrate")
    assert observation.step("start") is None


def test_what_is_known_is_what_the_driver_takes() -> None:
    """driver/world.py cannot be imported without a harness, so its fields stand twice."""

    def names(kind: Any) -> set[str]:
        return {field.name for field in dataclasses.fields(kind)}

    assert names(Known) - names(world.Known) == {"health_candidates"}
    assert names(world.Known) <= names(Known)
    assert names(SeenRequest) == names(world.SeenRequest)
    discovered = names(world.Discovered)
    assert discovered <= names(Observation)
