"""One performance of a plan: what was answered, and what changed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from scaffolder.observe.driver.answers import body_of
from scaffolder.observe.driver.plan import Plan
from scaffolder.observe.driver.tables import Changes, changes
from scaffolder.observe.driver.world import Fingerprint, Step, World
from support.journeys.client import Client, capture

NO_ANSWER = 0  # as a status
LOG_IN = re.compile(r"log-?_?in|sign-?_?in|/auth", re.IGNORECASE)


@dataclass(frozen=True)
class Look:
    """A GET after the action; `capture` is what it needs of the action's answer."""

    path: str
    capture: dict[str, Any] = field(default_factory=dict)


@dataclass
class Tried:
    """`values`: everything captured before the action. `problem`: why it could not be tried."""

    plan: Plan
    step: Step
    status: int = NO_ANSWER
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = ""
    before: Fingerprint = field(default_factory=dict)
    after: Fingerprint = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    window: tuple[dt.datetime, dt.datetime] | None = None
    problem: str = ""
    looks: list[tuple[Look, Tried]] = field(default_factory=list)
    seen_before: dict[str, Tried] = field(default_factory=dict)  # path of a look -> what it showed

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 400

    @property
    def forbidden(self) -> bool:
        """Refused for who asks; pages then lead to the log-in."""
        location = self.headers.get("location", "")
        led = 300 <= self.status < 400 and LOG_IN.search(location) is not None
        return self.status in (401, 403) or led

    @property
    def json(self) -> Any:
        return body_of(self.text)

    @property
    def changes(self) -> list[Changes]:
        return changes(self.before, self.after)


def attempt(
    world: World, plan: Plan, step: Step, looks: Sequence[Look] = (), *, shifted: bool = False
) -> Tried:
    """On the fresh database, after login and setup; then the looks at what was done."""
    tried = Tried(plan, step)
    try:
        client = world.client(plan.login, plan.setup, shifted=shifted)
        tried.values = dict(client.values)
        # The second time nobody looks before: if looking changes rows, the two differ.
        for look in () if shifted else [one for one in looks if not one.capture]:
            tried.seen_before[look.path] = _look(client, tried, look, None)
        tried.before = world.fingerprint()
        begin = dt.datetime.now(dt.timezone.utc)
        response = client.send(step, plan.operation.label)
    except AssertionError as problem:
        tried.problem = re.sub(r"^journeys\.\w+\.", "", str(problem))
        return tried
    tried.window = (begin, dt.datetime.now(dt.timezone.utc))
    tried.status, tried.text = response.status_code, response.text
    tried.headers = {name.lower(): value for name, value in response.headers.items()}
    tried.content_type = response.headers.get("content-type", "")
    tried.after = world.fingerprint()
    for look in looks:
        tried.looks.append((look, _look(client, tried, look, response)))
    return tried


def _look(client: Client, tried: Tried, look: Look, response: httpx.Response | None) -> Tried:
    """`response`: the action's, for what the look needs of it; None before the action."""
    seen = Tried(tried.plan, {"get": look.path})
    try:
        for name, source in look.capture.items():
            assert response is not None
            client.values[name] = capture(response, source, look.path)
        answer = client.send(seen.step, look.path)
    except AssertionError as problem:  # not captured, or no answer
        seen.problem = str(problem)
        return seen
    finally:
        client.values = dict(tried.values)
    seen.status, seen.text = answer.status_code, answer.text
    return seen
