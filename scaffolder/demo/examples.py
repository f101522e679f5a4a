"""The examples that ship with the tool, and the breakages that each must notice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Breakage:
    """A small patch that reproduces a production failure.

    `check` is the id that must turn red, None for a control that changes no behaviour; `message`
    must be part of its failure; `own_suite` is what the example's own tests say to it.
    """

    id: str
    what: str
    patch: Path
    check: str | None
    command: str
    message: str
    own_suite: str
    blind: bool


@dataclass(frozen=True, slots=True)
class Example:
    """A small application with a hand-written parity.yaml."""

    name: str
    folder: Path

    def breakages(self) -> list[Breakage]:
        """In the order of the example's list."""
        folder = self.folder / "breakages"
        listed = yaml.safe_load((folder / "breakages.yaml").read_text(encoding="utf-8"))
        return [
            Breakage(
                id=entry["id"],
                what=" ".join(entry["what"].split()),
                patch=folder / Path(entry["patch"]).name,
                check=entry["check"],
                command=entry.get("command") or "pr_smoke",
                message=entry.get("message") or "",
                own_suite=entry["own_suite"],
                blind=bool(entry.get("blind")),
            )
            for entry in listed
        ]


def examples() -> dict[str, Example]:
    """Name -> example, from the installed package or from the checkout."""
    packaged = PACKAGE / "data" / "examples"
    root = packaged if packaged.is_dir() else PACKAGE.parent / "examples"
    folders = sorted(path.parent for path in root.glob("*/parity.yaml"))
    return {folder.name: Example(folder.name, folder) for folder in folders}
