"""The page `docs/checks.md`, generated from the catalogue.

    python -m scaffolder.catalog.document docs/checks.md

writes it; a test keeps it current.
"""

from __future__ import annotations

import sys
from pathlib import Path

from scaffolder.catalog.load import REQUIREMENTS, CatalogCheck, checks

HEAD = """# The checks

<!-- Generated: python -m scaffolder.catalog.document docs/checks.md -->

Each check is one file in `tests/parity/` with one promise about the application. `parity plan`
writes those that the spec supports into `parity.yaml`, where you can edit them. None of them
would stay green with the application deleted.

## journeys

*What an action reports is stored, and visible afterwards.* Category db-dialect, real-vs-mock. One
file for each entry of `journeys`.

A success message is no assertion. A journey logs in, does what has to come before, and remembers
the database. Then it acts, over HTTP or on the command line, and compares: the status or exit
code; each row, read by SQL on another connection, with every named column, exact (times within a
window); the number of rows before and after, so that nothing else came or went; and what the
application shows to whoever asks next. Values of an answer can be captured and used later.

Turned red by: a lost insert, a lost update, an altered value, a failure at commit, a stale read.
"""
LATER = "## Not generated yet\n"


def text() -> str:
    """The whole page."""
    ready = [check for check in checks().values() if check.generated]
    later = [check for check in checks().values() if not check.generated]
    rows = [f"- **{check.id}** ({check.tier}): {check.promise}" for check in later]
    return "\n".join([HEAD, *map(_section, ready), LATER, *rows, ""])


def _section(check: CatalogCheck) -> str:
    needs = "; ".join(REQUIREMENTS[name] for name in check.requires) or "nothing beyond the minimum"
    of = ", ".join(check.categories) or "any"
    return f"""## {check.id}

*{check.promise}* Category {of}. Tier {check.tier}, {check.budget} s.

{check.how}

Turned red by: {", ".join(check.faults)}. Needs in the spec: {needs}.
"""


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
