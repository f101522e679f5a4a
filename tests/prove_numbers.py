"""Put results of `parity prove --json` into docs/prove.md.

    python tests/prove_numbers.py "fastapi-shop, the harness=shop.json" ...

replaces the table between the marks of the page.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "prove.md"
BEGIN = "<!-- generated: python tests/prove_numbers.py -->\n"
END = "<!-- end -->"
HEAD = """
The examples. *Reached*: it altered something, and is no equivalent. *Loud*: actions whose failing
statement the application reported, after which it had written nothing, and recovered.
*Ratio*: seconds of the runs with a fault armed, over those of the same tests without.

"""
COLUMNS: tuple[str, ...] = (
    "target",
    "reached",
    "caught by assertion",
    "by error",
    "survived",
)
COLUMNS += ("equivalent", "no effect", "not reached", "void", "loud", "ratio")
CAUGHT = ("caught-assertion", "caught-error")
MISSED = ("survived", "harness-only")
VOID = ("inactive", "baseline-red", "timeout")


def row(name: str, document: dict[str, Any]) -> str:
    """One line of the table."""
    faults = document["faults"]
    loud = [one for one in faults if one.get("oracle") == "the application"]
    loud = [one for one in loud if one["verdict"] in (*CAUGHT, *MISSED)]
    handled = sum(one["verdict"] in CAUGHT for one in loud)
    faults = [one for one in faults if one.get("oracle") != "the application"]
    different = [one for one in faults if not one["equivalent"]]
    counts = [
        sum(one["verdict"] in (*CAUGHT, *MISSED) for one in different),
        *(sum(one["verdict"] == verdict for one in different) for verdict in CAUGHT),
        sum(one["verdict"] in MISSED for one in different),
        len(faults) - len(different),
        *(sum(one["verdict"] == name for one in faults) for name in ("no-effect", "not-reached")),
        sum(one["verdict"] in VOID for one in faults),
    ]
    told = f"{handled} of {len(loud)}" if loud else "-"
    return f"| {name} | {' | '.join(map(str, counts))} | {told} | {ratio(faults)} |"


def ratio(faults: Sequence[dict[str, Any]]) -> str:
    """What arming costs, over all faults that ran; a dash where tests run in other processes."""
    ran = [one for one in faults if one["expected_seconds"] and one["target"] == "harness"]
    if not ran:
        return "-"
    seconds = sum(one["seconds"] for one in ran)
    return f"{seconds / sum(one['expected_seconds'] for one in ran):.2f}"


def missed(name: str, document: dict[str, Any]) -> Iterator[str]:
    """The survivors by name."""
    found = [
        one["id"]
        for one in document["faults"]
        if one["verdict"] in MISSED and not one["equivalent"]
    ]
    if found:
        yield f"- {name}: {', '.join(f'`{one}`' for one in found)}"


def main(arguments: Sequence[str]) -> None:
    """`NAME=FILE` each."""
    documents = {}
    for argument in arguments:
        name, _, file = argument.rpartition("=")
        documents[name] = json.loads(Path(file).read_text(encoding="utf-8"))
    head = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|\n"
    table = HEAD + head + "\n".join(row(*one) for one in documents.items())
    survivors = [line for one in documents.items() for line in missed(*one)]
    told = "\n\nSurvivors:\n\n" + "\n".join(survivors) if survivors else ""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}{table}{told}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
