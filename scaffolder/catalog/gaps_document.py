"""The page `docs/gaps.md`, generated from the catalogue.

    python -m scaffolder.catalog.gaps_document docs/gaps.md

writes it; a test keeps it current.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from scaffolder.catalog.load import Category, categories, checks, facts
from scaffolder.catalog.load_gaps import (
    TESTS,
    CatalogGap,
    CatalogMode,
    Condition,
    contradictions,
    ends_of_life,
    gaps,
    modes,
    names,
)

HEAD = """# Gaps and failure modes

<!-- Generated: python -m scaffolder.catalog.gaps_document docs/gaps.md -->

`parity init` reads a repository and writes down where its tests differ from production. Each such
gap shows its evidence on both sides, what exercises it today, and the ways in which it can break
the system: the [failure modes](#failure-modes), and the [checks](checks.md) that hold them.

A sentence in *italics* is what you read in `parity.yaml`. ‹Angles› are filled in from the
repository, and a part in [brackets] is left out where nothing is known. A gap is only reported
when every point of *when* was found; a guess is no finding, and becomes a question instead.

The data is in `scaffolder/catalog/gaps.yaml`, `contradictions.yaml`, `failure_modes.yaml` and
`ends_of_life.yaml`. A new gap whose facts exist already is an entry there and nothing else.
"""
CONTRADICTIONS = """## Contradictions

Two files of a repository that give two answers to one question are a gap, too:
`contradicting-<fact>`, with both places. The draft goes on with the answer that production is most
likely to follow, and asks. *Example: production's database is PostgreSQL by requirements.txt:12
and MySQL by Dockerfile:9.*

| category | two answers to | leads to |
|---|---|---|
"""
MODES = """## Failure modes

How bad each is, and what catches it. *Silent* is what nobody is told; *hard* is what does not show
on a first look. Checks marked \\* are not generated yet; where nothing can hold a failure before
production, it belongs to monitoring.

| failure mode | what happens | nature | depends on | held by |
|---|---|---|---|---|
"""
ENDS = """## Ends of life

The last day on which security flaws are fixed.

| product | version: day |
|---|---|
"""
FACTS = """## Facts

What the conditions above speak of; several values may stand side by side where it says *each*.

| fact | value |
|---|---|
"""
_PLACEHOLDER = re.compile(r"\{([^{}]+?)(\|ended)?\}")


def text() -> str:
    """The whole page."""
    parts = [HEAD, _contents(), *map(_category, categories().values())]
    parts += [CONTRADICTIONS + "\n".join(_contradictions()) + "\n"]
    parts += [MODES + "\n".join(map(_mode, modes().values())) + "\n"]
    return "\n".join([*parts, ENDS + "\n".join(_ends()) + "\n", FACTS + "\n".join(_facts()) + "\n"])


def _contents() -> str:
    rows = []
    for category in categories().values():
        found = ", ".join(f"[{gap.id}](#{gap.id})" for gap in _of(category))
        rows.append(f"- **{category.title}**: {found}")
    return "\n".join(rows) + "\n"


def _of(category: Category) -> list[CatalogGap]:
    return [gap for gap in gaps().values() if gap.category == category.id]


def _category(category: Category) -> str:
    sections = "\n".join(_gap(gap) for gap in _of(category))
    return f"## {category.title}\n\n{category.description}\n\n{sections}"


def _gap(gap: CatalogGap) -> str:
    what = _PLACEHOLDER.sub(_angles, gap.what)
    covered = "".join(
        f"- **Covered** by *{_PLACEHOLDER.sub(_angles, c.says)}*, when {_when(c.when)}\n"
        for c in gap.coverage
    )
    return f"""### {gap.id}

*{what[0].upper()}{what[1:]}.*

- **When** {_when(gap.when)}
- **Why it matters**: {gap.risk}
{covered}- **Leads to** {", ".join(map(_link, gap.modes))}
- **Held by** {_held(list(dict.fromkeys(c for m in gap.modes for c in modes()[m].held_by)))}
"""


def _angles(part: re.Match[str]) -> str:
    return f"‹end of {part[1]}›" if part[2] else f"‹{part[1]}›"


def _when(conditions: tuple[Condition, ...]) -> str:
    return "; ".join(_words(condition) for condition in conditions)


def _words(condition: Condition) -> str:
    fact = f"`{condition.fact}`"
    if condition.words:
        return f"{fact} {condition.words}"
    keys = condition.test in ("same", "differs", "among")
    shown = [f"`{a}`" if keys else names().get(a, a) for a in condition.arguments]
    return f"{fact} {TESTS[condition.test]} {' or '.join(shown)}".rstrip()


def _link(mode: str) -> str:
    return f"[{mode}](#{mode})"


def _held(ids: list[str]) -> str:
    known = checks()
    shown = [
        f"[{name}](checks.md#{name})"
        if name == "journeys" or known[name].generated
        else f"{name}\\*"
        for name in ids
    ]
    return ", ".join(shown) or "monitoring"


def _mode(mode: CatalogMode) -> str:
    nature = f"{mode.visibility}, {mode.detection}, {mode.blast_radius}"
    needs = ", ".join(mode.depends_on)
    anchor = f'<a id="{mode.id}"></a>{mode.id}'
    return f"| {anchor} | {mode.what} | {nature} | {needs} | {_held(list(mode.held_by))} |"


def _contradictions() -> Iterator[str]:
    for row in contradictions():
        keys = "; ".join(row.keys.values())
        yield f"| {row.category} | {keys} | {', '.join(map(_link, row.modes))} |"


def _ends() -> Iterator[str]:
    for product, rows in ends_of_life().items():
        days = ", ".join(f"{version}: {day}" for version, day in rows.items())
        yield f"| {names().get(product, product)} | {days} |"


def _facts() -> Iterator[str]:
    used = {c.fact for gap in gaps().values() for c in gap.when}
    for key, fact in facts().items():
        if key in used:
            each = "each " if fact.many else ""
            value = fact.value.replace("|", "\\|")
            yield f"| `{key}` | {each}{value} |"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
