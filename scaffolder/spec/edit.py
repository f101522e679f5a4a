"""Edits of `parity.yaml` that leave everything else as it is.

Only the text of the entries that change is touched: an entry is cut out by its position, edited
with ruamel.yaml (which keeps its comments, quotes and order) and put back. The rest of the file,
whatever its indentation or line ends, stays byte for byte. What PyYAML reads from the result is
compared with what was meant before anything is returned.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from scaffolder.errors import BadInput
from scaffolder.spec.entries import Place, edited, emitted, put


@dataclass(frozen=True, slots=True)
class Change:
    """Set keys of the entry with this id; a value of None removes the key."""

    section: str
    id: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Put:
    """Set what stands deeper in the entry with this id: `("stored", 0, "values", "note")`.

    Mappings on the way are made if need be; the length of a list as the last part appends.
    """

    section: str
    id: str
    place: Place
    value: Any


@dataclass(frozen=True, slots=True)
class Add:
    """A new entry at the end of a section, which is made if need be."""

    section: str
    entry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Remove:
    """Take the entry with this id out."""

    section: str
    id: str


Edit = Change | Put | Add | Remove
_Splice = tuple[int, int, str]


class EditError(BadInput):
    """The file is written in a way that can't be edited; the text says what to do by hand."""


def apply(raw: bytes, edits: Sequence[Edit]) -> bytes:
    """The file with all edits; raises EditError when the result would not read as meant.

    `raw` must be a valid spec. At most one Remove for an entry; others are made in their order.
    """
    mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    text = raw.decode("utf-8-sig")
    windows = "\r\n" in text and text.count("\r\n") == text.count("\n")
    text = text.replace("\r\n", "\n") if windows else text
    result = _applied(text, edits) if edits else text
    _verify(text, result, edits)
    return mark + (result.replace("\n", "\r\n") if windows else result).encode("utf-8")


def _applied(text: str, edits: Sequence[Edit]) -> str:
    if not text.endswith("\n"):
        text += "\n"
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise EditError("parity.yaml is one {...}: write it in lines to have it edited")
    splices: list[_Splice] = []
    tail = ""
    for section in dict.fromkeys(edit.section for edit in edits):
        own = [edit for edit in edits if edit.section == section]
        pair = next((pair for pair in root.value if pair[0].value == section), None)
        if pair is None:
            entries = emitted([e.entry for e in own if isinstance(e, Add)], 2, None)
            tail += f"\n{section}:\n{entries}"
        elif pair[1].flow_style:
            splices += _flow(text, pair, own)
        else:
            splices += _block(text, pair, own)
    for start, end, new in sorted(splices, key=lambda splice: splice[:2], reverse=True):
        text = text[:start] + new + text[end:]
    return text + tail


def _block(text: str, pair: tuple[yaml.Node, yaml.Node], edits: Sequence[Edit]) -> list[_Splice]:
    """Splices for a section that is written with dashes."""
    key, section = pair
    changes, removed, added = _sorted(edits)
    splices: list[_Splice] = []
    left = 0
    for item in section.value:
        start, end = item.start_mark.index, _end(text, item)
        name = _id(item)
        if name in removed:
            dash = text.rindex("\n", 0, start) + 1
            splices.append((dash, _next_line(text, end), ""))
            continue
        left += 1
        if name in changes:
            splices.append((start, end, edited(text[start:end], _column(item), changes[name])))
    last = section.value[-1]
    indent = text.rindex("-", 0, last.start_mark.index) - (
        text.rindex("\n", 0, last.start_mark.index) + 1
    )
    lines = emitted(added, indent, last.flow_style)
    if _is_spaced(text, section):
        lines = "".join("\n" + emitted([one], indent, last.flow_style) for one in added)
    if lines:
        place = _next_line(text, _end(text, last))
        splices.append((place, place, lines))
    elif not left:
        colon = text.index(":", key.end_mark.index) + 1
        splices.append((colon, colon, " []"))
    return splices


def _flow(text: str, pair: tuple[yaml.Node, yaml.Node], edits: Sequence[Edit]) -> list[_Splice]:
    """Splices for a section that is written in brackets; an empty one gets dashes."""
    _, section = pair
    changes, removed, added = _sorted(edits)
    start, end = section.start_mark.index, section.end_mark.index
    if not section.value:
        place = _next_line(text, end)
        lines = emitted(added, 2, None)
        blank = start - 1 if text[start - 1] == " " else start
        return [(blank, end, ""), (place, place, lines)]
    items = [
        edited(text[i.start_mark.index : i.end_mark.index], 0, changes.get(_id(i), []))
        for i in section.value
        if _id(i) not in removed
    ]
    items += [emitted([entry], 0, True).strip().removeprefix("- ") for entry in added]
    return [(start, end, "[" + ", ".join(items) + "]")]


def _sorted(
    edits: Sequence[Edit],
) -> tuple[dict[str, list[tuple[Place, Any]]], set[str], list[dict[str, Any]]]:
    changes: dict[str, list[tuple[Place, Any]]] = {}
    for edit in edits:
        if isinstance(edit, Change):
            changes.setdefault(edit.id, []).extend(((k,), v) for k, v in edit.values.items())
        elif isinstance(edit, Put):
            changes.setdefault(edit.id, []).append((edit.place, edit.value))
    removed = {edit.id for edit in edits if isinstance(edit, Remove)}
    return changes, removed, [edit.entry for edit in edits if isinstance(edit, Add)]


def _id(item: yaml.Node) -> str:
    pairs = item.value if isinstance(item, yaml.MappingNode) else []
    return next((str(value.value) for key, value in pairs if key.value == "id"), "")


def _column(item: yaml.Node) -> int:
    return int(item.start_mark.column)


def _end(text: str, item: yaml.Node) -> int:
    """Where the text of an entry ends; PyYAML's own mark runs on to the next token."""
    end = item.end_mark.index
    if getattr(item, "flow_style", True):
        return int(end)
    lines = text[item.start_mark.index : end].split("\n")
    while len(lines) > 1 and lines[-1].strip() in ("", "-"):
        lines.pop()
    # Comments below the entry belong to whatever follows, unless they are indented like its keys.
    while len(lines) > 1 and _foreign(lines[-1], _column(item)):
        lines.pop()
        while len(lines) > 1 and not lines[-1].strip():
            lines.pop()
    return int(item.start_mark.index) + len("\n".join(lines))


def _foreign(line: str, column: int) -> bool:
    stripped = line.lstrip()
    return stripped.startswith("#") and len(line) - len(stripped) < column


def _is_spaced(text: str, section: yaml.Node) -> bool:
    """Whether a blank line stands before each entry but the first."""
    items = section.value[1:]
    before = [text[: text.rindex("\n", 0, item.start_mark.index) + 1] for item in items]
    return bool(items) and all(one.endswith("\n\n") for one in before)


def _next_line(text: str, place: int) -> int:
    return text.index("\n", place) + 1


def _verify(before: str, after: str, edits: Sequence[Edit]) -> None:
    expected = _meant(yaml.safe_load(before), edits)
    try:
        actual = yaml.safe_load(after)
    except yaml.YAMLError as error:
        raise EditError(_by_hand(edits)) from error
    if actual != expected:
        raise EditError(_by_hand(edits))


def _meant(data: dict[str, Any], edits: Sequence[Edit]) -> dict[str, Any]:
    data = copy.deepcopy(data)
    for edit in edits:
        entries = data.setdefault(edit.section, [])
        if isinstance(edit, Add):
            entries.append(edit.entry)
        elif isinstance(edit, Remove):
            data[edit.section] = [entry for entry in entries if entry.get("id") != edit.id]
        elif isinstance(edit, Put):
            for entry in entries:
                if entry.get("id") == edit.id:
                    put(entry, edit.place, copy.deepcopy(edit.value))
        else:
            for index, entry in enumerate(entries):
                if entry.get("id") == edit.id:
                    merged = {**entry, **edit.values}
                    entries[index] = {k: v for k, v in merged.items() if v is not None}
    return data


def _by_hand(edits: Sequence[Edit]) -> str:
    lines = "\n".join(f"  {edit}" for edit in edits)
    return f"parity.yaml can't be edited without harm (an alias?); please do it by hand:\n{lines}"
