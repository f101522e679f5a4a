"""The text of one entry of a section, edited or made with ruamel.yaml."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from scaffolder.errors import BadInput

Place = tuple[str | int, ...]
WIDTH = 130
"""Columns up to which new entries stand in one line each."""
SHORT = 100
"""Of a mapping inside of an entry, in braces."""


def edited(entry: str, column: int, values: Sequence[tuple[Place, Any]]) -> str:
    """The entry, which begins in `column`, with these places set; None removes a key."""
    if not values:
        return entry
    printer = _printer(entry)
    try:
        mapping = printer.load(_dedent(entry, column))
    except YAMLError as error:
        message = (
            f"this entry can't be edited by itself (an alias?), please do it by hand:\n{entry}"
        )
        raise BadInput(message) from error
    for place, value in values:
        if len(place) > 1:
            put(mapping, place, _node(value))
        elif value is None:
            mapping.pop(place[0], None)
        elif mapping.get(place[0]) != value:
            mapping[place[0]] = _node(value)
    return _without_blanks(_indent(_dump(printer, mapping), column), entry)


def put(entry: Any, place: Place, value: Any) -> None:
    """Set a value in place: see edit.Put. Raises BadInput where there is no such place."""
    *parents, last = place
    target = entry
    try:
        for part, following in zip(parents, place[1:], strict=True):
            if isinstance(target, dict) and target.get(part) is None:
                target[part] = CommentedSeq() if isinstance(following, int) else CommentedMap()
            target = target[part]
        if isinstance(target, list) and last == len(target):
            target.append(value)
        else:
            target[last] = value
    except (TypeError, IndexError, KeyError):
        where = ".".join(map(str, place))
        raise BadInput(f"there is no {where} in this entry:\n{entry}") from None


def _without_blanks(new: str, old: str) -> str:
    """ruamel.yaml leaves a blank where it folds a text; lines that were there stay as they are."""
    known = set(old.split("\n"))
    return "\n".join(line if line in known else line.rstrip(" ") for line in new.split("\n"))


def emitted(entries: list[dict[str, Any]], indent: int, flow: bool | None) -> str:
    """New entries as lines of a block sequence whose dashes stand in column `indent`.

    `flow`: in braces (True), one key a line (False), or in braces where all fit so (None).
    """
    lines = [_emitted(entry, indent, True) for entry in entries]
    if flow or (flow is None and all(len(line) <= WIDTH for line in lines)):
        return "".join(lines)
    return "".join(_emitted(entry, indent, False) for entry in entries)


def _emitted(entry: dict[str, Any], indent: int, flow: bool) -> str:
    mapping = CommentedMap((key, _node(value)) for key, value in entry.items())
    printer = _printer("")
    if flow:
        mapping.fa.set_flow_style()
        printer.width = 1_000_000
        return " " * indent + "- " + _dump(printer, mapping) + "\n"
    printer.width = WIDTH - indent
    text = _without_blanks(_indent(_dump(printer, mapping), indent + 2), "")
    return " " * indent + "- " + text + "\n"


def _printer(entry: str) -> YAML:
    printer = YAML()
    printer.preserve_quotes = True
    longest = max((len(line) for line in entry.split("\n")), default=0)
    # What stands in braces in one line stays in one line; else the lines stay about as long.
    one_line = entry.startswith("{") and "\n" not in entry
    printer.width = 1_000_000 if one_line else max(WIDTH, longest + 20)
    printer.allow_unicode = True
    printer.representer.add_representer(type(None), _null)
    offset = _dash_offset(entry)
    printer.indent(mapping=2, sequence=offset + 2, offset=offset)
    return printer


def _null(representer: Any, _: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _dash_offset(entry: str) -> int:
    """How far the dashes of nested lists are indented in this entry."""
    lines = entry.split("\n")
    for above, line in pairwise(lines):
        if line.lstrip().startswith("- ") and above.split(" #")[0].rstrip().endswith(":"):
            offset = _margin(line) - _margin(above)
            # The first line of the entry has lost its margin.
            return offset if above is not lines[0] and offset >= 0 else 2
    return 2


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip())


def _dedent(entry: str, column: int) -> str:
    first, *rest = entry.split("\n")
    return "\n".join([first, *(line[min(column, _margin(line)) :] for line in rest)]) + "\n"


def _indent(entry: str, column: int) -> str:
    first, *rest = entry.split("\n")
    return "\n".join([first, *(" " * column + line if line.strip() else line for line in rest)])


def _dump(printer: YAML, mapping: CommentedMap) -> str:
    stream = io.StringIO()
    printer.dump(mapping, stream)
    return stream.getvalue().rstrip("\n")


def _node(value: Any) -> Any:
    """The value such that PyYAML, too, reads it as it is: YAML 1.1 has more that is no text."""
    if isinstance(value, list):
        nodes = CommentedSeq(_node(item) for item in value)
        if not any(isinstance(item, dict) for item in value):
            nodes.fa.set_flow_style()
        return nodes
    if isinstance(value, dict):
        keys = CommentedMap((_node(key), _node(item)) for key, item in value.items())
        if len(str(value)) <= SHORT:
            keys.fa.set_flow_style()
        return keys
    if isinstance(value, str) and not _is_plain(value):
        return DoubleQuotedScalarString(value)
    return value


def _is_plain(value: str) -> bool:
    try:
        return bool(yaml.safe_load(value) == value)
    except (yaml.YAMLError, ValueError):
        return False
