"""What `parity init` tells: gaps with their evidence, what was observed, what is asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scaffolder.catalog.load import categories
from scaffolder.catalog.load import facts as catalog_facts

if TYPE_CHECKING:
    from scaffolder.draft.draft import Draft
    from scaffolder.observe.observe import Observation
    from scaffolder.scan.scan import Scan

TOLD: tuple[str, ...] = (
    "app.framework",
    "app.orm",
    "database.engine",
    "database.version",
    "production.python",
)
TOLD += ("install.lock", "database.migrate", "app.start", "app.health", "tests.command")
"""Facts of the head of the summary."""


def first(
    scan: Scan, draft: Draft, observation: Observation | None, *, asked: bool
) -> Iterator[str]:
    """The summary of a first run."""
    yield from facts(scan)
    yield from _gaps(draft)
    yield from _observation(observation, asked=asked)
    yield from _questions(draft)
    data = draft.data
    counts = [
        f"{len(data[section])} {section.replace('_', ' ')}"
        for section in ("gaps", "failure_modes", "journeys", "checks")
    ]
    yield ""
    yield f"parity.yaml is written: {', '.join(counts)}"
    yield "next: `parity scaffold`, then `nox -s pr_smoke`"


def second(scan: Scan, draft: Draft, target: Path) -> list[str]:
    """The difference to the spec that is there; nothing is written."""
    import yaml

    from scaffolder.draft.difference import differences
    from scaffolder.spec.load import load

    load(target)  # a broken spec is told with its places
    spec = yaml.safe_load(target.read_text(encoding="utf-8-sig"))
    lines = []
    for each in differences(spec, draft.data):
        if each.kind == "new":
            lines.append(f"  new      {each.place}: {_short(each.found)}")
        elif each.kind == "gone":
            lines.append(f"  gone     {each.place}: {_short(each.spec)}")
        else:
            lines.append(f"  other    {each.place}: {_short(each.spec)} -> {_short(each.found)}")
    if not lines:
        return [f"{target.name} says what the repository says; nothing is proposed"]
    head = (
        f"{target.name} is there and stays as it is. What the repository says beyond it, or else:"
    )
    return [head, *lines]


def facts(scan: Scan) -> Iterator[str]:
    """What kind of application it is, and what could not be read."""
    where = scan.application.directory if scan.application else "."
    others = [each.directory for each in scan.applications if each.directory != where]
    yield f"read {len(scan.tree.files)} files; the application in {where}"
    if others:
        yield f"  others, with --app: {', '.join(others)}"
    for key in TOLD:
        fact = scan.facts.one(key)
        if fact is not None:
            place = ", ".join(str(each) for each in fact.evidence[:2])
            yield f"  {key:<18} {fact.value}  ({place})"
    for found in scan.facts.contradictions():
        values = (found.chosen, *found.others)
        says = "; ".join(f"{f.value} ({f.evidence[0]})" for f in values if f.evidence)
        yield f"  contradiction: {found.key}: {says}"
    for note in scan.notes[:5]:
        yield f"  {note.path}: {note.why}"
    if len(scan.notes) > 5:
        yield f"  and {len(scan.notes) - 5} more files that were not read"


def as_json(
    scan: Scan, draft: Draft | None, observation: Observation | None, *, written: bool
) -> dict[str, Any]:
    """Everything that was found, for a program; of several facts of a key the best stands first."""
    return {
        "application": scan.application.directory if scan.application else None,
        "applications": [each.directory for each in scan.applications],
        "facts": [
            {**asdict(fact), "evidence": [str(place) for place in fact.evidence]}
            for key in catalog_facts()
            for fact in scan.facts.all(key)
        ],
        "contradictions": [
            {"key": each.key, "chosen": each.chosen.value, "others": [f.value for f in each.others]}
            for each in scan.facts.contradictions()
        ],
        "gaps": [asdict(gap) for gap in draft.gaps] if draft else [],
        "questions": [asdict(question) for question in draft.questions] if draft else [],
        "notes": [asdict(note) for note in scan.notes],
        "observation": asdict(observation) if observation else None,
        "written": written,
    }


def unchosen(scan: Scan) -> dict[str, Any]:
    """The same document where none of several applications was chosen: their names alone."""
    whole = as_json(scan, None, None, written=False)
    return {**whole, "application": None, "facts": [], "contradictions": []}


def _gaps(draft: Draft) -> Iterator[str]:
    yield ""
    yield f"gaps between the tests and production: {len(draft.gaps)}"
    for category, known in categories().items():
        own = [gap for gap in draft.gaps if gap.category == category]
        if own:
            yield f"  {known.title}"
        for gap in own:
            yield f"    {gap.id}: {gap.what}"
            if gap.evidence:
                yield f"      {', '.join(gap.evidence)}"


def _observation(observation: Observation | None, *, asked: bool) -> Iterator[str]:
    yield ""
    if observation is None:
        how = "--observe starts the application on a scratch database and drafts journeys"
        yield f"not observed: {how}" if asked else "not observed (--no-observe)"
        return
    done = ", ".join(
        f"{step.id} {'ok' if step.ok else 'failed'} ({step.seconds:.0f} s)"
        for step in observation.steps
    )
    yield f"observed: {done or 'no step was finished'}"
    if observation.reason:
        yield f"  it ended early: {observation.reason}"
    for journey in observation.journeys:
        yield f"  journey {journey['id']}: {_act(journey['act'])}"
    yield from _some(
        [f"  not covered: {each['operation']}: {each['why']}" for each in observation.not_covered],
        12,
    )
    yield from _some([f"  it tried to reach {each}" for each in observation.refused], 3)


def _act(act: dict[str, Any]) -> str:
    method = next((name for name in ("post", "put", "patch", "delete", "get") if name in act), "")
    return f"{method.upper()} {act[method]}" if method else str(act.get("run", ""))


def _questions(draft: Draft) -> Iterator[str]:
    if not draft.questions:
        return
    yield ""
    yield f"questions: {len(draft.questions)}, marked QUESTION in parity.yaml at their place"
    for question in draft.questions:
        yield f"  {question.place}: {question.asks}"
        if question.candidates:
            yield f"    found: {'; '.join(_short(each) for each in question.candidates[:4])}"
        if question.assumed:
            yield f"    assumed: {question.assumed}"
        if question.waits:
            yield f"    waits for it: {', '.join(question.waits)}"


def _some(lines: Iterable[str], limit: int) -> Iterator[str]:
    found = list(lines)
    yield from found[:limit]
    if len(found) > limit:
        yield f"  and {len(found) - limit} more"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
