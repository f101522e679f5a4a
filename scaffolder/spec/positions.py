"""Read YAML into plain data that knows its line and column.

The parser is PyYAML's safe loader because Copier reads the same file with it (YAML 1.1). What
Copier would read in another way than it looks, or not survive, is refused here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from scaffolder.spec.problems import Finding, Path, Problem, quoted

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 200_000
"""Nodes after aliases are expanded: a small file of nested aliases can stand for billions."""

_READ_AS = {
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing (null)",
    "timestamp": "a date",
    "binary": "bytes",
}


@dataclass(slots=True)
class Document:
    """A parsed file: its data, and the node of every path."""

    data: Any
    root: yaml.Node
    problems: list[Problem] = field(default_factory=list)

    def problem(self, finding: Finding) -> Problem:
        """The finding with its line and column."""
        mark = self._mark(finding)
        return Problem(
            mark.line + 1, mark.column + 1, finding.text, finding.hint, finding.fixed_by_plan
        )

    def resolve(self, location: Path) -> Path:
        """The parts of a validator's location that exist in the file; the rest is its own."""
        node, path = self.root, []
        for part in location:
            pair = _child(node, part)
            if pair is not None:
                node = pair[1]
                path.append(part)
        return tuple(path)

    def scalar(self, path: Path) -> tuple[str, str] | None:
        """How a scalar is written, and what YAML takes it for; None for other nodes."""
        node = self._node(path)
        if not isinstance(node, yaml.ScalarNode):
            return None
        tag = node.tag.rsplit(":", 1)[-1]
        return node.value, _READ_AS.get(tag, "text")

    def _node(self, path: Path) -> yaml.Node:
        node = self.root
        for part in path:
            pair = _child(node, part)
            if pair is None:
                return node
            node = pair[1]
        return node

    def _mark(self, finding: Finding) -> yaml.Mark:
        if finding.path:
            parent = self._node(finding.path[:-1])
            pair = _child(parent, finding.path[-1])
            if pair is not None and finding.at == "key":
                return pair[0].start_mark
        return self._node(finding.path).start_mark


def _child(node: yaml.Node, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """Key and value node of a part of a path; the last of equal keys, as the parser has it."""
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        return (node.value[part],) * 2 if 0 <= part < len(node.value) else None
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):
            if key.value == part:
                return key, value
    return None


class _Loader(yaml.SafeLoader):
    """The safe loader; too deep a nesting is an error with a place rather than a crash."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="too deeply nested", problem_mark=mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, OverflowError) as error:
            # PyYAML lets through what `2027-13-45` or a number of 5000 digits raises.
            value = quoted(str(node.value))
            kind = _READ_AS.get(node.tag.rsplit(":", 1)[-1], "a value")
            text = f"{value} looks like {kind} and is none; quote it"
            raise yaml.MarkedYAMLError(problem=text, problem_mark=node.start_mark) from error


def read(raw: bytes) -> Document | list[Problem]:
    """Parse a file; a list of problems when there is no document to speak of."""
    if len(raw) > MAX_BYTES:
        return [Problem(1, 1, f"the file has {len(raw)} bytes, more than {MAX_BYTES}")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        line, column = _place(before)
        return [Problem(line, column, "the file is not UTF-8", "save it as UTF-8")]
    try:
        return _parse(text)
    except yaml.MarkedYAMLError as error:
        return [_marked(error)]
    except yaml.reader.ReaderError as error:
        line, column = _place(text[: error.position])
        shown = quoted(chr(error.character) if isinstance(error.character, int) else "")
        return [Problem(line, column, f"the character {shown} is not allowed in YAML")]


def _parse(text: str) -> Document | list[Problem]:
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return [Problem(1, 1, "the file is empty", "it begins with `parity: 1`")]
        if not isinstance(root, yaml.MappingNode):
            mark = root.start_mark
            text = "the file must hold a mapping"
            return [Problem(mark.line + 1, mark.column + 1, text, "it begins with `parity: 1`")]
        refused = _too_large(root)
        if refused:
            return [refused]
        problems = _keys_and_text(root)
        return Document(loader.construct_document(root), root, problems)
    finally:
        loader.dispose()


def _too_large(root: yaml.Node) -> Problem | None:
    """Count nodes as if every alias were written out; an alias inside of itself has no end."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: yaml.Node) -> int:
        if id(node) in open_nodes:
            raise yaml.MarkedYAMLError(
                problem="an alias stands inside of what it names", problem_mark=node.start_mark
            )
        if id(node) not in sizes:
            open_nodes.add(id(node))
            sizes[id(node)] = 1 + sum(size(child) for child in _children(node))
            open_nodes.remove(id(node))
        return sizes[id(node)]

    if size(root) <= MAX_NODES:
        return None
    mark = root.start_mark
    text = f"the file stands for more than {MAX_NODES} values once its aliases are expanded"
    return Problem(mark.line + 1, mark.column + 1, text)


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _keys_and_text(root: yaml.Node) -> list[Problem]:
    """Repeated keys, keys that are no text, and NUL, anywhere; keys are made text to go on."""
    problems: list[Problem] = []
    seen: set[int] = set()
    pending = [root]
    while pending:
        node = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        pending.extend(_children(node))
        if isinstance(node, yaml.MappingNode):
            problems += _key_problems(node)
        elif isinstance(node, yaml.ScalarNode) and "\0" in node.value:
            problems.append(_at(node, "NUL is not allowed, in no text"))
    return problems


def _key_problems(node: yaml.MappingNode) -> list[Problem]:
    problems = []
    lines: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            problems.append(_at(key, "a key must be text"))
            continue
        if key.tag == "tag:yaml.org,2002:merge":
            continue
        if key.tag != "tag:yaml.org,2002:str":
            kind = _READ_AS.get(key.tag.rsplit(":", 1)[-1], "something else")
            text = f"the key {quoted(key.value)} is read as {kind}"
            problems.append(_at(key, text, f'quote it: "{key.value}"'))
            key.tag = "tag:yaml.org,2002:str"
        if key.value in lines:
            text = f"the key {quoted(key.value)} stands here a second time"
            problems.append(_at(key, text, f"first in line {lines[key.value]}"))
        lines.setdefault(key.value, key.start_mark.line + 1)
    return problems


def _at(node: yaml.Node, text: str, hint: str = "") -> Problem:
    return Problem(node.start_mark.line + 1, node.start_mark.column + 1, text, hint)


def _marked(error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    text = error.problem or error.context or "this is no YAML"
    if isinstance(error, yaml.scanner.ScannerError | yaml.parser.ParserError):
        text = f"this is no YAML: {text}"
    hint = error.context if error.context and error.problem else ""
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Problem(line, column, text, hint or "")


def _place(before: str) -> tuple[int, int]:
    line = before.count("\n") + 1
    return line, len(before) - (before.rfind("\n") + 1) + 1
