"""The summary of a run: on the terminal, and on the page of a GitHub job."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from support.run.results import ORDER, CheckResult, first_line

if TYPE_CHECKING:
    from support.run.ledger import Ledger

COLOURS = {"failed": "red", "blocked": "red", "accepted": "yellow", "degraded": "yellow"}


def lines(ledger: Ledger) -> list[tuple[str, str]]:
    """Lines of the summary with their colour ("" for none)."""
    budget = ledger.settings.COMMANDS[ledger.command]["budget"]
    found = [result.result for result in ledger.checks.values()]
    counts = [f"{found.count(name)} {name}" for name in ORDER if name in found]
    colour = "red" if ledger.red else "green"
    out = [
        (f"{ledger.command}: {', '.join(counts) or 'nothing ran'} of {len(found)} checks, "
         f"{ledger.seconds:.1f} s of {budget} s", colour)
    ]  # fmt: skip
    out += [(f"  {line}", "") for line in ledger.provided]
    if ledger.settings.START_DIFFERS:
        out.append((f"  start differs from production: {ledger.settings.START_DIFFERS}", ""))
    for result in sorted(ledger.checks.values(), key=lambda one: ORDER.index(one.result)):
        out += _check_lines(result)
    out += [(f"  failed    {text}", "red") for text in ledger.session_failures]
    if ledger.seconds > budget:
        over = f"  over budget: {ledger.seconds:.0f} s of {budget} s: move a check to nightly"
        out.append((over, "yellow"))
    return out


def write_job_summary(ledger: Ledger) -> None:
    """Markdown for GitHub's job page, where GITHUB_STEP_SUMMARY names a file."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        body = "\n".join(text for text, _ in lines(ledger)).replace("```", "'''")
        with Path(path).open("a", encoding="utf-8") as page:
            page.write(f"### parity {ledger.command}\n\n```text\n{body}\n```\n")


def _check_lines(result: CheckResult) -> list[tuple[str, str]]:
    colour = COLOURS.get(result.result, "")
    took = f"{result.seconds:.1f} s"
    over = " over its budget" if result.seconds > result.budget else ""
    lines = [(f"  {result.result:<9} {result.check}  {result.tests} tests, {took}{over}", colour)]
    lines += [(f"              {first_line(text)}", colour) for text in result.failures[:10]]
    if len(result.failures) > 10:
        lines.append((f"              and {len(result.failures) - 10} more", colour))
    lines += [(f"              {text}", colour) for text in result.blocked]
    lines += [(f"              accepted: {first_line(text)}", "") for text in result.accepted]
    lines += [(f"              degraded: {text}", "") for text in sorted(result.degraded)]
    if result.not_covered:
        lines.append((f"              not covered: {len(result.not_covered)} items", ""))
        lines += [(f"                {item}: {why}", "") for item, why in result.not_covered[:5]]
    return lines
