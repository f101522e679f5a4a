"""The result as text: lines for the terminal, Markdown for a job's page and for the repository."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scaffolder.prove.holding import Holding
from scaffolder.prove.judged import CAUGHT, ORDER, Fault, Proof

if TYPE_CHECKING:
    from scaffolder.prove.suggest import Suggestions

MEANING = {
    "survived": "it altered something, and every test stayed green",
    "harness-only": "red in setup or teardown only, which says nothing about a test",
    "baseline-red": "void: the tests are red without it, too",
    "timeout": "void: it took too long",
    "inactive": "void: it was not in force",
    "caught-error": "something crashed",
    "caught-assertion": "a test compared, and found the difference",
    "no-effect": "met, and nothing that the tests write would differ",
    "not-reached": "no test does what it takes to meet it",
    "equivalent": "survived, and nothing need notice it",
}
HEAD = "| fault | verdict | reached | altered | noticed by |\n|---|---|---|---|---|"
NOT_CONNECTED = "the suite never connects to PostgreSQL"
SHOWN = 3
"""Tests that are named; the JSON has all."""
HAPPENED = {
    "setting": "{number} statements ran with the setting",
    "reading": "{number} reads of {where} had another answer",
    "schema": "{number} rows or tests met {where} as it is now",
    "migration": "{where} was missed",
    "artifact": "{where} was missed",
}
"""By kind, where the run says no more."""
ROWS = {"ghost-insert": "inserted", "loss-at-commit": "inserted", "delete-ignored": "deleted"}


def headline(proof: Proof) -> str:
    """The one line that counts."""
    reached = proof.reached
    caught = sum(fault.verdict in CAUGHT for fault in reached)
    line = f"caught {caught} of {len(reached)} production faults that were reached"
    if loud := proof.loud:
        handled = sum(fault.verdict in CAUGHT for fault in loud)
        line += f"; of {len(loud)} failing actions the application handled {handled}"
    same = sum(f.equivalent is not None for f in proof.faults)
    return f"{line} ({same} more are equivalent)" if same else line


def about_suite(proof: Proof) -> list[str]:
    """On which database the team's own suite ran, and on which it runs without parity.yaml."""
    if proof.target != "suite" or "connections" not in proof.baseline:
        return []
    seen = proof.baseline
    if not seen["connections"]:
        return [
            "not reached: the suite never connects to PostgreSQL; app.own_suite can point it there"
        ]
    lines = [f"{seen['tests']} tests, with {seen['connections']} connections to PostgreSQL"]
    if seen["plain"]:
        lines.append(f"without `env` and `settings` of app.own_suite: not reached: {seen['plain']}")
    return lines


def matrix(proof: Proof, width: int = 0) -> list[str]:
    """Verdict by verdict: how many, and which. `width`: columns that a line has; 0: any."""
    lines = []
    for name, found in _groups(proof):
        lines.append(f"{len(found):4} {name:17} {MEANING[name]}")
        longest = min(40, max(len(fault.id) for fault in found))
        lines += [f"       {fault.id:{longest}} {_line(fault)}" for fault in found]
    if unwritten := set(proof.baseline.get("tables", [])) - set(proof.baseline.get("written", [])):
        lines.append(f"     tables that no test writes: {', '.join(sorted(unwritten))}")
    return [_fitted(one, width) for one in lines]


def _groups(proof: Proof) -> Iterator[tuple[str, list[Fault]]]:
    """By verdict, the worst first; what is equivalent by itself: the headline leaves it out."""
    same = [fault for fault in proof.faults if fault.equivalent]
    for name in ORDER:
        found = [fault for fault in proof.of(name) if not fault.equivalent]
        if found:
            yield name, found
    if same:
        yield "equivalent", same


def _fitted(text: str, width: int) -> str:
    """Cut where it would not fit."""
    return text if not width or len(text) <= width else f"{text[: width - 3]}..."


def _line(fault: Fault) -> str:
    """Who noticed, or what happened."""
    if fault.tests:
        more = f" and {len(fault.tests) - 1} more" if len(fault.tests) > 1 else ""
        return f"{next(iter(fault.tests))}{more}"
    if fault.equivalent:
        return fault.equivalent
    return told(fault) if fault.is_gap else fault.why or told(fault)


def told(fault: Fault) -> str:
    """What happened unnoticed."""
    rows = "row" if fault.infected == 1 else "rows"
    where = f"{fault.table}.{fault.column}" if fault.column else fault.table
    if fault.is_loud or fault.is_of_process:
        return fault.why
    if words := HAPPENED.get(fault.catalog.kind):
        return fault.why or words.format(number=fault.infected, where=where)
    if fault.fault == "delete-ignored":
        happened = f"{fault.infected} deleted {rows} of {where} stayed"
    elif fault.fault in ROWS:
        happened = f"{fault.infected} {rows} inserted into {where} vanished"
    else:
        happened = f"{fault.infected} {rows} altered in {where}"
    return happened


def survivors(
    proof: Proof, suggestions: Suggestions | None = None, width: int = 0
) -> Iterator[str]:
    """Per survivor: what happened, who met it, and what would catch it."""
    for fault in proof.survivors:
        yield f"{fault.verdict}: {fault.id}"
        for text in _about(fault, suggestions):
            yield from _wrapped(f"    {text}", width)


def _about(fault: Fault, suggestions: Suggestions | None) -> Iterator[str]:
    yield fault.catalog.what
    if fault.is_loud:
        yield told(fault)
    else:
        noticed = "only a setup or teardown was red" if fault.tests else "no test noticed"
        yield f"{told(fault)}, and {noticed}; {fault.ran} met it:"
        yield from (f"    {test}" for test in fault.met[:SHOWN])
        if fault.ran > SHOWN:
            yield f"    and {fault.ran - SHOWN} more"
    yield f"would be caught by: {_remedy(fault, suggestions)}"
    if fault.covered:
        yield f"but parity.yaml says that {fault.covered} covers it"


def _wrapped(text: str, width: int) -> list[str]:
    """In lines that fit; names of tests and lines of parity.yaml stay in one piece."""
    if not width:
        return [text]
    margin = " " * (len(text) - len(text.lstrip()) + 2)
    return textwrap.wrap(
        text, width, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False
    )


def checks(proof: Proof) -> Iterator[str]:
    """For each check of the harness, whether it holds here."""
    if proof.checks:
        yield "checks, and the faults of their own that turned them red:"
    for check in proof.checks:
        yield f"     {check.check:24} {check.holds:12} {_shown_by(check)}".rstrip()


def _shown_by(check: Holding) -> str:
    shown = check.red_by or check.green_under
    text = ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")
    if not check.named:
        return "none of its faults is injected; see docs/checks.md"
    return f"green under {text}" if check.holds == "no" else text


def _remedy(fault: Fault, suggestions: Suggestions | None = None) -> str:
    """The lines of parity.yaml that would catch it."""
    if suggestions is not None and fault.id in suggestions.journeys:
        return f"the journey {suggestions.journeys[fault.id]}, as in the patch of parity.yaml"
    if suggestions is not None and fault.id in suggestions.why:
        return f"nothing can be suggested: {suggestions.why[fault.id]}"
    if fault.is_loud:
        return "the check rollback, for this journey"
    if "caught_by" in fault.catalog.details:
        return str(fault.catalog.details["caught_by"])
    if fault.column:
        return f"a journey with stored: [{{table: {fault.table}, values: {{{fault.column}: ...}}}}]"
    if fault.fault == "delete-ignored":
        return f"a journey that deletes, with stored: [{{table: {fault.table}, rows: 0}}]"
    return f"a journey with stored: [{{table: {fault.table}, where: ..., rows: 1}}]"


def markdown(
    proof: Proof, target: str, suggestions: Suggestions | None = None, diff: str = ""
) -> str:
    """A page: the headline, the matrix, the survivors, the patch of parity.yaml."""
    parts = [f"# Production faults against {target}\n", f"**{headline(proof)}**\n"]
    parts += [f"{line}\n" for line in about_suite(proof)]
    parts.append("| verdict | faults | |\n|---|---|---|")
    parts += [f"| {name} | {len(found)} | {MEANING[name]} |" for name, found in _groups(proof)]
    if told_of := list(survivors(proof, suggestions)):
        parts.append("\n## Survivors\n\n```text\n" + "\n".join(told_of) + "\n```")
    if diff:
        parts.append(f"\n## What would catch them\n\n```diff\n{diff}```")
    if proof.checks:
        parts.append("\n## Checks\n\n| check | holds | shown by |\n|---|---|---|")
        parts += [f"| {one.check} | {one.holds} | {_shown_by(one)} |" for one in proof.checks]
    parts.append("\n## All faults\n\n" + HEAD)
    parts += [
        f"| {fault.id} | {fault.verdict} | {fault.reached} | {fault.infected} | {_noticed(fault)} |"
        for fault in proof.faults
    ]
    return "\n".join(parts) + "\n"


def _noticed(fault: Fault) -> str:
    shown = ", ".join(f"`{test}`" for test in list(fault.tests)[:3])
    return (shown or fault.equivalent or fault.why).replace("|", "\\|")
