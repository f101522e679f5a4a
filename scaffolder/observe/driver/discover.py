"""Discovery of journeys: performs write operations and sees what changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scaffolder.observe.driver import documents, refusals
from scaffolder.observe.driver.draft import Draft, NoJourney, draft
from scaffolder.observe.driver.enrich import enriched, partial
from scaffolder.observe.driver.explore import FORBIDDEN, Explorer
from scaffolder.observe.driver.keys import Keys, recipe_of
from scaffolder.observe.driver.logins import Logins
from scaffolder.observe.driver.openapi import Document, Operation
from scaffolder.observe.driver.sample import Sampler
from scaffolder.observe.driver.seen import matched, operations_of
from scaffolder.observe.driver.tables import read_schema
from scaffolder.observe.driver.tries import Tried
from scaffolder.observe.driver.world import Deadline, Discovered, Echo, Known, World

MOST = 12  # journeys
ORDER = ("post", "put", "patch", "delete")
KEPT_BACK = 0.15  # of the time, for the refusals


def discover(world: World, known: Known, echo: Echo) -> Discovered:
    """Never longer than about `known.seconds`; what was not reached is listed as not covered."""
    deadline = Deadline(known.seconds)
    found = Discovered()
    document = _document(world, known, found)
    operations = document.operations() or operations_of(known.requests, known.routes)
    if not operations:
        found.questions.append("no OpenAPI document and no requests in the tests: name an action")
        return found
    reads = [one for one in operations if one.method == "get"]
    listings = [one for one in reads if not one.places and not one.query]
    schema, initial = read_schema(world.database), world.fingerprint()
    keys = Keys(world, Sampler(document), schema, initial, listings)
    explorer = Explorer(keys, deadline)
    explorer.examples = matched(operations, known.requests)
    entering = Logins(explorer, operations)
    logins = entering.find(known.environment, known.credentials)
    operations = [one for one in operations if one.label not in entering.entrances]
    echo(f"{len(operations)} operations at {found.document_at}, logins: {', '.join(logins) or '-'}")
    drafts = _drafts(explorer, operations, reads, entering, logins, found, echo)
    _report(explorer, _chosen(drafts), found)
    return found


def _document(world: World, known: Known, found: Discovered) -> Document:
    if known.document:
        found.document_at = "the repository"
        return Document(known.document)
    found.document_at, content = documents.find(world, known.schema_paths)
    return Document(content)


def _drafts(
    explorer: Explorer,
    operations: Sequence[Operation],
    reads: Sequence[Operation],
    entering: Logins,
    logins: Sequence[str],
    found: Discovered,
    echo: Echo,
) -> list[Draft]:
    drafts: list[Draft] = []
    spare = explorer.deadline.left * KEPT_BACK
    for operation in _ordered(operations):
        if explorer.deadline.left < spare:
            found.not_covered.append(_uncovered(operation, "the time for discovery was over"))
            continue
        tried = explorer.explore(operation, _logins_for(operation, logins))
        if not (tried.accepted and tried.changes):
            found.not_covered.append(_uncovered(operation, why(tried)))
            if tried.status >= 500:
                found.questions.append(f"{operation.label} answers {tried.status}: is that known?")
            continue
        tried = partial(explorer, enriched(explorer, tried))
        explorer.keys.recipes.append(recipe_of(explorer.world, explorer.sampler, tried))
        try:
            made = draft(explorer, tried, reads, entering, [one.entry["id"] for one in drafts])
        except NoJourney as reason:
            found.not_covered.append(_uncovered(operation, str(reason)))
            continue
        echo(f"{operation.label}: {made.entry['id']} ({', '.join(made.tables)})")
        drafts.append(made)
    return drafts


def _ordered(operations: Sequence[Operation]) -> Iterator[Operation]:
    """What makes things first, and what needs least; deletions last."""
    writes = [one for one in operations if one.method in ORDER]
    writes.sort(key=lambda one: (ORDER.index(one.method), len(one.places)))
    yield from writes


def _logins_for(operation: Operation, logins: Sequence[str]) -> list[str | None]:
    """In the order in which they are tried."""
    if operation.secured is False or not logins:
        return [None, *logins]
    return [*logins, None]


def why(tried: Tried) -> str:
    """In a few words, for the report."""
    if tried.problem:
        return re.sub(r"\s+", " ", tried.problem.splitlines()[0])[:200]
    if tried.accepted:
        return f"answered {tried.status} and changed no rows"
    if tried.status in FORBIDDEN:
        return f"answered {tried.status}: none of the logins may do that"
    said = re.sub(r"\s+", " ", tried.text).strip()[:160]
    return f"answered {tried.status}: {said}"


def _uncovered(operation: Operation, reason: str) -> dict[str, str]:
    return {"operation": operation.label, "why": reason}


def _chosen(drafts: list[Draft]) -> list[Draft]:
    """At most twelve; tables and kinds that are not there yet go first."""
    seen: set[tuple[str, str]] = set()
    first: list[Draft] = []
    rest: list[Draft] = []
    for made in drafts:
        what = (made.tables[0], made.kind)
        (rest if what in seen else first).append(made)
        seen.add(what)
    kept = (first + rest)[:MOST]
    return [made for made in drafts if made in kept]


def _report(explorer: Explorer, drafts: list[Draft], found: Discovered) -> None:
    found.journeys = [made.entry for made in drafts]
    found.questions += [question for made in drafts for question in made.questions]
    taken = [made.entry["id"] for made in drafts]
    found.refusals, asked = refusals.refusals(explorer, drafts, taken)
    found.questions += asked
    used = {one.get("login") for one in [*found.journeys, *found.refusals]}
    found.logins = [
        {"id": name, **login} for name, login in explorer.world.logins.items() if name in used
    ]
