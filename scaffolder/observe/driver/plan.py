"""How an operation will be tried: as whom, after which setup, with which payload."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from scaffolder.observe.driver import texts
from scaffolder.observe.driver.answers import Path, drop, get, leaves, put
from scaffolder.observe.driver.openapi import Operation
from scaffolder.observe.driver.sample import ABSENT, Sampler, for_column
from scaffolder.observe.driver.world import Step

ACT, SETUP, LOGIN, AGAIN = 0, 1, 2, 3  # whose sample values: see texts.PEOPLE
VARIED = ("email", "username", "name", "title", "slug", "sku", "code", "login", "number", "key")


@dataclass(frozen=True)
class Plan:
    """`given` is a payload of an example, in place of the schema's. `put`: what the values are
    changed to; `bumped`: paths that need another sample; `only`: the one field that is sent."""

    operation: Operation
    n: int = ACT
    login: str | None = None
    setup: tuple[Step, ...] = ()
    optional: bool = True
    given: Any = ABSENT
    put: tuple[tuple[Path, Any], ...] = ()
    named: frozenset[Path] = frozenset()  # fields that no schema has, made by their name
    columns: tuple[tuple[Path, str], ...] = ()  # the same, by the types of their columns
    bumped: frozenset[Path] = frozenset()
    dropped: frozenset[Path] = frozenset()
    only: Path | None = None
    query: str = ""

    def payload(self, sampler: Sampler) -> Any:
        """The payload, ABSENT when the operation takes none that can be made."""
        payload = self._plain(sampler)
        if payload is ABSENT:
            return ABSENT
        for path in sorted(self.named, key=str):
            put(payload, path, texts.text_for(name_of(path), self.n))
        for path, column_type in self.columns:
            put(payload, path, for_column(name_of(path), column_type, self.n))
        for path in self.bumped:
            schema, _ = sampler.at(self.operation.schema, path)
            name = name_of(path)
            value = sampler.value(schema, name, self.n + AGAIN)
            if value == get(payload, path):
                value = texts.other(value)
            put(payload, path, value)
        for path, value in self.put:
            put(payload, path, copy.deepcopy(value))
        for path in self.dropped:
            drop(payload, path)
        if self.only is not None:
            return _narrowed(payload, self.only)
        return payload

    def _plain(self, sampler: Sampler) -> Any:
        if self.operation.body is None:
            return ABSENT
        if self.given is not ABSENT:
            return varied(copy.deepcopy(self.given), self.n)
        return sampler.payload(self.operation.schema, self.n, optional=self.optional)

    def step(self, sampler: Sampler) -> Step:
        """The request, without the status that must come back."""
        step: Step = {self.operation.method: self.operation.path + self.query}
        if self.operation.headers:
            step["headers"] = dict(self.operation.headers)
        payload = self.payload(sampler)
        if self.operation.body == "json" and payload is not ABSENT:
            step["json"] = payload
        elif self.operation.body == "form" and isinstance(payload, dict):
            step["form"] = as_form(payload)
        return step

    def after(self, steps: Sequence[Step]) -> Plan:
        """The same with further steps in the setup; none is done twice."""
        return replace(self, setup=merged(self.setup, steps))


def name_of(path: Path) -> str:
    """The last part that is no index."""
    return next((str(part) for part in reversed(path) if isinstance(part, str)), "")


def merged(first: Sequence[Step], more: Sequence[Step]) -> tuple[Step, ...]:
    """Steps in order; those that are there already only add their captures."""
    steps = [dict(step) for step in first]
    for step in more:
        same = next((one for one in steps if _request(one) == _request(step)), None)
        if same is None:
            steps.append(dict(step))
        elif step.get("capture"):
            same["capture"] = {**same.get("capture", {}), **step["capture"]}
    return tuple(steps)


def _request(step: Step) -> Step:
    return {key: value for key, value in step.items() if key != "capture"}


def varied(payload: Any, n: int) -> Any:
    """A payload of an example, with other names and addresses for whoever comes second."""
    if n == ACT:
        return payload
    for path, value in list(leaves(payload)):
        name = str(path[-1]) if path else ""
        if not isinstance(value, str) or "{" in value or not set(texts.words(name)) & {*VARIED}:
            continue
        if "@" in value:
            put(payload, path, f"{texts.PEOPLE[n % texts.COUNT][0].lower()}@{value.split('@')[1]}")
        else:
            put(payload, path, f"{value}{'-' if ' ' not in value else ' '}{n}")
    return payload


def _narrowed(payload: Any, path: Path) -> Any:
    """Only one field, inside of the objects that hold it."""
    value = get(payload, path)
    for part in reversed(path):
        value = {part: value} if isinstance(part, str) else [value]
    return value


def as_form(payload: dict[str, Any]) -> dict[str, Any]:
    """Values of a form are text, or lists of it; nothing is sent for null."""
    form: dict[str, Any] = {}
    for name, value in payload.items():
        if value is None or isinstance(value, dict):
            continue
        items = value if isinstance(value, list) else [value]
        sent = [_text(item) for item in items if not isinstance(item, dict | list)]
        form[name] = sent if isinstance(value, list) else sent[0]
    return form


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
