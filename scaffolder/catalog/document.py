"""The page `docs/checks.md`, generated from the catalogue.

    python -m scaffolder.catalog.document docs/checks.md

writes it; a test keeps it current.
"""

from __future__ import annotations

import sys
from pathlib import Path

from scaffolder.catalog.load import REQUIREMENTS, CatalogCheck, checks, journey_check

HEAD = """# The checks

<!-- Generated: python -m scaffolder.catalog.document docs/checks.md -->

Each check is one file in `tests/parity/` with one promise about the application; each journey of
`parity.yaml` is a check, too. The first lines of the file name what turns it red. `parity plan`
writes those that the spec supports into `parity.yaml`, where you can edit them. None of them
would stay green with the application deleted.
"""
LATER = "## Not generated yet\n"


def text() -> str:
    """The whole page."""
    ready = [journey_check(), *(check for check in checks().values() if check.generated)]
    later = [check for check in checks().values() if not check.generated]
    rows = [f"- **{check.id}** ({check.tier}): {check.promise}" for check in later]
    return "\n".join([HEAD, *map(_section, ready), LATER, *rows, ""])


def _section(check: CatalogCheck) -> str:
    needs = "; ".join(REQUIREMENTS[name] for name in check.requires) or "nothing beyond the minimum"
    of = ", ".join(check.categories) or "any"
    injected = ", ".join(f"[{name}](faults.md#{name})" for name in check.proves)
    proven = f" Proven by `parity prove` with {injected}." if injected else ""
    return f"""## {check.id}

*{check.promise}* Category {of}. Tier {check.tier}, {check.budget} s.

{check.how}

Turned red by: {"; ".join(check.faults)}.{proven} Needs in the spec: {needs}.
"""


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
