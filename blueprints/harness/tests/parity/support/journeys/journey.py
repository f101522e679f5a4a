"""Journeys as parity.yaml states them, and how their action is done."""

from __future__ import annotations

import copy
import importlib
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from support.app.commands import Completed
from support.journeys.client import Client, Unexpected
from support.journeys.placeholders import fill
from support.run import own

RunsCommands = Callable[[str], Completed]  # one of the application's commands, beside its server


@dataclass(frozen=True)
class Field:
    """A field of the payload: its kind, its column, and where it is shown (None: nowhere)."""

    kind: str
    column: str
    shown: str | None
    values: list[Any] | None


@dataclass(frozen=True)
class Journey:
    """What parity.yaml says under `journeys`; placeholders are not yet filled in."""

    id: str
    act: dict[str, Any]
    login: str | None = None
    setup: list[dict[str, Any]] = field(default_factory=list)
    stored: list[dict[str, Any]] = field(default_factory=list)
    visible: list[dict[str, Any]] = field(default_factory=list)
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"journeys.{self.id}"

    @property
    def tables(self) -> list[str]:
        return list(dict.fromkeys(stored["table"] for stored in self.stored))

    def field(self, path: str) -> Field:
        """What parity.yaml says of one field of the payload."""
        about = self.fields[path]
        name = path.rpartition(".")[2]
        shown = about.get("shown", name if self.visible else False)
        return Field(about["kind"], about.get("column", name), shown or None, about.get("values"))


def journeys(settings: ModuleType) -> list[Journey]:
    """Every journey of the harness, from its file."""
    files = [check["file"] for check in settings.CHECKS.values()]
    names = sorted(file[:-3] for file in files if file.startswith("journey_"))
    return [importlib.import_module(name).JOURNEY for name in names]


def over_http(settings: ModuleType) -> list[Journey]:
    """The journeys whose action is a request."""
    return [journey for journey in journeys(settings) if "run" not in journey.act]


def with_value(journey: Journey, path: str, value: Any) -> Journey:
    """The same journey with another value in one field of its payload."""
    body = "json" if "json" in journey.act else "form"
    payload = copy.deepcopy(journey.act[body])
    target = payload
    *parents, last = path.split(".")
    for part in parents:
        target = target[int(part) if isinstance(target, list) else part]
    target[int(last) if isinstance(target, list) else last] = value
    return replace(journey, act={**journey.act, body: payload})


def prepare(journey: Journey, client: Client, settings: ModuleType) -> None:
    """Log in and do what has to come before the action."""
    if journey.login:
        client.log_in(settings.LOGINS[journey.login])
        if (own_login := own.hook("logins", "log_in")) is not None:
            own_login(journey.login, client)
    for number, step in enumerate(journey.setup):
        client.step(step, f"{journey.name}.setup[{number}]")


def command_of(journey: Journey, client: Client) -> str:
    """The command of the action; a captured value stays one argument."""
    quoted = {name: shlex.quote(str(value)) for name, value in client.values.items()}
    return str(fill(journey.act["run"], quoted))


def act(journey: Journey, client: Client, run: RunsCommands) -> None:
    """Do the action; raises Unexpected when it is not reported as a success."""
    if "run" not in journey.act:
        client.step(journey.act, f"{journey.name}.act")
        return
    done = run(command_of(journey, client))
    expected = journey.act.get("exit", 0)
    if done.returncode != expected:
        raise Unexpected(
            f"{journey.name}.act: exit code {done.returncode}, expected {expected}\n"
            f"  > {done.command}\n{done.tail()}"
        )
    wanted = journey.act.get("output")
    if wanted is not None and str(fill(wanted, client.values)) not in done.output:
        raise Unexpected(
            f"{journey.name}.act: the output has no {wanted!r}\n  > {done.command}\n{done.tail()}"
        )
