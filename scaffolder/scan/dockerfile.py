"""Dockerfiles: instructions with their lines, stages, and the variables that reach them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from scaffolder.scan.shell_words import expand, unquoted, word_set

_INSTRUCTION = re.compile(r"[ \t]*([A-Za-z]+)(?:[ \t]+|(?=\\?\s*$))")
_HEREDOC = re.compile(r"<<(-?)[ \t]*([\"']?)([A-Za-z_]\w*)\2")
_FLAG = re.compile(r"\s*--([a-z][a-z-]*)(?:=(\S+))?(?=\s|$)")
_FROM = re.compile(r"(\S+)(?:\s+as\s+(\S+))?", re.IGNORECASE)
_PAIR = re.compile(r"""([\w.-]+)=((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])*)""", re.DOTALL)
_KNOWN = word_set(
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL"
    " STOPSIGNAL USER VOLUME WORKDIR"
)
MAX_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction. `rest` keeps its line breaks, so that a line of it can be told."""

    name: str
    line: int
    rest: str
    flags: tuple[tuple[str, str], ...] = ()
    heredocs: tuple[tuple[str, int], ...] = ()
    """Texts that follow with `<<EOF`, each with its first line."""

    @property
    def exec_form(self) -> list[str] | None:
        """The words of a JSON list; None where it is the shell form."""
        text = self.rest.strip().replace("\\\n", " ")
        if not text.startswith("["):
            return None
        try:
            words = json.loads(text)
        except (ValueError, RecursionError):
            return None
        good = isinstance(words, list) and all(isinstance(word, str) for word in words)
        return words if good else None

    @property
    def words(self) -> list[str]:
        """Words between blanks, for instructions that name paths."""
        return self.exec_form or [unquoted(word) for word in self.rest.replace("\\\n", " ").split()]


@dataclass(slots=True, eq=False)
class Stage:
    """From a FROM to the next. `parent`: the stage of this file that it builds on."""

    index: int
    base: str
    name: str
    line: int
    parent: Stage | None
    written: str
    """The text of FROM as it is written."""
    instructions: list[Instruction] = field(default_factory=list)
    env: dict[str, tuple[str, int]] = field(default_factory=dict)
    """ENV, inherited too, with the line."""
    variables: dict[str, str] = field(default_factory=dict)
    """ENV and ARG with their defaults."""

    def chain(self) -> Iterator[Stage]:
        """The stages that make this one, from the first to itself."""
        if self.parent is not None:
            yield from self.parent.chain()
        yield self

    @property
    def root(self) -> Stage:
        """The stage whose base is an image."""
        return next(self.chain())

    def last(self, name: str) -> Instruction | None:
        """The instruction of this kind that counts."""
        found = None
        for stage in self.chain():
            for each in stage.instructions:
                found = each if each.name == name else found
        return found

    def startup(self) -> tuple[Instruction | None, Instruction | None]:
        """ENTRYPOINT and CMD: an ENTRYPOINT of a later stage undoes an inherited CMD."""
        entry = command = None
        for stage in self.chain():
            own = [each for each in stage.instructions if each.name in ("ENTRYPOINT", "CMD")]
            if any(each.name == "ENTRYPOINT" for each in own):
                command = None
            for each in own:
                entry = each if each.name == "ENTRYPOINT" else entry
                command = each if each.name == "CMD" else command
        return entry, command


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A parsed Dockerfile; without FROM it has no stage."""

    stages: tuple[Stage, ...]

    def stage(self, name: str) -> Stage | None:
        """A stage by its name or number."""
        for stage in self.stages:
            if stage.name.lower() == name.lower() or str(stage.index) == name:
                return stage
        return None

    def sources(self, last: Stage) -> list[Stage]:
        """Stages whose files end in `last`: its chain, and what it copies from, in order."""
        wanted: list[Stage] = []
        waiting = [last]
        while waiting:
            stage = waiting.pop()
            if stage in wanted:
                continue
            wanted.append(stage)
            if stage.parent is not None:
                waiting.append(stage.parent)
            for each in stage.instructions:
                for key, value in each.flags:
                    origin = value.partition("from=")[2].split(",")[0] if key == "mount" else value
                    found = self.stage(origin) if key in ("from", "mount") and origin else None
                    if found is not None and found.index < stage.index:
                        waiting.append(found)
        return sorted(wanted, key=lambda stage: stage.index)


@lru_cache(maxsize=64)
def parse(text: str) -> Dockerfile:
    """Read a Dockerfile; whatever is no instruction is passed over."""
    stages: list[Stage] = []
    known: dict[str, str] = {}
    for each in instructions(text[:MAX_CHARACTERS]):
        if each.name == "FROM":
            found = _FROM.match(each.rest.strip())
            if found:
                stages.append(_stage(found, each, stages, known))
        elif not stages:
            known.update(_arguments(each, known) if each.name == "ARG" else {})
        else:
            _into(stages[-1], each, known)
    return Dockerfile(tuple(stages))


def _stage(
    found: re.Match[str], each: Instruction, before: list[Stage], known: dict[str, str]
) -> Stage:
    base = expand(unquoted(found[1]), known)
    named = {stage.name.lower(): stage for stage in before if stage.name}
    parent = named.get(base.lower())
    stage = Stage(len(before), base, found[2] or "", each.line, parent, found[1])
    if parent is not None:
        stage.env.update(parent.env)
        stage.variables.update({name: value for name, (value, _) in parent.env.items()})
    return stage


def _into(stage: Stage, each: Instruction, known: dict[str, str]) -> None:
    stage.instructions.append(each)
    if each.name == "ARG":
        for name, value in _arguments(each, stage.variables).items():
            if name not in stage.env:
                stage.variables[name] = value
        for name in each.words:
            if name in known and name not in stage.variables:
                stage.variables[name] = known[name]
    elif each.name == "ENV":
        found = {}
        for name, value, line in _pairs(each):
            found[name] = (expand(value, stage.variables), line)
        stage.env.update(found)
        stage.variables.update({name: value for name, (value, _) in found.items()})


def _arguments(each: Instruction, known: dict[str, str]) -> dict[str, str]:
    return {name: expand(value, known) for name, value, _ in _pairs(each)}


def _pairs(each: Instruction) -> list[tuple[str, str, int]]:
    """`A=1 B="x y"`, or the old `ENV A some words`."""
    text = each.rest
    first = text.split(None, 1)
    if each.name == "ENV" and first and "=" not in first[0]:
        return [(first[0], first[1].strip(), each.line)] if len(first) > 1 else []
    return [
        (match[1], unquoted(match[2]), each.line + text[: match.start()].count("\n"))
        for match in _PAIR.finditer(text)
    ]


def instructions(text: str) -> Iterator[Instruction]:
    """The instructions of a file; comments between continued lines become empty lines."""
    lines = text.split("\n")
    escape = "`" if re.match(r"(?:#.*\n)*#\s*escape\s*=\s*`", text, re.IGNORECASE) else "\\"
    number = 0
    while number < len(lines):
        start = number
        match = _INSTRUCTION.match(lines[number])
        if not match or match[1].upper() not in _KNOWN:
            number += 1
            continue
        parts, number = _continued(lines, number, escape)
        body = "\\\n".join(parts)[match.end() :]
        name = match[1].upper()
        heredocs: list[tuple[str, int]] = []
        if name in ("RUN", "COPY", "ADD"):
            for opened in _HEREDOC.finditer(body):
                begin = number
                number = _closed(lines, number, opened[3])
                heredocs.append(("\n".join(lines[begin : number - 1]), begin + 1))
        flags, end = _flags(body) if name not in ("ARG", "ENV", "CMD", "ENTRYPOINT") else ((), 0)
        passed = body[:end].count("\n")
        yield Instruction(name, start + 1 + passed, body[end:].lstrip(" \t"), flags, (*heredocs,))


def _continued(lines: list[str], number: int, escape: str) -> tuple[list[str], int]:
    """The physical lines of an instruction without their escapes, and the line behind."""
    parts: list[str] = []
    while number < len(lines):
        line = lines[number]
        number += 1
        if parts and line.lstrip().startswith("#"):
            parts.append("")
            continue
        if parts and not line.strip():
            parts.append("")  # Docker warns, and goes on
            continue
        stripped = line.rstrip()
        if not stripped.endswith(escape):
            parts.append(line)
            break
        parts.append(stripped[: -len(escape)])
    return parts, number


def _closed(lines: list[str], number: int, tag: str) -> int:
    while number < len(lines):
        number += 1
        if lines[number - 1].strip() == tag:
            return number
    return number + 1


def _flags(body: str) -> tuple[tuple[tuple[str, str], ...], int]:
    found: list[tuple[str, str]] = []
    position = 0
    while True:
        match = _FLAG.match(body.replace("\\\n", " \n"), position)
        if match is None:
            return tuple(found), position
        found.append((match[1], match[2] or ""))
        position = match.end()
