"""Other majors of PostgreSQL than production's, and other majors in production."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from trials import leniency, set_version, small, summary

from scaffolder.demo.trial import Trial
from support.postgres import ladder as postgres
from support.postgres.server import Server

pytestmark = pytest.mark.majors
MAJORS = [
    pytest.param(major, marks=pytest.mark.family("majors", sampled=major != 17))
    for major in (14, 17, 18)
]
Provide = Callable[[int], Server]


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """A small harness whose production has PostgreSQL 16."""
    return small(tmp_path_factory.mktemp("majors"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provide]:
    """Starts a server of a major, from its wheel."""
    monkeypatch.delenv("PARITY_DATABASE_URL", raising=False)
    monkeypatch.setenv("PARITY_POSTGRES", "wheel")
    started: list[Server] = []

    def provide(major: int) -> Server:
        database: dict[str, Any] = {
            "version": str(major),
            "image": None,
            "extensions": [],
            "encoding": "UTF8",
        }
        database |= {"collation": "C.UTF-8", "timezone": "UTC", "env": {}}
        settings = SimpleNamespace(DATABASE=database)
        started.append(postgres.provide(settings, echo=lambda text: None))
        return started[-1]

    yield provide
    for one in started:
        one.stop()


def using(server: Server, strict: str) -> dict[str, str]:
    place = f"{server.user}:{server.password}@{server.host}:{server.port}"
    return {
        "PARITY_POSTGRES": "url",
        "PARITY_DATABASE_URL": f"postgresql://{place}/postgres",
        "PARITY_STRICT": strict,
    }


@pytest.mark.parametrize("major", [14, 18])
def test_another_major_than_productions_is_degraded(
    trial: Trial, server: Provide, major: int
) -> None:
    given = server(major)

    run = trial.run("pr_smoke", using(given, strict="0"))

    assert run.returncode == 0, run.output
    assert {*map(run.result, run.checks())} == {"degraded"}, summary(run)
    assert f"PostgreSQL {given.version}, production has 16" in summary(run)


def test_strict_refuses_another_major_in_one_line(trial: Trial, server: Provide) -> None:
    given = server(14)

    run = trial.run("pr_smoke", using(given, strict="1"))

    assert run.returncode != 0
    assert not run.results
    line = next(line for line in run.output.splitlines() if "strict:" in line)
    assert f"PostgreSQL {given.version}, production has 16" in line
    assert "PARITY_STRICT=0" in line


@pytest.mark.parametrize("major", MAJORS)
def test_the_wheel_follows_productions_major(trial: Trial, major: int) -> None:
    # given a production with that major
    set_version(trial, str(major))
    trial.scaffold()

    run = trial.run("pr_smoke", {**leniency(), "PARITY_POSTGRES": "wheel"})

    # then nothing about PostgreSQL is degraded
    assert run.returncode == 0, run.output
    assert run.results["provided"][0].startswith(f"PostgreSQL {major}.")
    assert "production has" not in "".join(
        line for line in run.output.splitlines() if "PostgreSQL" in line
    )
