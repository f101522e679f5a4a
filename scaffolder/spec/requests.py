"""Rules of requests and captures: one method, one body, a name captured before it is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scaffolder.spec.grammar import placeholders
from scaffolder.spec.journeys import (
    METHODS,
    Action,
    CaptureFrom,
    Journey,
    Login,
    Refusal,
    Request,
    Stored,
    Visible,
)
from scaffolder.spec.model import Spec
from scaffolder.spec.payloads import expectation, literal, texts
from scaffolder.spec.problems import Finding, Path, did_you_mean, dotted, quoted

Known = set[str]
"""Names that are captured at some point of a sequence; grows while it is walked."""


def request_findings(spec: Spec) -> Iterator[Finding]:
    """All findings about the requests of logins, journeys and refusals."""
    captured: dict[str, Known] = {}
    for index, login in enumerate(spec.logins):
        captured[login.id] = {"base_url"}
        yield from _login(("logins", index), login, captured[login.id])
    for index, journey in enumerate(spec.journeys):
        known = {"base_url"} | captured.get(journey.login or "", set())
        yield from _journey(("journeys", index), journey, known)
    for index, refusal in enumerate(spec.refusals):
        known = {"base_url"} | captured.get(refusal.login or "", set())
        yield from _refusal(("refusals", index), refusal, known)


def _login(path: Path, login: Login, known: Known) -> Iterator[Finding]:
    for step, request in enumerate(login.steps):
        yield from _request((*path, "steps", step), request, known)
    for name, value in login.headers.items():
        yield from _used((*path, "headers", name), value, known)


def _journey(path: Path, journey: Journey, known: Known) -> Iterator[Finding]:
    for step, request in enumerate(journey.setup):
        yield from _request((*path, "setup", step), request, known)
    yield from _action((*path, "act"), journey.act, known)
    for index, stored in enumerate(journey.stored):
        yield from _stored((*path, "stored", index), stored, known)
    for index, outcome in enumerate(journey.outcomes):
        place = (*path, "visible", index) if isinstance(journey.visible, list) else None
        yield from _visible(place or (*path, "visible"), outcome, known)
    yield from _fields(path, journey)


def _refusal(path: Path, refusal: Refusal, known: Known) -> Iterator[Finding]:
    for step, request in enumerate(refusal.setup):
        yield from _request((*path, "setup", step), request, known)
    yield from _request((*path, "act"), refusal.act, known)
    if refusal.act.status is not None and refusal.act.status < 300:
        text = f"{dotted(path)}: an action that is refused does not answer {refusal.act.status}"
        yield Finding((*path, "act", "status"), text)


def _action(path: Path, action: Action, known: Known) -> Iterator[Finding]:
    given = action.model_fields_set
    if action.run is None:
        for name in sorted(given & {"exit", "output"}):
            text = f"{dotted(path)}: {quoted(name)} belongs to a command, and there is no `run`"
            yield Finding((*path, name), text)
        yield from _request(path, action, known)
        return
    for name in sorted(given - {"run", "exit", "output", "capture"}):
        key = "json" if name == "json_" else name
        text = f"{dotted(path)}: {quoted(key)} belongs to a request, and this is a command"
        yield Finding((*path, key), text, "either `run` or a request")
    yield from _captures(path, action, known, command=True)


def _request(path: Path, request: Request, known: Known) -> Iterator[Finding]:
    yield from _method(path, request, known)
    yield from _body(path, request)
    yield from _captures(path, request, known, command=False)


def _method(path: Path, request: Request | Visible, known: Known) -> Iterator[Finding]:
    methods = [name for name in METHODS if getattr(request, name) is not None]
    if len(methods) != 1:
        found = " and ".join(methods) or "none"
        text = f"{dotted(path)}: a request has exactly one method, here: {found}"
        yield Finding(path, text, f"one of: {', '.join(METHODS)}")
    for method in methods:
        yield from _used((*path, method), getattr(request, method), known)


def _body(path: Path, request: Request) -> Iterator[Finding]:
    bodies = sorted(request.model_fields_set & {"form", "json_", "content"})
    if len(bodies) > 1:
        names = " and ".join("json" if name == "json_" else name for name in bodies)
        yield Finding(path, f"{dotted(path)}: a request has one body, here: {names}")
    yield from literal((*path, "json"), request.json_)
    yield from _form(path, request.form)


def _form(path: Path, form: dict[str, Any] | None) -> Iterator[Finding]:
    for name, value in (form or {}).items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, bool) or not isinstance(item, str | int):
                text = f"{dotted(path)}: the form field {quoted(name)} holds text, not {item!r}"
                yield Finding((*path, "form", name), text, "quote it")


def _captures(path: Path, request: Request, known: Known, *, command: bool) -> Iterator[Finding]:
    for name, source in request.capture.items():
        place = (*path, "capture", name)
        given = source.model_fields_set if isinstance(source, CaptureFrom) else {"json"}
        if len(given) != 1:
            text = f"{dotted(place)}: a capture has exactly one of header, cookie and text"
            yield Finding(place, text)
        elif command and given != {"text"}:
            text = f"{dotted(place)}: a command prints text, there is no {given.pop()}"
            yield Finding(place, text, "{text: 'id=(.*)'}")
        known.add(name)


def _stored(path: Path, stored: Stored, known: Known) -> Iterator[Finding]:
    for column, value in stored.where.items():
        if isinstance(value, dict | list):
            text = f"{dotted(path)}: `where` compares with a plain value"
            yield Finding((*path, "where", column), text, "matchers stand in `values`")
        yield from literal((*path, "where", column), value)
    for place, text in texts((*path, "where"), stored.where):
        yield from _used(place, text, known)
    for column, value in stored.values.items():
        yield from expectation((*path, "values", column), value)
    if stored.rows == 0 and stored.values:
        text = f"{dotted(path)}: `rows: 0` leaves no row that could have these values"
        yield Finding((*path, "rows"), text, "put what tells the rows apart into `where`")


def _visible(path: Path, outcome: Visible, known: Known) -> Iterator[Finding]:
    yield from _method(path, outcome, known)
    if outcome.form is not None and outcome.content is not None:
        yield Finding(path, f"{dotted(path)}: a request has one body, here: content and form")
    yield from _form(path, outcome.form)
    yield from expectation((*path, "json"), outcome.json_)


def _fields(path: Path, journey: Journey) -> Iterator[Finding]:
    if not journey.fields:
        return
    if not journey.act.model_fields_set & {"json_", "form"}:
        text = f"{dotted(path)}: `fields` names fields of the payload, and `act` has none"
        yield Finding((*path, "fields"), text, "give `act` json or form")
    for name, field in journey.fields.items():
        if isinstance(field.shown, str) and not journey.outcomes:
            text = f"{dotted(path)}: {quoted(name)} is shown in the first `visible`; there is none"
            yield Finding((*path, "fields", name, "shown"), text)
        yield from literal((*path, "fields", name, "values"), field.values)


def _used(path: Path, text: Any, known: Known) -> Iterator[Finding]:
    for name in placeholders(text):
        if name not in known:
            hint = did_you_mean(name, known - {"base_url"}) or "capture it in an earlier request"
            problem = f"{dotted(path)}: '{{{name}}}' is not captured before this point"
            yield Finding(path, problem, hint)
