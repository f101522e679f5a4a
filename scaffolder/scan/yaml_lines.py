"""YAML with the line of each value; anchors, merge keys and several documents are understood.

It is built from the parser's events, because those need no recursion: a file that nests a thousand
levels deep is a note, not a crash.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

import yaml

from scaffolder.scan.tree import Tree

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_DEPTH = 60
MAX_CHARACTERS = 400_000
"""Longer files are data; nothing that describes a deployment is as long."""


class TooDeep(ValueError):
    """The document nests deeper than any that a person writes."""


@dataclass(slots=True, eq=False)
class Node:
    """A value and its line (1 is the first). A missing value is an empty node with line 0."""

    line: int = 0
    text: str | None = None
    entries: dict[str, Node] | None = None
    members: list[Node] | None = None
    plain: bool = False
    """Written without quotes."""
    block: bool = False
    """Written as a block (`|`), whose text starts in the next line."""
    merged: list[Node] = field(default_factory=list)
    """What `<<` names."""
    keys: dict[str, int] = field(default_factory=dict)
    """Line of each key."""

    def __bool__(self) -> bool:
        return self.line > 0

    @property
    def first(self) -> int:
        """The line that the text starts in."""
        return self.line + self.block

    def get(self, *path: str) -> Node:
        """A value below; the empty node where there is none."""
        node = self
        for key in path:
            node = node.items().get(key, MISSING)
        return node

    def items(self) -> dict[str, Node]:
        """Keys and values of a mapping, with those of its merge keys; else nothing."""
        if self.entries is None or not self.merged:
            return self.entries or {}
        found: dict[str, Node] = {}
        for other in reversed(_flat(self)):
            found.update(other.entries or {})
        return found

    def each(self) -> list[Node]:
        """Members of a list; a single value counts as a list of one."""
        if self.members is not None:
            return self.members
        return [self] if self.text is not None or self.entries is not None else []

    def texts(self) -> list[tuple[str, int]]:
        """Texts of a list, or the one text, with their lines."""
        return [(node.text, node.line) for node in self.each() if node.text is not None]

    def key_line(self, key: str) -> int:
        """The line of a key, or of its value where a merge brings it."""
        return self.keys.get(key) or self.get(key).line


MISSING = Node()


def _flat(node: Node) -> list[Node]:
    """A mapping and what it merges, the strongest first; each once, so a cycle ends."""
    found: list[Node] = []
    waiting = [node]
    while waiting and len(found) < 100:
        each = waiting.pop(0)
        if not any(each is other for other in found):
            found.append(each)
            waiting.extend(each.merged)
    return found


def documents(tree: Tree, path: str) -> tuple[Node, ...]:
    """The documents of a file; none, with a note, where it is no YAML."""
    text = tree.text(path)
    if text is None:
        return ()
    if len(text) > MAX_CHARACTERS:
        tree.note(path, "too long for a file of settings: not read")
        return ()
    found = _parsed(text)
    if isinstance(found, str):
        again = _parsed(_without_templates(text)) if "{{" in text or "{%" in text else found
        if isinstance(again, str):
            tree.note(path, f"no valid YAML: {found}")
            return ()
        return again
    return found


def document(tree: Tree, path: str) -> Node:
    """The first document; the empty node where there is none."""
    return next(iter(documents(tree, path)), MISSING)


@lru_cache(maxsize=256)
def _parsed(text: str) -> tuple[Node, ...] | str:
    """Documents, or why there are none."""
    try:
        return tuple(_Builder().build(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return f"line {mark.line + 1}: {error.problem}" if mark else str(error.problem)
    except (yaml.YAMLError, TooDeep, ValueError) as error:
        return " ".join(str(error).split())[:200] or type(error).__name__


def _without_templates(text: str) -> str:
    """Blank out `{% %}`, and `{{ }}` becomes a word, so that the lines stay the same."""
    text = re.sub(r"\{%.*?%\}|\{#.*?#\}", "", text)
    text = re.sub(r"(?m)^\s*\{\{-?.*-?\}\}\s*$", "", text)
    return re.sub(r"\{\{.*?\}\}", "TEMPLATE", text)


class _Builder:
    def __init__(self) -> None:
        self.roots: list[Node] = []
        self.stack: list[Node] = []
        self.waiting: list[Node | None] = []
        """For each open mapping the key that waits for its value."""
        self.anchors: dict[str, Node] = {}

    def build(self, text: str) -> list[Node]:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.ScalarEvent):
                plain, block = not event.style, event.style in ("|", ">")
                self._add(event, Node(_line(event), event.value, plain=plain, block=block))
            elif isinstance(event, yaml.AliasEvent):
                self._place(self.anchors.get(event.anchor or "", Node(_line(event))))
            elif isinstance(event, yaml.MappingStartEvent):
                self._open(event, Node(_line(event), entries={}))
            elif isinstance(event, yaml.SequenceStartEvent):
                self._open(event, Node(_line(event), members=[]))
            elif isinstance(event, yaml.CollectionEndEvent):
                self.stack.pop()
                self.waiting.pop()
            elif isinstance(event, yaml.DocumentStartEvent):
                self.anchors = {}
        return self.roots

    def _add(self, event: yaml.NodeEvent, node: Node) -> None:
        if event.anchor:
            self.anchors[event.anchor] = node
        self._place(node)

    def _open(self, event: yaml.NodeEvent, node: Node) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise TooDeep(f"line {_line(event)}: nested more than {MAX_DEPTH} levels deep")
        self._add(event, node)
        self.stack.append(node)
        self.waiting.append(None)

    def _place(self, node: Node) -> None:
        if not self.stack:
            self.roots.append(node)
            return
        parent, key = self.stack[-1], self.waiting[-1]
        if parent.members is not None:
            parent.members.append(node)
        elif parent.entries is not None and key is None:
            self.waiting[-1] = node
        elif parent.entries is not None and key is not None:
            self.waiting[-1] = None
            if key.text == "<<" and key.plain:
                parent.merged.extend(node.each())
            elif key.text is not None:
                parent.entries[key.text] = node
                parent.keys[key.text] = key.line


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
