"""What a container runs when it starts: through entry points, scripts and process managers."""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from scaffolder.scan.commands import Meaning, meaning, option
from scaffolder.scan.facts import Evidence
from scaffolder.scan.shell_words import Simple, simple_commands
from scaffolder.scan.tree import Tree
from scaffolder.scan.wrappers import base, unwrapped

MAX_DEPTH = 5


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that is run. `text` as it is written, without `exec` and assignments."""

    text: str
    meaning: Meaning
    evidence: Evidence
    assigned: tuple[tuple[str, str], ...] = ()
    background: bool = False
    """Started with `&`, or by a process manager."""


@dataclass(slots=True)
class Follower:
    """Follows a start into the files of the repository.

    locate: the file that a path means where the command runs. known: variables with their values.
    """

    tree: Tree
    locate: Callable[[str], str | None]
    known: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    handed_on: Evidence | None = None
    """Where the words stand that an entry point gets as `"$@"`."""

    def words(self, words: Sequence[str], at: Evidence, text: str = "") -> Iterator[Ran]:
        """An exec form, or one command of a shell."""
        yield from self._one(tuple(words), text or " ".join(words), at, (), 0)

    def shell(self, text: str, at: Evidence) -> Iterator[Ran]:
        """A text that a shell runs; evidence is where its first line stands."""
        yield from self._script(text, at.path, at.line or 1, (), 0)

    def _script(
        self, text: str, path: str, line: int, rest: tuple[str, ...], depth: int
    ) -> Iterator[Ran]:
        known = dict(self.known)
        known.update({str(place): word for place, word in enumerate(rest, 1)})
        for each in simple_commands(text):
            at = Evidence(path, line + each.line)
            if not each.words or not each.runs(known):
                continue
            words, raw = self._handed_on(each, rest)
            if each.words[-1:] in (("$@",), ("$*",)) and self.handed_on:
                at = self.handed_on
            if words:
                yield from (
                    replace(ran, background=True) if each.joined == "&" else ran
                    for ran in self._one(words, raw, at, each.assigned, depth)
                )

    def _handed_on(self, each: Simple, rest: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
        """The words of a command with those of the caller for `"$@"`, and its text."""
        words, raw = list(each.words), list(each.raw)
        while words[:1] == ["exec"]:
            words, raw = _behind_exec(words), _behind_exec(raw)
        for sign in ("$@", "$*", "${@}", "${*}"):
            if sign in words:
                place = words.index(sign)
                words[place : place + 1] = rest
                raw[place : place + 1] = rest
        missing = [place for place, word in enumerate(words) if re.fullmatch(r"\$\{?\d\}?", word)]
        for place in reversed(missing):
            number = int(words[place].strip("${}"))
            words[place : place + 1] = rest[number - 1 : number] if number else []
            raw[place : place + 1] = rest[number - 1 : number] if number else []
        return tuple(words), " ".join(raw)

    def _one(
        self,
        words: tuple[str, ...],
        text: str,
        at: Evidence,
        assigned: tuple[tuple[str, str], ...],
        depth: int,
    ) -> Iterator[Ran]:
        found = meaning(words)
        if depth < MAX_DEPTH:
            followed = self._followed(words, found, at, depth)
            if followed is not None:
                yield from followed
                return
        if words[:1] == ("exec",):
            text = text.removeprefix("exec").strip()
        yield Ran(" ".join(text.split()), found, at, assigned)

    def _followed(
        self, words: tuple[str, ...], found: Meaning, at: Evidence, depth: int
    ) -> Iterator[Ran] | None:
        """What a script or a manager runs; None where the command itself is the last."""
        core = found.core
        if found.role == "shell":
            return self._shell(core, at, depth)
        if found.role == "manager":
            return self._managed(core, depth)
        if core and found.role in ("other", "tests") and _may_be_script(core[0]):
            path = self.locate(core[0])
            text = self._text(path, ".sh") if path else None
            if path and text is not None:
                return self._script(text, path, 1, core[1:], depth + 1)
        return None

    def _shell(self, core: tuple[str, ...], at: Evidence, depth: int) -> Iterator[Ran] | None:
        rest = list(core[1:])
        while rest and rest[0].startswith("-"):
            if re.fullmatch(r"-\w*c", rest[0]) and len(rest) > 1:
                return self._script(rest[1], at.path, at.line or 1, tuple(rest[3:]), depth + 1)
            rest = rest[2:] if rest[0] == "-o" else rest[1:]
        path = self.locate(rest[0]) if rest else None
        text = self._text(path, "") if path else None
        if path is None or text is None:
            return None
        return self._script(text, path, 1, tuple(rest[1:]), depth + 1)

    def _text(self, path: str, ending: str) -> str | None:
        """A script's text, once: a script that calls itself is not followed."""
        if path in self.seen:
            return None
        text = self.tree.text(path)
        if text is None or len(text) > 100_000:
            return None
        first = text[:100].split("\n", 1)[0]
        shell = re.match(r"#!.*\b(ba|da|a|z)?sh\b", first)
        if not shell and (ending and (first.startswith("#!") or not path.endswith(ending))):
            return None
        self.seen.add(path)
        return text

    def _managed(self, core: tuple[str, ...], depth: int) -> Iterator[Ran] | None:
        name = base(core[0])
        if name in ("honcho", "foreman", "hivemind", "overmind"):
            path = self.locate(option(core, "-f", "--procfile") or "Procfile")
            return self._procfile(path, set(core[2:])) if path else None
        named = option(core, "-c", "--configuration")
        options = [word for word in core[1:] if not word.startswith("-")]
        path = self.locate(named or (options[0] if options else "supervisord.conf"))
        return self._programs(path, depth) if path else None

    def _procfile(self, path: str, chosen: set[str]) -> Iterator[Ran]:
        for name, text, line in processes(self.tree, path):
            if not chosen & {name} and any(word.isalpha() for word in chosen):
                continue
            for ran in self._script(text, path, line, (), MAX_DEPTH - 1):
                yield replace(ran, background=True)

    def _programs(self, path: str, depth: int) -> Iterator[Ran]:
        for command, line in programs(self.tree, path):
            for ran in self._script(command, path, line, (), depth + 1):
                yield replace(ran, background=True)


def _behind_exec(words: list[str]) -> list[str]:
    rest = words[1:]
    while rest and rest[0] in ("-a", "-c", "-l"):
        rest = rest[2:] if rest[0] == "-a" else rest[1:]
    return rest


def _may_be_script(word: str) -> bool:
    return "/" in word or word.endswith(".sh") or bool(re.search(r"entry|start|boot|run", word))


def processes(tree: Tree, path: str) -> list[tuple[str, str, int]]:
    """Lines of a Procfile: name, command, line."""
    found = []
    for number, line in enumerate(tree.lines(path), 1):
        match = re.match(r"([\w-]+):\s*(\S.*)", line)
        if match:
            found.append((match[1], match[2].strip(), number))
    return found


def programs(tree: Tree, path: str) -> list[tuple[str, int]]:
    """Commands of supervisord's `[program:x]` and circus' `[watcher:x]`, with their line."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    text = tree.text(path) or ""
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    found = []
    for section in parser.sections():
        kind = section.partition(":")[0]
        command = parser.get(section, "command", fallback=None) or parser.get(
            section, "cmd", fallback=None
        )
        if kind in ("program", "watcher") and command:
            words = [command, parser.get(section, "args", fallback=None) or ""]
            found.append((" ".join(" ".join(words).split()), line_of(text, command)))
    return found


def line_of(text: str, part: str) -> int:
    """The first line that holds the first line of a text; 1 where none does."""
    first = part.strip().split("\n", 1)[0]
    place = text.find(first)
    return 1 if place < 0 or not first else text.count("\n", 0, place) + 1


def is_program(words: Sequence[str]) -> bool:
    """`python main.py` or `python -m shop`: a program whose work only its code tells."""
    core = unwrapped(words)
    plain = [word for word in words if re.fullmatch(r"(.*/)?python[\d.]*", word)]
    return bool(plain) and ("-m" in words or any(word.endswith(".py") for word in core))
