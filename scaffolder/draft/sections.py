"""A part of the draft: its values, remarks on them, and what is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from scaffolder.draft.commands import simple, with_manage
from scaffolder.draft.emit import Comments, Path
from scaffolder.draft.questions import Question
from scaffolder.scan.facts import Contradiction, Fact, Facts
from scaffolder.scan.scan import Scan
from scaffolder.scan.tree import relative

SHOWN = 2
"""How many places of evidence stand beside a value."""


@dataclass(slots=True)
class Sections:
    """The growing draft: `data` as parity.yaml will have it, remarks, questions."""

    scan: Scan
    data: dict[str, Any] = field(default_factory=dict)
    comments: Comments = field(default_factory=Comments)
    questions: list[Question] = field(default_factory=list)

    @property
    def facts(self) -> Facts:
        """All facts of the scan."""
        return self.scan.facts

    def read(self, path: str) -> str | None:
        """The text of a file of the repository."""
        return self.scan.tree.text(path)

    @property
    def manage(self) -> str:
        """Django's manage.py from the folder that the application runs in; "" where none is."""
        tree = self.scan.tree
        directory = self.facts.value("app.directory") or "."
        found = [relative(path, directory) for path in tree.named("manage.py", below=directory)]
        return found[0] if len(found) == 1 else "manage.py" if "manage.py" in found else ""

    def command(self, found: str) -> str | None:
        """A command as the harness runs it: without a shell, and from the application's folder."""
        command = simple(found)
        changes = command is None or command.startswith("sh -c ")
        return command if changes or not self.manage else with_manage(command or "", self.manage)

    def put(self, path: Path, value: Any, fact: Fact | Iterable[Fact] | None = None) -> None:
        """Set a value, with the evidence beside it."""
        self._holder(path)[str(path[-1])] = value
        facts = [fact] if isinstance(fact, Fact) else list(fact or [])
        if facts:
            self.remark(path, evidence(facts))

    def remark(self, path: Path, text: str) -> None:
        """A remark beside an entry, after what stands there."""
        before = self.comments.beside.get(path)
        self.comments.beside[path] = f"{before}; {text}" if before else text

    def ask(self, question: Question) -> None:
        """A question, and its lines above its place."""
        self.questions.append(question)
        self.comments.add(tuple(question.place.split(".")), *question.lines())

    def contradicted(self, key: str) -> Contradiction | None:
        """What contradicts the chosen value of a key."""
        return next((each for each in self.facts.contradictions() if each.key == key), None)

    def _holder(self, path: Path) -> dict[str, Any]:
        holder = self.data
        for key in path[:-1]:
            holder = holder.setdefault(str(key), {})
        return holder


def evidence(facts: Iterable[Fact]) -> str:
    """`compose.yaml:7, Dockerfile:1`; how sure it is where that is not certain."""
    found = list(facts)
    places = list(dict.fromkeys(str(place) for fact in found for place in fact.evidence))
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    text = ", ".join(places[:SHOWN]) + more
    sure = {fact.confidence for fact in found}
    if sure and sure <= {"likely", "guess"}:
        text += " (likely)" if "likely" in sure else " (a guess)"
    return text


def contradiction_text(found: Contradiction) -> str:
    """`compose.yaml:7 says 16; .github/workflows/test.yml:12 says 14`."""
    facts = (found.chosen, *found.others)
    return "; ".join(f"{fact.evidence[0]} says {fact.value}" for fact in facts if fact.evidence)
