"""YAML with comments: each value with its evidence, each question where its answer goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

WIDTH = 100
Path = tuple[str | int, ...]


@dataclass(slots=True)
class Comments:
    """Remarks about the entries of a document, by their path (`("app", "start")`)."""

    beside: dict[Path, str] = field(default_factory=dict)
    """At the end of the entry's line."""
    above: dict[Path, list[str]] = field(default_factory=dict)
    """Lines above it; a path of a missing entry puts them at the end of its mapping."""

    def add(self, path: Path, *lines: str) -> None:
        """Lines above an entry, after those that stand there."""
        self.above.setdefault(path, []).extend(lines)

    def about(self, path: Path) -> bool:
        """Whether there is a remark about something inside of an entry."""
        length = len(path)
        return any(
            len(other) > length and other[:length] == path
            for remarks in (self.beside, self.above)
            for other in remarks
        )


def emit(data: Mapping[str, Any], comments: Comments) -> str:
    """The document as text; `yaml.safe_load` of it gives `data` again."""
    lines: list[str] = []
    for key, value in data.items():
        if lines and isinstance(value, dict | list):
            lines.append("")
        lines += _above(comments, (key,), "")
        lines += _entry(key, value, (key,), "", comments)
    lines += [line for path, own in comments.above.items() if path == () for line in _hash(own, "")]
    return "\n".join(lines) + "\n"


def _entry(key: str, value: Any, path: Path, indent: str, comments: Comments) -> list[str]:
    """Lines of `key: value`."""
    name = _scalar(key)
    flow = _flow(value)
    beside = comments.beside.get(path, "")
    fits = len(indent) + len(name) + 2 + len(flow) <= WIDTH
    if not isinstance(value, dict | list) or not value:
        return [_with(f"{indent}{name}: {flow}", beside)]
    if fits and len(path) > 1 and not comments.about(path) and not _holds_entries(value):
        return [_with(f"{indent}{name}: {flow}", beside)]
    head = _with(f"{indent}{name}:", beside)
    if isinstance(value, list):
        return [head, *_items(value, path, indent + "  ", comments)]
    return [head, *_mapping(value, path, indent + "  ", comments)]


def _mapping(value: dict[str, Any], path: Path, indent: str, comments: Comments) -> list[str]:
    lines: list[str] = []
    for key, item in value.items():
        lines += _above(comments, (*path, key), indent)
        lines += _entry(key, item, (*path, key), indent, comments)
    for other, own in comments.above.items():
        if other[:-1] == path and other[-1] not in value:
            lines += _hash(own, indent)
    return lines


def _items(value: list[Any], path: Path, indent: str, comments: Comments) -> list[str]:
    lines: list[str] = []
    for index, item in enumerate(value):
        own = (*path, index)
        lines += _above(comments, own, indent)
        flow = _flow(item)
        plain = not isinstance(item, dict) or not item
        short = len(indent) + 2 + len(flow) <= WIDTH and not comments.about(own)
        if plain or (short and not ("id" in item and len(path) == 1)):
            lines.append(_with(f"{indent}- {flow}", comments.beside.get(own, "")))
            continue
        block = _mapping(item, own, indent + "  ", comments)
        first = next(i for i, line in enumerate(block) if not line.lstrip().startswith("#"))
        block[first] = f"{indent}- {block[first].lstrip()}"
        lines += block
    return lines


def _holds_entries(value: Any) -> bool:
    """A list of mappings is easier to read, and to edit, with a line for each."""
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _above(comments: Comments, path: Path, indent: str) -> list[str]:
    return _hash(comments.above.get(path, []), indent)


def _hash(lines: list[str], indent: str) -> list[str]:
    return [f"{indent}# {line}".rstrip() for text in lines for line in text.splitlines() or [""]]


def _with(line: str, beside: str) -> str:
    if not beside:
        return line
    return f"{line:<34} # {beside}" if len(line) < 34 else f"{line}  # {beside}"


def _scalar(value: Any) -> str:
    return _flow(value)


class _Dumper(yaml.SafeDumper):
    """One line for everything: what does not print, and line ends, are escaped; no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = None if value.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def _flow(value: Any) -> str:
    text = yaml.dump(
        value,
        Dumper=_Dumper,
        default_flow_style=True,
        allow_unicode=True,
        width=10**9,
        sort_keys=False,
    )
    return text.removesuffix("\n").removesuffix("\n...")
