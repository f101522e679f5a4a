"""What could not be found, or is contradicted, and where the answer goes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """An open question. `place` is the dotted path in parity.yaml that the answer belongs to.

    waits: checks that can do nothing, or less, without an answer. candidates: what was found.
    assumed: what the draft goes on with meanwhile; empty when it goes on without.
    """

    place: str
    asks: str
    waits: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    assumed: str = ""

    def lines(self) -> list[str]:
        """The question as comment lines, to stand at its place."""
        text = [f"QUESTION: {self.asks}"]
        if self.assumed:
            text.append(f"  assumed until answered: {self.assumed}")
        if self.candidates:
            text.append("  found: " + "; ".join(self.candidates))
        if self.waits:
            text.append("  waits for it: " + ", ".join(self.waits))
        return text
