"""Compare what the scanner finds in public repositories with tests/corpus/: how much is found, how
much is wrong.

`python tests/score.py DIR`, where DIR holds the trees, each in a folder `OWNER--NAME`.
Values are compared as text. Guesses of the scanner are listed and count as nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from scaffolder.catalog.load import facts as catalog_facts
from scaffolder.scan.facts import Fact, Facts
from scaffolder.scan.scan import scan

CORPUS = Path(__file__).parent / "corpus"
ANYTHING = "*"

Group = tuple[str, ...]
"""Values of which any one is right."""


class BadCorpus(Exception):
    """A corpus file or a tree cannot be used; says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to be found in a repository; see tests/corpus/README.md."""

    name: str
    held_out: bool
    app: str | None
    facts: Mapping[str, tuple[Group, ...]]
    also: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Found:
    """A value that the scanner found, and where."""

    value: str
    evidence: tuple[str, ...] = ()
    guess: bool = False


@dataclass(slots=True)
class Score:
    """How the values of a key, or of many, compare with the expected ones."""

    right: list[str] = field(default_factory=list)
    wrong: list[Found] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    neutral: list[str] = field(default_factory=list)
    guesses: list[Found] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Count another score in."""
        self.right += other.right
        self.wrong += other.wrong
        self.missing += other.missing
        self.neutral += other.neutral
        self.guesses += other.guesses


@dataclass(frozen=True, slots=True)
class Report:
    """The scores of one repository, by key; keys without expectation and finding are left out."""

    name: str
    keys: Mapping[str, Score]


def score_many(groups: Iterable[Group], also: frozenset[str], found: Iterable[Found]) -> Score:
    """Compare the values of a key: each group wants one of its values, the rest is neutral."""
    score, wanted = Score(), list(groups)
    allowed = {value for group in wanted for value in group} | also
    for item in found:
        if item.guess:
            score.guesses.append(item)
            continue
        hit = next((group for group in wanted if item.value in group), None)
        if hit is not None:
            wanted.remove(hit)
            score.right.append(item.value)
        elif item.value in allowed or ANYTHING in also:
            score.neutral.append(item.value)
        else:
            score.wrong.append(item)
    if ANYTHING not in also:
        score.missing = [" | ".join(group) for group in wanted]
    return score


def score_one(groups: Sequence[Group], also: frozenset[str], found: Found | None) -> Score:
    """Compare the value of a key that has one: a neutral value is not missing the expected one."""
    score = score_many(groups, also, [] if found is None else [found])
    if score.neutral:
        score.missing = []
    return score


def score_facts(name: str, expected: Expected, facts: Facts) -> Report:
    """Compare all scored keys of the catalogue."""
    keys: dict[str, Score] = {}
    for key, row in catalog_facts().items():
        if not row.scored:
            continue
        groups, also = expected.facts.get(key, ()), expected.also.get(key, frozenset())
        if row.many:
            score = score_many(groups, also, [_found(fact) for fact in facts.all(key)])
        else:
            one = facts.one(key)
            score = score_one(groups, also, None if one is None else _found(one))
        if score != Score():
            keys[key] = score
    return Report(name, keys)


def _found(fact: Fact) -> Found:
    evidence = tuple(str(place) for place in fact.evidence)
    return Found(fact.value, evidence, fact.confidence == "guess")


def found_share(score: Score) -> float:
    """right / (right + missing), between 0 and 1; 1 when nothing was to be found."""
    expected = len(score.right) + len(score.missing)
    return len(score.right) / expected if expected else 1.0


def wrong_share(score: Score) -> float:
    """wrong / (right + wrong), between 0 and 1; 0 when nothing was found."""
    counted = len(score.right) + len(score.wrong)
    return len(score.wrong) / counted if counted else 0.0


def total(scores: Iterable[Score]) -> Score:
    """The sum of scores."""
    sum_ = Score()
    for score in scores:
        sum_.add(score)
    return sum_


def read(path: Path) -> Expected:
    """Read a corpus file. Raises BadCorpus where it names an unknown key or a value is no text."""
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    facts = {key: _groups(path, key, value) for key, value in document["facts"].items()}
    also = {
        key: frozenset(value for group in _groups(path, key, values, many=True) for value in group)
        for key, values in (document.get("also") or {}).items()
    }
    return Expected(path.stem, document["held_out"], document["app"], facts, also)


def _groups(path: Path, key: str, value: Any, *, many: bool | None = None) -> tuple[Group, ...]:
    row = catalog_facts().get(key)
    if row is None or not row.scored:
        raise BadCorpus(f"{path.name}: {key}: not a scored key of catalog/facts.yaml (spelling?)")
    if (row.many if many is None else many) != isinstance(value, list):
        wants = "one value" if isinstance(value, list) else "a list"
        raise BadCorpus(f"{path.name}: {key}: {wants} expected, as catalog/facts.yaml says")
    groups = [tuple(item) if isinstance(item, list) else (item,) for item in _listed(value)]
    if not all(isinstance(item, str) for group in groups for item in group):
        raise BadCorpus(f"{path.name}: {key}: a value is no text (put quotes around it)")
    return tuple(groups)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def chosen(*, include_held_out: bool, only: str | None) -> list[Expected]:
    """The corpus files to score. Raises BadCorpus where `only` names none of them."""
    corpus = [read(path) for path in sorted(CORPUS.glob("*.yaml"))]
    kept = [item for item in corpus if only is None or item.name == only]
    if not kept:
        names = ", ".join(item.name for item in corpus)
        raise BadCorpus(f"--only {only}: not in {CORPUS} (there are: {names})")
    shown = [item for item in kept if include_held_out or not item.held_out]
    if not shown:
        raise BadCorpus(f"--only {only}: held out (add --include-held-out)")
    return shown


def run(directory: Path, corpus: Iterable[Expected]) -> list[Report]:
    """Scan the trees. Raises BadCorpus where one is absent, before anything is scanned."""
    corpus = list(corpus)
    absent = [item.name for item in corpus if not (directory / item.name).is_dir()]
    if absent:
        raise BadCorpus(
            f"{directory}: no folder {', '.join(absent)} (check out the commit that "
            "tests/corpus/*.yaml names there, or choose one with --only)"
        )
    return [
        score_facts(item.name, item, scan(directory / item.name, item.app).facts) for item in corpus
    ]


def as_json(reports: Iterable[Report]) -> str:
    """All scores as one JSON document, with the totals."""
    reports = list(reports)
    sum_ = total(score for report in reports for score in report.keys.values())
    document = {
        "found": round(found_share(sum_), 4),
        "wrong": round(wrong_share(sum_), 4),
        "repositories": {
            report.name: {key: asdict(score) for key, score in report.keys.items()}
            for report in reports
        },
    }
    return json.dumps(document, indent=2)


def as_text(reports: Iterable[Report]) -> str:
    """A readable report: each repository with what is wrong and missing, the keys, the totals."""
    reports, lines = list(reports), []
    for report in reports:
        lines += [_row(report.name, total(report.keys.values())), *_details(report), ""]
    lines.append("by key")
    for key in catalog_facts():
        scores = [report.keys[key] for report in reports if key in report.keys]
        if scores:
            lines.append("  " + _row(key, total(scores)))
    sum_ = total(score for report in reports for score in report.keys.values())
    return "\n".join([*lines, "", _row("total", sum_)])


def _row(name: str, score: Score) -> str:
    counts = (
        f"right {len(score.right):4}  wrong {len(score.wrong):3}  missing {len(score.missing):3}"
    )
    shares = f"found {found_share(score):6.1%}  wrong {wrong_share(score):6.1%}"
    return f"{name:45} {counts}  {shares}"


def _details(report: Report) -> list[str]:
    lines = []
    for key, score in report.keys.items():
        lines += [f"  wrong    {key}: {_shown(item)}" for item in score.wrong]
        lines += [f"  missing  {key}: {value}" for value in score.missing]
        lines += [f"  guess    {key}: {_shown(item)}" for item in score.guesses]
    return lines


def _shown(item: Found) -> str:
    return f"{item.value}  ({', '.join(item.evidence[:3])})"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 2 when there is nothing to score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, help="folder with the trees, named OWNER--NAME")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--include-held-out", action="store_true")
    parser.add_argument("--only", metavar="NAME", help="one repository, OWNER--NAME")
    given = parser.parse_args(arguments)
    try:
        corpus = chosen(include_held_out=given.include_held_out, only=given.only)
        reports = run(given.directory, corpus)
    except BadCorpus as problem:
        print(problem, file=sys.stderr)
        return 2
    print(as_json(reports) if given.json else as_text(reports))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
