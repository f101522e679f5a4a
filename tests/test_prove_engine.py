"""Which other major version takes the place of production's."""

from __future__ import annotations

from typing import Any

import pytest
from harness_settings import make_settings

from scaffolder.prove.driver.engine import other_server, others
from support.postgres import ladder
from support.postgres.server import Server
from support.run.results import Unavailable


@pytest.mark.parametrize(
    ("production", "expected"),
    [(16, [17, 18, 15, 14]), (18, [17, 16, 15, 14]), (13, [14, 15, 16, 17, 18]), (99, [18, 17])],
)
def test_the_next_major_comes_first(production: int, expected: list[int]) -> None:
    found = others(production, {14, 15, 16, 17, 18})

    assert found[: len(expected)] == expected and production not in found


def given(major: int) -> Server:
    server = Server("wheel", "127.0.0.1", 1, "postgres", "x")
    server.major = major
    return server


def test_the_server_is_found_as_if_production_had_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setenv("PARITY_POSTGRES", "system")
    monkeypatch.setattr(ladder, "provide", lambda settings, echo: given(seen_version(settings)))
    settings = make_settings(DATABASE={"version": "16", "image": "postgres:16"})

    def seen_version(given: Any) -> int:
        seen.append(dict(given.DATABASE))
        return int(given.DATABASE["version"])

    assert other_server(settings, 17).major == 17
    assert seen == [{"version": "17", "image": None}]
    assert settings.DATABASE == {"version": "16", "image": "postgres:16"}


def test_a_ladder_that_ends_elsewhere_is_no_other_major(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_POSTGRES", "system")
    monkeypatch.setattr(ladder, "provide", lambda settings, echo: given(16))

    with pytest.raises(Unavailable, match="PostgreSQL 17: system has 16, wheel has 16"):
        other_server(make_settings(DATABASE={"version": "16", "image": None}), 17)
