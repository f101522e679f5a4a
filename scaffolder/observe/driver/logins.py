"""How a user logs in: sign up, log in, and send what the answer gave in the way that is taken."""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scaffolder.observe.driver import texts
from scaffolder.observe.driver.answers import dotted, is_plain, leaves, put
from scaffolder.observe.driver.explore import FORBIDDEN, Explorer
from scaffolder.observe.driver.keys import captures
from scaffolder.observe.driver.openapi import Operation, snake
from scaffolder.observe.driver.plan import LOGIN, Plan
from scaffolder.observe.driver.tries import attempt
from scaffolder.observe.driver.world import Deadline, Fingerprint, Step

SIGN_UP = re.compile(r"sign-?_?up|regist|enroll|join|create-?_?account", re.IGNORECASE)
LOG_IN = re.compile(r"log-?_?in|sign-?_?in|token|session|auth|jwt", re.IGNORECASE)
NOT_LOG_IN = re.compile(r"refresh|verify|revoke|logout|log-out|test|reset|recover|forgot|confirm")
USERS = re.compile(r"users?|accounts?|members?|customers?|authors?|people")
TOKENS = (
    "access_token",
    "access",
    "token",
    "auth_token",
    "jwt",
    "id_token",
    "key",
    "session_token",
)
SCHEMES = ("Bearer {token}", "Token {token}", "JWT {token}", "{token}")
# Whose account these variables hold is none of the application's users.
SERVERS = re.compile(r"(^|_)(DB|DATABASE|POSTGRES|PG|PGUSER|SMTP|MAIL|RABBITMQ|REDIS|AWS|S3)(_|$)")
USER = re.compile(r"(EMAIL|USER|USERNAME|LOGIN|SUPERUSER|ADMIN|NAME)$")
PASSWORD = re.compile(r"(PASSWORD|PASSWD|PASS|PWD)$")
MOST = 12  # pairs of name and password
SECONDS = 15.0
SENT = ("json", "form")


@dataclass(frozen=True)
class Identity:
    """Who logs in: the names under which the application may know them, and the password."""

    names: Mapping[str, str]
    password: str


class Logins:
    """Finds logins and adds them to the world; ids are `user` and `admin`."""

    def __init__(self, explorer: Explorer, operations: Sequence[Operation]) -> None:
        self.explorer = explorer
        self.world = explorer.world
        self.operations = operations
        self.entrances: set[str] = set()  # labels of the operations that logins go through
        self.identities: dict[str, Identity] = {}
        self._entry: Step | None = None  # a log-in that worked
        self._entered_as: Identity | None = None
        self._probes: list[Plan] = []

    def find(
        self, environment: Mapping[str, str], credentials: Sequence[tuple[str, str]]
    ) -> list[str]:
        """The ids of what was found. Without a protected operation no login is needed."""
        self._probes = self._protected()
        if not self._probes:
            return []
        found = []
        signed = self._sign_up()
        if signed is not None:
            steps, identity, answer = signed
            if self._enter("user", steps, identity, answer):
                found.append("user")
        for identity in identities(environment, credentials, self.explorer.keys.initial):
            if self._enter("admin", [], identity, None) or self._basic("admin", identity):
                found.append("admin")
                break
        if not found and self._by_key(environment):
            found.append("client")
        return found

    def _protected(self) -> list[Plan]:
        """Operations that refuse whoever is not logged in."""
        reads = [one for one in self.operations if one.method == "get" and not one.places]
        writes = [one for one in self.operations if one.method != "get" and not one.places]
        likely = sorted(reads, key=lambda one: one.secured is not True)[:12] + writes[:8]
        found = []
        for operation in likely:
            if _is_log_in(operation) or _is_sign_up(operation):
                continue
            plan = Plan(operation)
            tried = attempt(self.world, plan, _bare(operation))
            if tried.status in FORBIDDEN:
                found.append(plan)
        return found[:4]

    def _sign_up(self) -> tuple[list[Step], Identity, Any] | None:
        """The step that makes a user, who that is, and what was answered."""
        for operation in sorted(filter(_is_sign_up, self.operations), key=_sign_up_rank):
            plan = Plan(operation, n=LOGIN)
            tried = self.explorer.settle(plan, Deadline(SECONDS))
            if not (tried.accepted and any(one.inserted for one in tried.changes)):
                continue
            step = {**tried.step, "status": tried.status}
            own = captures(tried.json, "user_id", "user")
            if own:  # so that a journey can speak of the row of who acts
                step["capture"] = {"user_id": own[0]}
            return [step], identity_in(tried.step), tried.json
        return None

    def _enter(self, name: str, steps: list[Step], identity: Identity, answer: Any) -> bool:
        """Through a log-in operation, else with the token that signing up gave."""
        for operation in sorted(filter(_is_log_in, self.operations), key=_log_in_rank):
            for step in self._log_ins(operation, identity):
                tried = attempt(self.world, Plan(operation, setup=tuple(steps)), step)
                if tried.accepted:
                    entered = [*steps, {**step, "status": tried.status}]
                    if self._taken(name, entered, tried.json):
                        self._entry, self._entered_as = entered[-1], identity
                        self.identities[name] = identity
                        self.entrances.add(operation.label)
                        return True
        return bool(steps) and self._taken(name, steps, answer)

    def look(self, login: str | None, step: Step) -> Step | None:
        """The log-in of whom a step made, or gave a new password: only that shows it."""
        sent = identity_in(step)
        names = {**self.identities[login].names} if login in self.identities else {}
        names |= sent.names
        if self._entry is None or self._entered_as is None or not holds_secret(step):
            return None
        for name, used in self._entered_as.names.items():
            if name in names and used in _texts(self._entry):
                exchange = {used: names[name], self._entered_as.password: sent.password}
                return _exchanged(self._entry, exchange)
        return None

    def _log_ins(self, operation: Operation, identity: Identity) -> Iterator[Step]:
        """Requests with the identity's name and password in the fields of the operation."""
        sampler = self.explorer.sampler
        step = Plan(operation, n=LOGIN, optional=False).step(sampler)
        body = next((kind for kind in SENT if kind in step), None)
        if body is None or not isinstance(step[body], dict):
            return
        fields = [path for path, _ in leaves(step[body])]
        named = [path for path in fields if snake(str(path[-1])) in texts.IDENTITIES]
        if not named or not any(texts.is_secret(str(path[-1])) for path in fields):
            return
        own = identity.names.get(snake(str(named[0][-1])))
        for value in dict.fromkeys([own, *identity.names.values()]):
            if value is None:
                continue
            put = [(path, value) for path in named]
            put += [(path, identity.password) for path in fields if texts.is_secret(str(path[-1]))]
            yield Plan(operation, n=LOGIN, optional=False, put=tuple(put)).step(sampler)

    def _taken(self, name: str, steps: list[Step], answer: Any) -> bool:
        """Whether the protected operations take the token of the answer, or the cookies."""
        for path in tokens(answer):
            last = {**steps[-1], "capture": {**steps[-1].get("capture", {}), "token": path}}
            for scheme in SCHEMES:
                if self._works(name, [*steps[:-1], last], {"Authorization": scheme}):
                    return True
        return self._works(name, steps, {})

    def _works(self, name: str, steps: list[Step], headers: dict[str, str]) -> bool:
        """Adds the login to the world when it opens a protected operation."""
        self.world.logins[name] = {"steps": steps, "headers": headers}
        for probe in self._probes:
            tried = attempt(self.world, replace(probe, login=name), _bare(probe.operation))
            if tried.status and tried.status not in FORBIDDEN:
                return True
        del self.world.logins[name]
        return False

    def _basic(self, name: str, identity: Identity) -> bool:
        """HTTP Basic, which needs no step of its own; a read makes it a step all the same."""
        for user in dict.fromkeys(identity.names.values()):
            pair = base64.b64encode(f"{user}:{identity.password}".encode()).decode()
            if self._with_headers(name, {"Authorization": f"Basic {pair}"}):
                return True
        return False

    def _with_headers(self, name: str, headers: dict[str, str]) -> bool:
        """Headers alone open a protected operation; the first step of the login shows it."""
        for probe in self._probes:
            if probe.operation.method != "get":
                continue
            step = {**_bare(probe.operation), "headers": headers}
            tried = attempt(self.world, probe, step)
            if tried.accepted:
                step["status"] = tried.status
                self.world.logins[name] = {"steps": [step], "headers": headers}
                return True
        return False

    def _by_key(self, environment: Mapping[str, str]) -> bool:
        """An API key of the environment, in a header."""
        content = self.explorer.sampler.document.content
        components = content.get("components") or {}
        schemes = components.get("securitySchemes") or content.get("securityDefinitions") or {}
        names = [
            str(one["name"])
            for one in schemes.values()
            if isinstance(one, Mapping) and one.get("in") == "header" and one.get("name")
        ]
        keys = [value for key, value in environment.items() if re.search(r"KEY|TOKEN", key)]
        for value in [one for one in keys if one][:MOST]:
            for header in dict.fromkeys([*names, "X-API-Key"]):
                if self._with_headers("client", {header: value}):
                    return True
            if self._with_headers("client", {"Authorization": f"Bearer {value}"}):
                return True
        return False


def _bare(operation: Operation) -> Step:
    step: Step = {operation.method: operation.path}
    if operation.body == "json":
        step["json"] = {}
    return step


def _is_secretive(operation: Operation) -> bool:
    return operation.method == "post" and not operation.places and operation.body is not None


def _is_log_in(operation: Operation) -> bool:
    said = f"{operation.path} {operation.name}"
    return (
        _is_secretive(operation)
        and LOG_IN.search(said) is not None
        and NOT_LOG_IN.search(said.lower()) is None
        and SIGN_UP.search(operation.path) is None
    )


def _log_in_rank(operation: Operation) -> int:
    return 0 if re.search(r"log-?_?in|sign-?_?in|token", operation.path) else 1


def _is_sign_up(operation: Operation) -> bool:
    said = f"{operation.path} {operation.name}"
    last = operation.words[-1] if operation.words else ""
    return _is_secretive(operation) and (
        SIGN_UP.search(said) is not None or USERS.fullmatch(last) is not None
    )


def _sign_up_rank(operation: Operation) -> int:
    return (
        (0 if SIGN_UP.search(operation.path) else 1)
        + (2 if operation.secured else 0)
        + (1 if "private" in operation.path else 0)
    )


def identity_in(step: Step) -> Identity:
    """Who a sign-up makes: the texts of its payload by the names of their fields."""
    payload: Any = next((step[kind] for kind in SENT if kind in step), {})
    names: dict[str, str] = {}
    password = texts.PASSWORD
    for path, value in leaves(payload):
        name = snake(str(path[-1])) if path else ""
        if texts.is_secret(name):
            password = str(value)
        elif name in texts.IDENTITIES and isinstance(value, str):
            names[name] = value
    return Identity(names, password)


def holds_secret(step: Step) -> bool:
    payload: Any = next((step[kind] for kind in SENT if kind in step), {})
    return any(path and texts.is_secret(str(path[-1])) for path, _ in leaves(payload))


def _texts(step: Step) -> list[Any]:
    return [value for kind in SENT if kind in step for _, value in leaves(step[kind])]


def _exchanged(step: Step, values: Mapping[str, str]) -> Step:
    """As an entry of `visible`: there `json` is what is expected, and `content` what is sent."""
    made: Step = {key: step[key] for key in step if key not in (*SENT, "capture")}
    kind = next(one for one in SENT if one in step)
    payload = copy.deepcopy(step[kind])
    for path, value in list(leaves(payload)):
        put(payload, path, values.get(value, value) if isinstance(value, str) else value)
    if kind == "form":
        return {**made, "form": payload}
    headers = {**made.get("headers", {}), "Content-Type": "application/json"}
    return {**made, "content": json.dumps(payload), "headers": headers}


def tokens(answer: Any) -> list[str]:
    """Paths of what may be a token, the likeliest first."""
    found = []
    for path, value in leaves(answer):
        name = snake(str(path[-1])) if path else ""
        if isinstance(value, str) and len(value) > 8 and name in TOKENS and is_plain(path):
            found.append((TOKENS.index(name), len(path), dotted(path)))
    return [path for _, _, path in sorted(found)]


def identities(
    environment: Mapping[str, str], credentials: Sequence[tuple[str, str]], initial: Fingerprint
) -> list[Identity]:
    """Who may be there from the beginning: of commands, of the environment, of the rows."""
    found = [Identity({"username": user}, password) for user, password in credentials]
    own = {name: value for name, value in environment.items() if value and not SERVERS.search(name)}
    passwords = {name: value for name, value in own.items() if PASSWORD.search(name)}
    users = {name: value for name, value in own.items() if USER.search(name)}
    rows = dict.fromkeys(_of_rows(initial))
    for variable, password in passwords.items():
        stem = PASSWORD.sub("", variable).strip("_")
        akin = [value for name, value in users.items() if stem and name.startswith(stem)]
        for user in dict.fromkeys([*akin, *rows, *users.values()]):
            found.append(Identity({"username": user}, password))
    return found[:MOST]


def _of_rows(initial: Fingerprint) -> Iterator[str]:
    """Names and addresses of the users that are stored."""
    for table, rows in initial.items():
        if not USERS.search(table):
            continue
        for row in list(rows.values())[:3]:
            for column in ("email", "username", "login"):
                if isinstance(row.get(column), str):
                    yield row[column]
