"""The page `docs/faults.md`, generated from the catalogue.

    python -m scaffolder.catalog.faults_document docs/faults.md

writes it; a test keeps it current.
"""

from __future__ import annotations

import sys
from pathlib import Path

from scaffolder.catalog.load_faults import KINDS, CatalogFault, faults

HEAD = """# The faults

<!-- Generated: python -m scaffolder.catalog.faults_document docs/faults.md -->

What [`parity prove`](prove.md) injects. Each stands for a way in which production differs from what
a test saw. A *silent* fault is reported to nobody: a test must turn red. A *loud* one is an error
of the server: the application must report it, write nothing, and recover without a restart.

The data is in `scaffolder/catalog/faults.yaml`. A new fault of an existing kind is an entry there
and nothing else.
"""


def text() -> str:
    """The whole page."""
    parts = [HEAD]
    for kind, title in KINDS.items():
        entries = "\n".join(_fault(one) for one in faults().values() if one.kind == kind)
        parts.append(f"## {title[0].upper()}{title[1:]}\n\n{entries}")
    return "\n".join(parts)


def _fault(fault: CatalogFault) -> str:
    modes = ", ".join(f"[{mode}](gaps.md#{mode})" for mode in fault.modes)
    alters = ""
    if "statement" in fault.details:
        alters = f"- **Injected** as `{fault.details['statement']}`\n"
    if "sql" in fault.details:
        alters = (
            f"- **Injected** as `{fault.details['sql']}` (*{', '.join(fault.details['types'])}*)\n"
        )
    if fault.kind == "clock":
        alters = f"- **Injected** as {fault.details['at']}, for every process of the run\n"
    elif "variables" in fault.details:
        given = ", ".join(f"`{name}={text}`" for name, text in fault.details["variables"].items())
        alters = f"- **Injected** as {given}\n"
    caught = (
        f"- **Caught** by {fault.details['caught_by']}\n" if "caught_by" in fault.details else ""
    )
    return f"""### {fault.id}

*{fault.what[0].upper()}{fault.what[1:]}.* Category {fault.category}, {fault.oracle}.

- **Stands for** {modes}
- **Happens by** {fault.source}
{alters}- **Active** when {fault.active}
- **Equivalent** when {fault.equivalent}
{caught}"""


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
