"""The result as text: lines for the terminal, Markdown for a job's page and for the repository."""

from __future__ import annotations

from collections.abc import Iterator

from scaffolder.prove.judged import CAUGHT, ORDER, Fault, Proof

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
}
HEAD = "| fault | verdict | reached | altered | noticed by |\n|---|---|---|---|---|"
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


def matrix(proof: Proof) -> list[str]:
    """Verdict by verdict: how many, and which."""
    lines = []
    for name in ORDER:
        if found := proof.of(name):
            lines.append(f"{len(found):4} {name:17} {MEANING[name]}")
            lines += [f"       {line(fault)}" for fault in found]
    if unwritten := set(proof.baseline.get("tables", [])) - set(proof.baseline.get("written", [])):
        lines.append(f"     tables that no test writes: {', '.join(sorted(unwritten))}")
    return lines


def line(fault: Fault) -> str:
    """One fault in one line."""
    what = f"{fault.id:44}"
    if fault.tests:
        more = f" and {len(fault.tests) - 1} more" if len(fault.tests) > 1 else ""
        return f"{what} {next(iter(fault.tests))}{more}"
    if fault.equivalent:
        return f"{what} equivalent: {fault.equivalent}"
    return f"{what} {told(fault) if fault.is_gap else fault.why or told(fault)}"


def told(fault: Fault) -> str:
    """What happened unnoticed."""
    rows = "row" if fault.infected == 1 else "rows"
    where = f"{fault.table}.{fault.column}" if fault.column else fault.table
    if fault.is_loud:
        return fault.why
    if fault.is_of_process:
        green = f"{fault.ran} of {fault.ran} tests stayed green"
        return f"{fault.why}, and {'no test was red by itself' if fault.tests else green}"
    if fault.fault == "delete-ignored":
        happened = f"{fault.infected} deleted {rows} of {where} stayed"
    elif fault.fault in ROWS:
        happened = f"{fault.infected} {rows} inserted into {where} vanished"
    else:
        happened = f"{fault.infected} {rows} altered in {where}"
    return f"{happened}, and {fault.ran} of {fault.ran} tests stayed green"


def survivors(proof: Proof) -> Iterator[str]:
    """Per survivor: what happened, and what would catch it."""
    for fault in proof.faults:
        if not fault.is_gap:
            continue
        yield f"{fault.id}: {fault.catalog.what}: {told(fault)}"
        yield f"    would be caught by: {remedy(fault)}"
        if fault.covered:
            yield f"    but parity.yaml says that {fault.covered} covers it"


def remedy(fault: Fault) -> str:
    """The lines of parity.yaml that would catch it."""
    if fault.is_loud:
        return "the check rollback, for this journey"
    if fault.is_of_process:
        return str(fault.catalog.details["caught_by"])
    if fault.column:
        return f"a journey with stored: [{{table: {fault.table}, values: {{{fault.column}: ...}}}}]"
    if fault.fault == "delete-ignored":
        return f"a journey that deletes, with stored: [{{table: {fault.table}, rows: 0}}]"
    return f"a journey with stored: [{{table: {fault.table}, where: ..., rows: 1}}]"


def markdown(proof: Proof, target: str) -> str:
    """A page: the headline, the matrix, the survivors."""
    parts = [f"# Production faults against {target}\n", f"**{headline(proof)}**\n"]
    parts.append("| verdict | faults | |\n|---|---|---|")
    parts += [
        f"| {name} | {len(found)} | {MEANING[name]} |"
        for name in ORDER
        if (found := proof.of(name))
    ]
    if told_of := list(survivors(proof)):
        parts.append("\n## Survivors\n\n```text\n" + "\n".join(told_of) + "\n```")
    parts.append("\n## All faults\n\n" + HEAD)
    parts += [
        f"| {fault.id} | {fault.verdict} | {fault.reached} | {fault.infected} | {_noticed(fault)} |"
        for fault in proof.faults
    ]
    return "\n".join(parts) + "\n"


def _noticed(fault: Fault) -> str:
    shown = ", ".join(f"`{test}`" for test in list(fault.tests)[:3])
    return (shown or fault.equivalent or fault.why).replace("|", "\\|")
