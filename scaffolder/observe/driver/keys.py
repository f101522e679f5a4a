"""Where the id in a path, or the key in a payload, comes from: an earlier request, or a row."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from scaffolder.observe.driver.answers import Path, dotted, get, is_plain, leaves
from scaffolder.observe.driver.openapi import PARAMETER, Operation, snake
from scaffolder.observe.driver.plan import ACT, SETUP, Plan, merged, name_of
from scaffolder.observe.driver.repair import changed
from scaffolder.observe.driver.sample import Sampler
from scaffolder.observe.driver.tables import Schema
from scaffolder.observe.driver.tries import Tried, attempt
from scaffolder.observe.driver.world import Fingerprint, Step, World

SUFFIX = re.compile(r"_?(id|ids|uuid|pk|slug|code|key|name|number|sku)$")
IDS = ("id", "uuid", "pk", "uid", "slug", "code", "key", "_id", "guid", "name")
MOST = 3  # ways to one key
NESTED = 3


@dataclass(frozen=True)
class Provision:
    """Steps to do before; then `value` is the key: `{placeholder}` or a literal."""

    steps: tuple[Step, ...]
    value: Any
    login: str | None = None


@dataclass
class Recipe:
    """An operation that was seen to make rows."""

    plan: Plan
    tried: Tried
    n: int = SETUP  # whose values are sent when another operation needs it before

    @property
    def collection(self) -> str:
        return self.plan.operation.path.rstrip("/")

    @property
    def stem(self) -> str:
        words = self.plan.operation.words
        return singular(snake(words[-1])) if words else ""

    def steps(self, sampler: Sampler, capture: dict[str, str]) -> tuple[Step, ...]:
        step = replace(self.plan, n=self.n).step(sampler)
        step["status"] = self.tried.status
        own = captures(self.tried.json, "id", self.stem)[:1]
        if own and own[0] not in capture.values():  # the row may have to be found by it
            capture = {**capture, f"{self.stem}_id": own[0]}
        if capture:
            step["capture"] = capture
        return merged(self.plan.setup, [step])


def recipe_of(world: World, sampler: Sampler, tried: Tried) -> Recipe:
    """With other values than the action's, where those are taken, too."""
    plan = replace(tried.plan, n=SETUP)
    other = attempt(world, plan, plan.step(sampler))
    return Recipe(tried.plan, tried, SETUP if other.accepted and other.changes else ACT)


def singular(word: str) -> str:
    """`categories` -> category, `boxes` -> box, `orders` -> order."""
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch")):
        if word.endswith(ending):
            return word[: -len(ending)] + instead
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def stem_of(name: str, before: str = "") -> str:
    """What a key is the key of: `product_id` -> product; `id` after `orders` -> order."""
    stem = SUFFIX.sub("", snake(name))
    return singular(stem or snake(before))


def captures(answer: Any, name: str, stem: str) -> list[str]:
    """Paths at which an answer may hold the key, the likeliest first."""
    found = []
    for path, value in leaves(answer):
        usable = isinstance(value, str | int) and not isinstance(value, bool) and value != ""
        if not usable or len(path) > NESTED or not is_plain(path):
            continue
        last = snake(str(path[-1]))
        if last == snake(name):
            rank = 0
        elif last in (f"{stem}_id", f"{stem}_uuid"):
            rank = 1
        elif last in IDS and "_" not in SUFFIX.sub("", snake(name)):
            rank = 2 + IDS.index(last)
        else:
            continue
        found.append((rank, len(path), dotted(path)))
    found.sort()
    exact = [path for rank, _, path in found if rank < 2]
    return exact[:1] or [path for _, _, path in found][:MOST]


@dataclass
class Keys:
    """`recipes`: what makes rows; `listings`: GET operations without parameters in their path."""

    world: World
    sampler: Sampler
    schema: Schema
    initial: Fingerprint
    listings: list[Operation]
    recipes: list[Recipe] = field(default_factory=list)
    _answers: dict[tuple[str, str | None], Any] = field(default_factory=dict)

    def for_place(self, operation: Operation, place: str, login: str | None) -> list[Provision]:
        """For a parameter of the path."""
        before = operation.path.split("{" + place + "}")[0]
        words = [part for part in before.split("/") if part and not PARAMETER.search(part)]
        last = words[-1] if words else ""
        stem = stem_of(place, last)
        collection = before.rstrip("/")
        exact = [one for one in self.recipes if one.collection == collection]
        akin = [one for one in self.recipes if one not in exact and self._akin(one, place, stem)]
        found = [
            one for recipe in exact + akin for one in self._from_recipe(recipe, place, stem, login)
        ]
        listed = [one for one in self.listings if one.path.rstrip("/") == collection]
        found += [one for each in listed for one in self._from_list(each, place, stem, login)]
        if len(found) < MOST:
            found += self._from_rows(place, singular(snake(last)) or stem)
        return found[: 2 * MOST]

    def for_field(self, name: str, login: str | None) -> list[Provision]:
        """For a field of a payload that holds the key of something else."""
        stem = stem_of(name)
        akin = [one for one in self.recipes if self._akin(one, name, stem)]
        # What another login makes comes last: whoever acts may not be allowed to.
        own = [one for one in akin if one.plan.login in (None, login)]
        found = [one for recipe in own for one in self._from_recipe(recipe, name, stem, login)]
        for listing in self.listings:
            words = listing.words
            mine = bool(words) and singular(snake(words[-1])) == stem
            found += self._from_list(listing, name, stem, login, exactly=not mine)
        others = [one for one in akin if one not in own]
        found += [one for recipe in others for one in self._from_recipe(recipe, name, stem, login)]
        return [*found, *self._from_foreign(name)][: 2 * MOST]

    def _akin(self, recipe: Recipe, name: str, stem: str) -> bool:
        holds = any(
            snake(str(path[-1])) == snake(name) for path, _ in leaves(recipe.tried.json) if path
        )
        return recipe.stem == stem or (holds and snake(name) not in IDS)

    def _with_headers(self, steps: tuple[Step, ...], login: str | None) -> tuple[Step, ...]:
        """What another login does: with its headers, where they are the same each time."""
        headers = self.world.logins.get(login or "", {}).get("headers", {})
        if not headers or any("{" in value for value in headers.values()):
            return steps
        return tuple({**step, "headers": {**headers, **step.get("headers", {})}} for step in steps)

    def _from_recipe(
        self, recipe: Recipe, name: str, stem: str, login: str | None
    ) -> Iterator[Provision]:
        for path in captures(recipe.tried.json, name, stem)[:2]:
            steps = recipe.steps(self.sampler, {snake(name): path})
            if recipe.plan.login != login:
                steps = self._with_headers(steps, recipe.plan.login)
            yield Provision(steps, "{" + snake(name) + "}", recipe.plan.login)

    def _from_list(
        self, listing: Operation, name: str, stem: str, login: str | None, exactly: bool = False
    ) -> Iterator[Provision]:
        answer = self._listed(listing, login)
        for path in captures(answer, name, stem)[:1]:
            if exactly and snake(path.rpartition(".")[2]) != snake(name):
                continue
            step: Step = {"get": listing.path, "status": 200, "capture": {snake(name): path}}
            yield Provision((step,), "{" + snake(name) + "}")

    def _listed(self, listing: Operation, login: str | None) -> Any:
        key = (listing.path, login)
        if key not in self._answers:
            tried = attempt(self.world, Plan(listing, ACT, login), {"get": listing.path})
            self._answers[key] = tried.json if tried.status == 200 else None
        return self._answers[key]

    def _from_rows(self, name: str, stem: str) -> Iterator[Provision]:
        """The key of a row that is there from the beginning."""
        for table, rows in self.initial.items():
            if singular(table.rpartition(".")[2].rpartition("_")[2]) != stem or not rows:
                continue
            row = rows[next(iter(rows))]
            column = name if name in row else next(iter(self.schema.primary.get(table, [])), None)
            if column and is_lasting(row[column]):
                yield Provision((), row[column])

    def _from_foreign(self, name: str) -> Iterator[Provision]:
        """A value that the column of a foreign key may have."""
        for columns in self.schema.foreign.values():
            for column in (snake(name), f"{snake(name)}_id"):
                table, target = columns.get(column, ("", ""))
                others = sorted(self.schema.unique.get(table, set()) - {target})
                for row in list(self.initial.get(table, {}).values())[:1]:
                    for key in (target, *others):  # some are chosen by their code or name
                        if is_lasting(row.get(key)):
                            yield Provision((), row[key])

    def provides(self, plan: Plan, path: Path) -> Iterator[Plan]:
        """The same plan with the key of something that exists in one field."""
        name = name_of(path)
        if any(at == path and isinstance(value, str) and "{" in value for at, value in plan.put):
            return
        if not self.is_key(name, get(plan.payload(self.sampler), path)):
            return
        for provision in self.for_field(name, plan.login):
            yield changed(plan, path, provision.value).after(provision.steps)

    def is_key(self, name: str, value: Any) -> bool:
        if isinstance(value, bool | float | dict):
            return False
        known = {column for columns in self.schema.foreign.values() for column in columns}
        names = {snake(name), f"{snake(name)}_id"}
        return bool(SUFFIX.search(snake(name)) and snake(name) != "name") or bool(names & known)


def is_lasting(value: Any) -> bool:
    """Whether a row that is made anew will have it: no random id."""
    if isinstance(value, uuid.UUID) or value is None:
        return False
    return isinstance(value, int) or (isinstance(value, str) and len(value) < 40)
