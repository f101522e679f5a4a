"""What to change in a payload that was refused: from the complaints, then by guess."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from scaffolder.observe.driver.answers import Complaint, Path, get, leaves
from scaffolder.observe.driver.openapi import snake
from scaffolder.observe.driver.plan import AGAIN, Plan, name_of
from scaffolder.observe.driver.sample import ABSENT, Sampler

# Finds plans in which a field holds the key of something that exists.
Provides = Callable[[Plan, Path], Iterator[Plan]]

HINTS: tuple[tuple[str, Any], ...] = (
    (r"e-?mail", "grace@example.org"),
    (r"uuid", "7c9e6679-7425-40de-944b-e07fc1f90ae7"),
    (r"date ?-?time|timestamp|iso ?8601", "2027-03-28T01:30:00Z"),
    (r"\bdate\b|YYYY-MM-DD", "2027-03-28"),
    (r"\btime\b", "09:30:00"),
    (r"\burl\b|\buri\b", "https://example.org/page"),
    (r"integer|whole number|\bint\b", 7),
    (r"number|decimal|float|numeric", 12.5),
    (r"boolean|\bbool\b", True),
    (r"\blist\b|array", []),
    (r"dictionary|object|mapping", {}),
    (r"string|\bstr\b|text", "Text"),
)


def repairs(
    plan: Plan, payload: Any, found: list[Complaint], sampler: Sampler, provides: Provides
) -> Iterator[Plan]:
    """Plans in the order in which they are worth trying."""
    if len(found) > 1:
        yield from _all_at_once(plan, payload, found, sampler, provides)
    for complaint in found:
        for path in _places(payload, complaint):
            yield from _for_field(plan, payload, path, complaint, sampler, provides)
        if not complaint.path:
            yield from _for_all(plan, payload, complaint, provides)


def _all_at_once(
    plan: Plan, payload: Any, found: list[Complaint], sampler: Sampler, provides: Provides
) -> Iterator[Plan]:
    """The first repair of each complaint, together."""
    repaired = plan
    for complaint in found:
        for path in _places(payload, complaint)[:1]:
            tries = _for_field(repaired, payload, path, complaint, sampler, provides)
            repaired = next(tries, repaired)
    if repaired != plan:
        yield repaired


def fallbacks(plan: Plan, payload: Any, sampler: Sampler, provides: Provides) -> Iterator[Plan]:
    """What is left when the answer gives no hint."""
    for path, _ in leaves(payload):
        if path:
            yield from provides(plan, path)
    if plan.optional and plan.given is ABSENT:
        yield replace(plan, optional=False)
    others = [one for one in plan.operation.examples if one != plan.given]
    if plan.given is not ABSENT and plan.operation.schema:
        others.insert(0, ABSENT)
    for given in others:
        yield replace(plan, given=given, put=(), dropped=frozenset(), bumped=frozenset())
    yield from _narrower(plan, payload)


def _narrower(plan: Plan, payload: Any) -> Iterator[Plan]:
    """Only one field of a change."""
    if plan.operation.method in ("patch", "put") and plan.only is None:
        for path, value in leaves(payload):
            if path and not any(isinstance(part, int) for part in path):
                yield replace(plan, only=path)
                if isinstance(value, str):
                    yield replace(plan, only=path, bumped=plan.bumped | {path})


def _places(payload: Any, complaint: Complaint) -> list[Path]:
    """Where the complaint belongs: its path, or the fields that its text or path's end names."""
    if complaint.path:
        if get(payload, complaint.path) is not None or payload is ABSENT:
            return [complaint.path]
        end = complaint.path[-1]
        ends = [path for path, _ in leaves(payload) if path and path[-1] == end]
        return ends[:1] or [complaint.path]
    said = set(re.findall(r"[a-z0-9_]+", complaint.text.lower()))
    return [path for path, _ in leaves(payload) if path and name_of(path).lower() in said]


def _for_field(
    plan: Plan,
    payload: Any,
    path: Path,
    complaint: Complaint,
    sampler: Sampler,
    provides: Provides,
) -> Iterator[Plan]:
    schema, required = sampler.at(plan.operation.schema, path)
    there = get(payload, path) is not None
    if complaint.kind == "missing" and not there:
        if schema:
            value = sampler.value(schema, name_of(path), plan.n)
            yield changed(plan, path, None if value is ABSENT else value)
        else:
            yield replace(plan, named=plan.named | {path}, dropped=plan.dropped - {path})
        if len(path) == 1 and isinstance(payload, dict):
            yield replace(
                plan, given={str(path[0]): payload}, put=(), bumped=frozenset(), named=frozenset()
            )
    if complaint.kind == "taken":
        yield replace(plan, bumped=plan.bumped | {path})
    if complaint.kind != "missing":
        yield from provides(plan, path)
    if there and complaint.kind != "taken":
        yield from (changed(plan, path, value) for value in suggestions(complaint.text))
    if there and not required:
        yield replace(plan, dropped=plan.dropped | {path})
    yield from _hinted(plan, path, complaint)


def _hinted(plan: Plan, path: Path, complaint: Complaint) -> Iterator[Plan]:
    for said, value in HINTS:
        if re.search(said, complaint.text, re.IGNORECASE):
            yield changed(plan, path, value)


def _for_all(plan: Plan, payload: Any, complaint: Complaint, provides: Provides) -> Iterator[Plan]:
    """For a complaint that names no field."""
    paths = [path for path, _ in leaves(payload) if path]
    if complaint.kind == "taken":
        names = {"email", "username", "name", "title", "slug", "sku", "code", "number", "login"}
        varied = frozenset(path for path in paths if {*snake(name_of(path)).split("_")} & names)
        if varied:
            yield replace(plan, bumped=plan.bumped | varied)
    repaired = plan
    for path in paths:
        repaired = next(provides(repaired, path), repaired)
    if repaired != plan:
        yield repaired
    for path in paths:
        yield from provides(plan, path)
    if complaint.kind == "taken":
        yield replace(plan, n=plan.n + AGAIN)


def suggestions(text: str) -> list[Any]:
    """Values that a message asks for: "should be 'draft' or 'sent'", "greater than 10"."""
    found: list[Any] = []
    if re.search(r"should be|must be|one of|choose|permitted|valid choice|allowed", text):
        found += re.findall(r"'([^']{1,60})'", text.partition("be ")[2] or text)[:1]
        listed = re.search(r"one of:? \[?([\w, ]+)", text)
        found += [listed[1].split(",")[0].strip()] if listed else []
    for said, by in ((r"greater than or equal to|at least|minimum|>=", 0), (r"greater than|>", 1)):
        limit = re.search(rf"(?:{said}) (-?\d+)(?! (?:char|item))", text)
        if limit:
            found.append(int(limit[1]) + by)
            break
    for said, by in ((r"less than or equal to|at most|maximum|<=", 0), (r"less than|<", -1)):
        limit = re.search(rf"(?:{said}) (-?\d+)(?! (?:char|item))", text)
        if limit:
            found.append(int(limit[1]) + by)
            break
    return found


def changed(plan: Plan, path: Path, value: Any) -> Plan:
    """With another value in one field."""
    return replace(
        plan,
        put=(*((at, old) for at, old in plan.put if at != path), (path, value)),
        dropped=plan.dropped - {path},
    )
