"""From the text of `parity.yaml` to a Spec, or to every problem that it has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scaffolder.spec.consistency import consistency_findings
from scaffolder.spec.model import Spec
from scaffolder.spec.positions import Document, read
from scaffolder.spec.problems import Finding, Problem, SpecError
from scaffolder.spec.prune import prune
from scaffolder.spec.references import reference_findings
from scaffolder.spec.requests import request_findings
from scaffolder.spec.translate import translate

FILENAME = "parity.yaml"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A spec without problems that would stop its use, and the document that it came from."""

    spec: Spec
    document: Document
    problems: list[Problem]
    """Problems that `parity plan` repairs; empty for every other use."""


def load(path: Path) -> Spec:
    """Read a spec; raises SpecError with every problem, and FileNotFoundError."""
    spec, problems = check(path.read_bytes())
    if spec is None or problems:
        raise SpecError(problems, path.name)
    return spec


def check(raw: bytes) -> tuple[Spec | None, list[Problem]]:
    """The spec and every problem in file order; None when the model itself can't be built."""
    loaded = examine(raw)
    if isinstance(loaded, list):
        return None, loaded
    return loaded.spec, loaded.problems


def examine(raw: bytes) -> Loaded | list[Problem]:
    """The spec with its document; a list when a problem stops every use of it."""
    document = read(raw)
    if isinstance(document, list):
        return document
    spec, findings = _validate(document)
    problems = document.problems + [document.problem(finding) for finding in findings]
    problems = sorted(_distinct(problems))
    if spec is None or any(not problem.fixed_by_plan for problem in problems):
        return problems
    return Loaded(spec, document, problems)


def _validate(document: Document) -> tuple[Spec | None, list[Finding]]:
    try:
        spec = Spec.model_validate(document.data)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        findings = [translate(each, document) for each in errors]
        pruned = prune(document.data, errors)
        if pruned is not None:
            findings += [
                pruned.original(each) for each in _rules(pruned.spec, declared(document.data))
            ]
        return None, findings
    return spec, list(_rules(spec, declared(document.data)))


def _rules(spec: Spec, ids: dict[str, set[str]]) -> Iterator[Finding]:
    yield from consistency_findings(spec)
    yield from reference_findings(spec, ids)
    yield from request_findings(spec)


def declared(data: dict[str, Any]) -> dict[str, set[str]]:
    """The ids of each section as they stand in the file, whether or not the entry is valid."""
    ids: dict[str, set[str]] = {}
    for section in ("gaps", "failure_modes", "logins", "checks", "journeys", "incidents"):
        entries = data.get(section)
        found = entries if isinstance(entries, list) else []
        names = [entry.get("id") for entry in found if isinstance(entry, dict)]
        ids[section] = {name for name in names if isinstance(name, str)}
    return ids


def _distinct(problems: list[Problem]) -> list[Problem]:
    """Without repetitions: two rules may say the same of one place (an alias used twice, say)."""
    return list({(p.line, p.column, p.text): replace(p) for p in problems}.values())
