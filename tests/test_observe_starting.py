"""Which path tells that a server is healthy, and what an output says of one that is not."""

from __future__ import annotations

import pytest

from scaffolder.observe.driver.report import exceptions, told
from scaffolder.observe.driver.starting import ABSENT, _healthy


@pytest.mark.parametrize(
    ("wanted", "answers", "found"),
    [
        ("/healthz", {"/healthz": 200, ABSENT: 404}, "/healthz"),
        ("/healthz", {"/healthz": 302, ABSENT: 404}, "/healthz"),
        ("/healthz", {"/healthz": 404, "/health": 200, ABSENT: 404}, "/health"),
        ("/healthz", {"/healthz": 404, "/health": 302, ABSENT: 404}, None),
        ("/healthz", {"/healthz": 503, "/health": 404, ABSENT: 404}, None),
        (None, {"/health": 404, "/ping": 204, ABSENT: 404}, "/ping"),
        (None, {"/health": 200, ABSENT: 200}, None),
        (None, {ABSENT: 0}, None),
    ],
)
def test_another_path_must_be_a_success_where_not_everything_is(
    wanted: str | None, answers: dict[str, int], found: str | None
) -> None:
    assert _healthy(wanted, answers) == found


OUTPUT = """\
[INFO] Starting gunicorn
Traceback (most recent call last):
  File "desk/settings.py", line 41, in _required
    raise MissingVariable(f"{name} is not set")
desk.settings.MissingVariable: API_KEY is not set

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "gunicorn/arbiter.py", line 2, in run
    raise HaltServer(reason, code)
gunicorn.errors.HaltServer
[INFO] Shutting down: Master
"""


def test_the_exceptions_of_an_output_are_named_in_their_order() -> None:
    first, second = (
        "desk.settings.MissingVariable: API_KEY is not set",
        "gunicorn.errors.HaltServer",
    )

    assert exceptions(OUTPUT) == [first, second]
    assert exceptions("Error: usage\n  more\nbye") == []
    lines = told("the server exited", OUTPUT + "last\n" * 20).splitlines()
    assert lines[:4] == ["the server exited", f"  {first}", f"  {second}", "  last"]
