"""How a user logs in: sign up, log in, and send what the answer gave in the way that is taken."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from scaffolder.observe.driver import texts
from scaffolder.observe.driver.answers import leaves
from scaffolder.observe.driver.explore import Explorer
from scaffolder.observe.driver.identities import (
    MOST,
    SENT,
    USERS,
    Identity,
    as_look,
    holds_secret,
    identities,
    identity_in,
    of_commands,
    origins,
    sent_values,
    tokens,
)
from scaffolder.observe.driver.keys import captures
from scaffolder.observe.driver.openapi import Operation, snake
from scaffolder.observe.driver.plan import Plan
from scaffolder.observe.driver.tries import Tried, attempt
from scaffolder.observe.driver.world import Deadline, Step

SIGN_UP = re.compile(r"sign-?_?up|regist|enroll|join|create-?_?account", re.IGNORECASE)
LOG_IN = re.compile(r"log-?_?in|sign-?_?in|token|session|auth|jwt", re.IGNORECASE)
NOT_LOG_IN = re.compile(r"refresh|verify|revoke|logout|log-out|test|reset|recover|forgot|confirm")
SCHEMES = ("Bearer {token}", "Token {token}", "JWT {token}", "{token}")
SECONDS = 15.0
PROBES = 6
REFUSED = 403
KEY_LIKE = re.compile(r"^(key|pin|code|secret|token|api_?key)$", re.IGNORECASE)
CSRF_HEADERS = {"csrftoken": "X-CSRFToken", "xsrf-token": "X-XSRF-TOKEN"}


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
        self._closed: list[Plan] = []  # of them, those that no login opens yet
        self._origins: list[str] = []
        self._latest = 0.6 * explorer.deadline.left  # seconds that the operations need

    def find(
        self, environment: Mapping[str, str], credentials: Sequence[tuple[str, str]]
    ) -> list[str]:
        """The ids of what was found. Without a protected operation no login is needed."""
        self._probes = self._closed = self._protected()
        self._origins = origins(environment)
        if not self._probes:
            return []
        signed = self._sign_up()
        if signed is not None:
            steps, identity, answer = signed
            self._enter("user", steps, identity, answer)
        pairs = [*credentials, *of_commands(self.world.commands)]
        for identity in identities(environment, pairs, self.explorer.keys.initial):
            if self._late:
                break
            if self._enter("admin", [], identity, None) or self._basic("admin", identity):
                break
        if self._closed:
            self._by_key(environment)
        for identity in self._of_examples(environment):
            if not self._closed or self._late or self._enter("visitor", [], identity, None):
                break
        return list(self.world.logins)

    @property
    def _late(self) -> bool:
        return self.explorer.deadline.left < self._latest

    def _protected(self) -> list[Plan]:
        """Operations that refuse whoever is not logged in; of several kinds."""
        reads = [one for one in self.operations if one.method == "get" and not one.places]
        writes = [one for one in self.operations if one.method != "get" and not one.places]
        likely = sorted(reads, key=lambda one: one.secured is not True)[:12] + writes[:8]
        found = []
        for operation in likely:
            if is_log_in(operation) or is_sign_up(operation):
                continue
            plan = Plan(operation)
            if attempt(self.world, plan, _bare(operation)).forbidden:
                found.append(plan)
        return found[:PROBES]

    def _sign_up(self) -> tuple[list[Step], Identity, Any] | None:
        """The step that makes a user, who that is, and what was answered."""
        for operation in sorted(filter(is_sign_up, self.operations), key=_sign_up_rank):
            for plan in self.explorer.log_ins(operation):
                tried = self.explorer.settle(replace(plan, optional=True), Deadline(SECONDS))
                if not (tried.accepted and any(one.inserted for one in tried.changes)):
                    continue
                step = {**tried.step, "status": tried.status}
                own = captures(tried.json, "user_id", "user")
                if own:  # so that a journey can speak of the row of who acts
                    step["capture"] = {"user_id": own[0]}
                return [*tried.plan.setup, step], identity_in(tried.step), tried.json
        return None

    def _enter(self, name: str, steps: list[Step], identity: Identity, answer: Any) -> bool:
        """Through a log-in operation, else with the token that signing up gave."""
        for operation in sorted(filter(is_log_in, self.operations), key=_log_in_rank):
            for plan in self.explorer.log_ins(operation):
                plan = plan if not steps else replace(plan, setup=(*steps, *plan.setup))
                if any(
                    self._sent(name, plan, step, identity) for step in self._filled(plan, identity)
                ):
                    self.entrances.add(operation.label)
                    return True
        return bool(steps) and self._taken(name, steps, None, answer)

    def _sent(self, name: str, plan: Plan, step: Step, identity: Identity) -> bool:
        """One log-in; behind a proxy some want to know from which site it comes."""
        for origin in (None, *(self._origins if plan.setup else ())):
            if origin is not None:
                step = {**step, "headers": {**step.get("headers", {}), "Origin": origin}}
            tried = attempt(self.world, plan, step)
            if tried.accepted:
                entered = [*plan.setup, {**step, "status": tried.status}]
                if self._taken(name, entered, tried, tried.json):
                    if self._entry is None:
                        self._entry, self._entered_as = step, identity
                    self.identities[name] = identity
                    return True
            if tried.status != REFUSED:
                break
        return False

    def _filled(self, plan: Plan, identity: Identity) -> Iterator[Step]:
        """Requests with the identity's name and password in the fields of a log-in."""
        sampler = self.explorer.sampler
        step = plan.step(sampler)
        body = next((kind for kind in SENT if kind in step), None)
        if body is None or not isinstance(step[body], dict):
            return
        fields = [path for path, _ in leaves(step[body]) if path]
        named = [path for path in fields if snake(str(path[-1])) in texts.IDENTITIES]
        secret = [path for path in fields if texts.is_secret(str(path[-1]))]
        secret = secret or [path for path in fields if KEY_LIKE.search(str(path[-1]))]
        if not named or not secret:
            return
        own = identity.names.get(snake(str(named[0][-1])))
        for value in dict.fromkeys([own, *identity.names.values()]):
            if value is not None:
                put = [(path, value) for path in named]
                put += [(path, identity.password) for path in secret]
                yield replace(plan, put=tuple(put)).step(sampler)

    def _of_examples(self, environment: Mapping[str, str]) -> Iterator[Identity]:
        """Names of the tests' log-ins, with the secrets of the environment."""
        secrets = [
            v for k, v in environment.items() if v and re.search(r"KEY|SECRET|TOKEN|PASS", k)
        ]
        for operation in filter(is_log_in, self.operations):
            for example in operation.examples:
                identity = identity_in({"json": example})
                for secret in [*secrets, identity.password] if identity.names else ():
                    yield Identity(identity.names, secret)

    def _taken(self, name: str, steps: list[Step], tried: Tried | None, answer: Any) -> bool:
        """Whether the protected operations take the token of the answer, or the cookies."""
        last = steps[-1]
        for path in tokens(answer):
            with_token = {**last, "capture": {**last.get("capture", {}), "token": path}}
            for scheme in SCHEMES:
                if self._works(name, [*steps[:-1], with_token], {"Authorization": scheme}):
                    return True
        origin = last.get("headers", {}).get("Origin")
        headers = {"Origin": origin} if origin else {}
        cookies = tried.headers.get("set-cookie", "") if tried is not None else ""
        found = re.search(r"([A-Za-z0-9_-]*(?:csrf|xsrf)[A-Za-z0-9_-]*)=", cookies, re.IGNORECASE)
        if found:  # a script of the page would send it back in a header
            last = {**last, "capture": {**last.get("capture", {}), "csrf": {"cookie": found[1]}}}
            headers |= {CSRF_HEADERS.get(found[1].lower(), "X-CSRF-Token"): "{csrf}"}
        return self._works(name, [*steps[:-1], last], headers)

    def _works(self, name: str, steps: list[Step], headers: dict[str, str]) -> bool:
        """Adds the login to the world when it opens a protected operation."""
        self.world.logins[name] = {"steps": steps, "headers": headers}
        wanted = self._closed if name == "visitor" else self._probes
        opened = [one for one in wanted if self._opens(replace(one, login=name))]
        if not opened:
            del self.world.logins[name]
        labels = {one.operation.label for one in opened}
        self._closed = [one for one in self._closed if one.operation.label not in labels]
        return bool(opened)

    def _opens(self, probe: Plan) -> bool:
        tried = attempt(self.world, probe, _bare(probe.operation))
        return bool(tried.status) and not tried.forbidden

    def _basic(self, name: str, identity: Identity) -> bool:
        """HTTP Basic, which needs no step of its own."""
        for user in dict.fromkeys(identity.names.values()):
            pair = base64.b64encode(f"{user}:{identity.password}".encode()).decode()
            if self._with_headers(name, {"Authorization": f"Basic {pair}"}):
                return True
        return False

    def _with_headers(self, name: str, headers: dict[str, str]) -> bool:
        """Headers alone open a protected operation; the first step of the login shows it."""
        for probe in self._closed if name == "client" else self._probes:
            if probe.operation.method != "get":
                continue
            step = {**_bare(probe.operation), "headers": headers}
            tried = attempt(self.world, probe, step)
            if tried.accepted and not tried.forbidden:
                return self._works(name, [{**step, "status": tried.status}], headers)
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

    def look(self, login: str | None, step: Step) -> Step | None:
        """The log-in of whom a step made, or gave a new password: only that shows it."""
        sent = identity_in(step)
        names = {**self.identities[login].names} if login in self.identities else {}
        names |= sent.names
        if self._entry is None or self._entered_as is None or not holds_secret(step):
            return None
        for name, used in self._entered_as.names.items():
            if name in names and used in sent_values(self._entry):
                exchange = {used: names[name], self._entered_as.password: sent.password}
                return as_look(self._entry, exchange)
        return None


def _bare(operation: Operation) -> Step:
    step: Step = {operation.method: operation.path}
    if operation.body == "json":
        step["json"] = {}
    return step


def _is_secretive(operation: Operation) -> bool:
    return operation.method == "post" and not operation.places and operation.body is not None


def is_log_in(operation: Operation) -> bool:
    said = f"{operation.path} {operation.name}"
    return (
        _is_secretive(operation)
        and LOG_IN.search(said) is not None
        and NOT_LOG_IN.search(said.lower()) is None
        and SIGN_UP.search(operation.path) is None
    )


def _log_in_rank(operation: Operation) -> int:
    return 0 if re.search(r"log-?_?in|sign-?_?in|token", operation.path) else 1


def is_sign_up(operation: Operation) -> bool:
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
