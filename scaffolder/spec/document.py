"""The reference `docs/spec.md`, generated from the JSON Schema and the catalogue.

    python -m scaffolder.spec.document docs/spec.md

writes it; a test keeps it current.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from scaffolder.catalog.load import REQUIREMENTS, CatalogCheck, categories, checks
from scaffolder.spec.grammar import KINDS
from scaffolder.spec.schema import schema

_HEAD = """\
# Reference of `parity.yaml`

<!-- Generated: python -m scaffolder.spec.document docs/spec.md -->

The file is YAML 1.1, as Copier reads it: `on`, `no`, `3.10` and `12:30` are no text until they are
quoted. `parity validate` names every problem with line and column; `parity schema` prints the JSON
Schema for editors. A key is optional unless it says **required**.
"""


def text() -> str:
    """The whole document."""
    document = schema()
    sections = [_HEAD, _table("The file", document)]
    for name, definition in _in_order(document):
        sections.append(_table(name, definition))
    return "\n".join([*sections, _names(), _categories(), _checks()])


def _in_order(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Definitions in the order in which the file mentions them."""
    found: dict[str, dict[str, Any]] = {}
    pending = [document]
    while pending:
        current = pending.pop(0)
        for name in _references(current.get("properties", {})):
            if name not in found:
                found[name] = document["$defs"][name]
                pending.append(found[name])
    return list(found.items())


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"].rsplit("/", 1)[-1]] if isinstance(value.get("$ref"), str) else []
        return own + [name for item in value.values() for name in _references(item)]
    if isinstance(value, list):
        return [name for item in value for name in _references(item)]
    return []


def _table(name: str, definition: dict[str, Any]) -> str:
    required = definition.get("required", [])
    lines = [f"## {name}", "", definition.get("description", ""), ""]
    lines += ["| key | value | default | meaning |", "|---|---|---|---|"]
    for key, value in definition["properties"].items():
        default = "**required**" if key in required else _default(value)
        meaning = value.get("description", "")
        lines.append(f"| `{key}` | {_kind(value)} | {default} | {meaning} |")
    return "\n".join(lines) + "\n"


def _default(value: dict[str, Any]) -> str:
    default = value.get("default")
    if default in (None, "", [], {}):
        return ""
    if isinstance(default, dict):
        return ""
    if isinstance(default, list):
        return f"`[{', '.join(str(item) for item in default)}]`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _kind(value: dict[str, Any]) -> str:
    """What may stand there, in words."""
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    members = value.get("anyOf") or value.get("oneOf")
    if members:
        kinds = [_kind(member) for member in members if member.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in value:
        return ", ".join(f"`{item}`" for item in value["enum"])
    if "const" in value:
        return f"`{str(value['const']).lower()}`"
    return _by_type(value)


def _by_type(value: dict[str, Any]) -> str:
    kind = value.get("type")
    if kind == "array":
        return f"list of {_kind(value['items'])}"
    if kind == "object":
        items = value.get("additionalProperties")
        patterns = list(value.get("patternProperties", {}).values())
        inner = patterns[0] if patterns else items
        return f"mapping of {_kind(inner)}" if isinstance(inner, dict) else "mapping"
    if "pattern" in value:
        return f"[{str(value['title']).lower()}](#names)"
    words = {"string": "text", "integer": "number", "boolean": "true or false"}
    return words.get(str(kind), "anything")


def _names() -> str:
    lines = ["## Names", "", "Whatever does not match is refused.", "", "| kind | form | pattern |"]
    lines.append("|---|---|---|")
    for kind in KINDS:
        pattern = kind.pattern.replace("|", "\\|")
        lines.append(f"| {kind.name.lower()} | {kind.wanted} | `{pattern}` |")
    return "\n".join(lines) + "\n"


def _categories() -> str:
    lines = ["## Categories of gaps", "", "| category | meaning |", "|---|---|"]
    lines += [f"| `{c.id}` | {c.description} |" for c in categories().values()]
    return "\n".join(lines) + "\n"


def _checks() -> str:
    lines = [
        "## Checks",
        "",
        "`parity plan` chooses them by the categories of the gaps, where the spec has their needs.",
        "",
        "| id | categories | tier | budget | promise | needs | turns red by |",
        "|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *(_row(check) for check in checks().values())]) + "\n"


def _row(check: CatalogCheck) -> str:
    cells = (
        f"`{check.id}`" + ("" if check.generated else " (not generated yet)"),
        ", ".join(check.categories) or "any",
        check.tier,
        f"{check.budget}s",
        check.promise,
        ", ".join(REQUIREMENTS[name] for name in check.requires),
        ", ".join(check.faults),
    )
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
