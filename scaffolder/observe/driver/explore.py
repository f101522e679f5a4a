"""Tries an operation until it is accepted and changes rows, or until the ways are used up."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote, urlencode

from scaffolder.observe.driver import pages
from scaffolder.observe.driver.answers import complaints
from scaffolder.observe.driver.keys import Keys, Provision
from scaffolder.observe.driver.openapi import Operation
from scaffolder.observe.driver.plan import ACT, LOGIN, Plan, merged
from scaffolder.observe.driver.repair import fallbacks, repairs
from scaffolder.observe.driver.sample import ABSENT
from scaffolder.observe.driver.tries import NO_ANSWER, Tried, attempt
from scaffolder.observe.driver.world import Deadline, Step
from support.journeys.placeholders import fill

ATTEMPTS = 14  # to repair one payload
WAYS = 4  # to one combination of ids in the path
SECONDS = 12.0  # for one operation
FORBIDDEN = (401, 403)


class Explorer:
    """Everything that is needed to try operations; recipes gather in `keys`."""

    def __init__(self, keys: Keys, deadline: Deadline) -> None:
        self.keys = keys
        self.world = keys.world
        self.sampler = keys.sampler
        self.deadline = deadline
        self.documented = bool(keys.sampler.document.content)
        self.examples: dict[str, list[object]] = {}  # payloads of the team's tests

    def explore(self, operation: Operation, logins: Sequence[str | None]) -> Tried:
        """The first performance that was accepted and changed rows, else the most telling one."""
        mine = Deadline(min(SECONDS, self.deadline.left))
        best: Tried | None = None
        for plan in self._starts(operation, self._preferred(operation, logins)):
            if mine.over:
                break
            tried = self.settle(plan, mine)
            if tried.accepted and tried.changes:
                return tried
            if best is None or _telling(tried) > _telling(best):
                best = tried
        if best is None:
            best = Tried(Plan(operation), {}, problem="no value is known for its path")
        return best

    def _preferred(self, operation: Operation, logins: Sequence[str | None]) -> list[str | None]:
        """Whoever may make a thing goes first where it is changed."""
        makers = [
            recipe.plan.login
            for recipe in self.keys.recipes
            if operation.places and operation.path.startswith(f"{recipe.collection}/{{")
        ]
        return sorted(logins, key=lambda one: one not in makers)

    def settle(self, plan: Plan, deadline: Deadline) -> Tried:
        """One plan, repaired after each refusal."""
        queue, guessed = [plan], False
        seen: set[str] = set()
        setup = plan.setup
        best: Tried | None = None
        while len(seen) < ATTEMPTS and not deadline.over:
            if not queue:
                if guessed or best is None:
                    break
                guessed = True
                payload = best.plan.payload(self.sampler)
                queue = self._guesses(best, payload)
                continue
            plan = queue.pop(0)
            tried = self._new(plan, seen)
            if tried is None:
                continue
            if tried.problem and plan.setup == setup:
                return best or tried  # another payload would not be reached either
            if tried.accepted or _is_elsewhere(tried):  # or forbidden, which is accepted, too
                return tried if tried.accepted or best is None else best
            if best is None or _telling(tried) >= _telling(best):
                best = tried
            payload = plan.payload(self.sampler)
            if NO_ANSWER < tried.status < 500 and payload is not ABSENT:
                found = complaints(tried.text)
                queue[:0] = list(repairs(plan, payload, found, self.sampler, self.keys.provides))
        return best or Tried(plan, {}, problem="no payload could be made")

    def _new(self, plan: Plan, seen: set[str]) -> Tried | None:
        """The performance of a plan, None where the same was done before."""
        step = plan.step(self.sampler)
        key = json.dumps([step, plan.setup, plan.login], default=str, sort_keys=True)
        if key in seen:
            return None
        seen.add(key)
        return attempt(self.world, plan, step)

    def _guesses(self, best: Tried, payload: object) -> list[Plan]:
        examples = self.examples.get(best.plan.operation.label, [])
        guesses = [replace(best.plan, given=one, put=(), bumped=frozenset()) for one in examples]
        if payload is not ABSENT:
            guesses += fallbacks(best.plan, payload, self.sampler, self.keys.provides)
        return guesses

    def _starts(self, operation: Operation, logins: Sequence[str | None]) -> Iterator[Plan]:
        query = ""
        known = operation
        given = operation.examples[0] if operation.examples else ABSENT
        if operation.body is None and operation.method != "delete" and not self.documented:
            # Nothing is known of the payload: an empty one is refused with what is missing.
            operation, given = replace(operation, body="json"), self._like(operation)
        if operation.query:
            values = {
                name: self.sampler.value(schema, name, ACT)
                for name, schema in operation.query.items()
            }
            query = "?" + urlencode({k: v for k, v in values.items() if v is not ABSENT})
        for login in logins:
            for provisions in self._ways(operation, login):
                placed = operation
                setup: tuple[Step, ...] = ()
                for place, provision in provisions:
                    setup = merged(setup, provision.steps)
                    if provision.value != "{" + place + "}":
                        text = quote(str(provision.value), safe="")
                        path = placed.path.replace("{" + place + "}", text)
                        placed = replace(placed, path=path)
                plan = Plan(placed, login=login, setup=setup, query=query, given=given)
                yield from self._on_page(replace(plan, operation=shown_at(placed, known)))
                yield from self._with_companion(plan)

    def _like(self, operation: Operation) -> object:
        """What made the thing may be what changes it."""
        if operation.method in ("patch", "put"):
            above = operation.path.rstrip("/").rpartition("/")[0]
            for recipe in self.keys.recipes:
                payload = replace(recipe.plan, n=ACT).payload(self.sampler)
                if recipe.collection == above and isinstance(payload, dict):
                    return payload
        return {}

    def _on_page(self, plan: Plan) -> Iterator[Plan]:
        """With what a form for it holds, where a page has one."""
        operation = plan.operation
        if operation.method != "post" or operation.schema or operation.body == "json":
            return
        for page in self._pages(operation):
            looked = attempt(
                self.world, Plan(operation, plan.n, plan.login, plan.setup), {"get": page}
            )
            if looked.status != 200 or "html" not in looked.content_type:
                continue
            path = str(fill(operation.path, looked.values))
            for form in pages.forms(looked.text, str(fill(page, looked.values)), plan.n):
                if form.action.rstrip("/") == path.rstrip("/"):
                    step: Step = {"get": page, "status": 200}
                    if form.token:
                        step["capture"] = {pages.CAPTURED: {"text": form.token}}
                    on_page = replace(operation, body="form")
                    yield replace(plan, operation=on_page, given=form.fields).after([step])

    def _pages(self, operation: Operation) -> list[str]:
        """The same path, and those above it."""
        parts = operation.path.rstrip("/").split("/")
        above = ["/".join(parts[:end]) for end in range(len(parts) - 1, 1, -1)]
        slash = "/" if operation.path.endswith("/") else ""
        return [operation.path, *(f"{path}{slash}" for path in above)]

    def log_ins(self, operation: Operation) -> Iterator[Plan]:
        """How a log-in may be sent: by its page's form, by its examples, by its schema."""
        yield from self._on_page(Plan(operation, LOGIN))
        for example in operation.examples:
            yield Plan(operation, LOGIN, given=example)
        if operation.schema or not operation.examples:
            yield Plan(operation, LOGIN, optional=False)

    def _with_companion(self, plan: Plan) -> Iterator[Plan]:
        """To undo something it has to be done before: POST, then DELETE of the same path."""
        operation = plan.operation
        if operation.method in ("delete", "patch", "put"):
            for recipe in self.keys.recipes:
                done = recipe.plan.operation
                if done.path == operation.path and done.method == "post":
                    yield plan.after(recipe.steps(self.sampler, {}))
        yield plan

    def _ways(
        self, operation: Operation, login: str | None
    ) -> Iterator[tuple[tuple[str, Provision], ...]]:
        """For each parameter of the path where its value comes from; the likeliest first."""
        options = []
        for place in operation.places:
            found = self.keys.for_place(operation, place, login)
            if not found and operation.method in ("put", "post"):
                made = self.sampler.value(operation.parameters.get(place, {}), place, ACT)
                found = [] if made is ABSENT else [Provision((), made)]
            options.append([(place, one) for one in found])
        yield from itertools.islice(itertools.product(*options), WAYS)


def shown_at(placed: Operation, known: Operation) -> Operation:
    """The operation with its path filled in, and the body that was known of it."""
    return replace(known, path=placed.path)


def _is_elsewhere(tried: Tried) -> bool:
    """Whether another login or another id helps, and no other payload."""
    return tried.forbidden or (tried.status in (404, 405) and "{" in tried.plan.operation.path)


def _telling(tried: Tried) -> int:
    """How much a failure says: accepted without changes, refused, forbidden, not tried at all."""
    if tried.accepted and not tried.forbidden:
        return 5
    if tried.status >= 500:
        return 4
    if tried.status in (404, 405, *FORBIDDEN):
        return 2
    return 3 if tried.status else 1
