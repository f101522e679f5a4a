"""Shell text, split into simple commands. No shell runs, and nothing is expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache


def word_set(text: str) -> frozenset[str]:
    """The words of a table."""
    return frozenset(text.split())


_TOKEN = re.compile(
    r"""(?P<blank>[ \t\r\f\v]+|\\\n)
    |(?P<newline>\n)
    |(?P<comment>(?<![^\s;&|(])\#[^\n]*)
    |(?P<heredoc><<-?[ \t]*(?P<tag>'[^'\n]+'|"[^"\n]+"|[\w.-]+))
    |(?P<redirect>(?:\d+|&)?(?:>>|>&|<&|<<<|>\||>|<)(?:&?\d+|&-|-(?=\s))?)
    |(?P<operator>;;|&&|\|\||[;&|()])
    |(?P<word>(?:
        \\(?:.|$)
        |'[^']*'?
        |"(?:[^"\\]|\\.)*"?
        |\$\((?:[^()]|\([^()]*\))*\)?
        |\$\{(?:[^{}]|\{[^{}]*\})*\}?
        |`[^`]*`?
        |\$
        |[^\s\\'"$`;&|()<>]
    )+)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_KEYWORDS = word_set("if then elif else fi while until do done ! { } time")
_CLAUSES = frozenset({"for", "case", "function", "select", "in", "esac"})
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
MAX_WORDS = 20_000
"""A longer text is data, not a script that a person wrote."""


@dataclass(frozen=True, slots=True)
class Simple:
    """One command: its words without quotes, and as they were written.

    line: counted from the text's first, which is 0. assigned: `NAME=value` before the command,
    or alone. joined: the operator behind it (`|`, `&&`, `;`, "" at the end of a line).
    """

    words: tuple[str, ...]
    raw: tuple[str, ...]
    line: int
    assigned: tuple[tuple[str, str], ...] = ()
    joined: str = ""
    when: tuple[tuple[tuple[str, ...], bool], ...] = ()
    """Conditions of the `if`s around it, and whether they must hold."""

    def runs(self, known: dict[str, str]) -> bool:
        """False only where a condition on known variables rules the command out."""
        return all(_holds(condition, known) in (None, wanted) for condition, wanted in self.when)


@lru_cache(maxsize=512)
def simple_commands(text: str) -> tuple[Simple, ...]:
    """The commands of a script in the order of the text, whatever its conditions."""
    return tuple(_commands(text))


@dataclass(slots=True)
class _Case:
    """The subject of a `case`, and the patterns of the branch that is being read."""

    patterns: list[str]
    expecting: bool = True
    passed: tuple[str, ...] = ()
    """Patterns of the branches before."""


@dataclass(slots=True)
class _Reader:
    """The words of the command that is being read, and the `if`s around it."""

    words: list[tuple[str, int]] = field(default_factory=list)
    ifs: list[list[tuple[tuple[str, ...], bool]]] = field(default_factory=list)
    cases: list[_Case] = field(default_factory=list)
    after_redirect: bool = False

    def end(self, operator: str) -> Iterator[Simple]:
        words, self.words, self.after_redirect = self.words, [], False
        if self._case(words, operator):
            return
        condition = False
        while words and words[0][0] in _KEYWORDS:
            condition = self._keyword(words[0][0]) or condition
            words = words[1:]
        if not words or words[0][0] in _CLAUSES:
            return
        when = tuple(pair for level in self.ifs for pair in level)
        for case in self.cases:
            when += ((("case", *case.patterns), True),)
            if case.passed:
                when += ((("case", case.patterns[0], *case.passed), False),)
        made = _simple(words, operator, when)
        if condition and self.ifs:
            plain = () if operator in ("&&", "||", "|") else tuple(unquoted(w) for w, _ in words)
            self.ifs[-1].append((plain, True))
        if made is not None:
            yield made
        if operator == ";;":
            self._next_case()

    def _next_case(self) -> None:
        if self.cases:
            subject, *before = self.cases[-1].patterns
            self.cases[-1] = _Case([subject], passed=(*self.cases[-1].passed, *before))

    def _case(self, words: list[tuple[str, int]], operator: str) -> bool:
        """Whether the words belong to the frame of a `case`, not to a command."""
        plain = [unquoted(word) for word, _ in words]
        if plain[:1] == ["case"] and len(plain) > 1:
            self.cases.append(_Case(plain[1:2]))
            plain = plain[3:]
        elif not self.cases:
            return False
        case = self.cases[-1]
        if plain[:1] == ["esac"]:
            self.cases.pop()
            return True
        if not case.expecting:
            if operator == ";;" and not plain:
                self._next_case()
            return not plain
        if operator in ("|", ")"):
            case.patterns += plain
            case.expecting = operator == "|"
        return True

    def _keyword(self, word: str) -> bool:
        """Whether a condition follows."""
        if word == "if":
            self.ifs.append([])
        elif word in ("elif", "else") and self.ifs and self.ifs[-1]:
            last, _ = self.ifs[-1][-1]
            self.ifs[-1][-1] = (last, False)
        elif word == "fi" and self.ifs:
            self.ifs.pop()
        return word in ("if", "elif")


def _commands(text: str) -> Iterator[Simple]:
    reader = _Reader()
    pending: list[str] = []
    line = position = count = 0
    while position < len(text) and count < MAX_WORDS:
        token = _TOKEN.match(text, position)
        if token is None:
            return
        kind, piece = token.lastgroup or "", token.group()
        kind = "heredoc" if token.group("heredoc") else kind
        position = token.end()
        count += 1
        if kind == "word":
            if not reader.after_redirect:
                reader.words.append((piece, line))
            reader.after_redirect = False
        elif kind == "redirect":
            reader.after_redirect = not piece[-1].isdigit() and piece[-1] != "-"
        elif kind == "heredoc":
            pending.append(token.group("tag").strip("'\""))
        elif kind in ("newline", "operator"):
            yield from reader.end("" if kind == "newline" else piece)
        line += piece.count("\n")
        if kind == "newline" and pending:
            position, passed = _behind(text, position, pending)
            line, pending = line + passed, []
    yield from reader.end("")


def _behind(text: str, position: int, tags: Sequence[str]) -> tuple[int, int]:
    """Where the here-documents end that start at a position, and how many lines they have."""
    passed = 0
    for tag in tags:
        while position < len(text):
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            found = text[position:end].strip()
            position, passed = min(end + 1, len(text)), passed + 1
            if found == tag:
                break
    return position, passed


def _simple(
    words: list[tuple[str, int]], operator: str, when: tuple[tuple[tuple[str, ...], bool], ...]
) -> Simple | None:
    assigned: list[tuple[str, str]] = []
    if words[0][0] == "export" and len(words) > 1 and _ASSIGNMENT.match(words[1][0]):
        words = words[1:]
    first = words[0][1]
    while words and _ASSIGNMENT.match(words[0][0]):
        name, _, value = words[0][0].partition("=")
        assigned.append((name.rstrip("+"), unquoted(value)))
        words = words[1:]
    if not words and not assigned:
        return None
    raw = tuple(word.replace("\\\n", "") for word, _ in words)
    line = words[0][1] if words else first
    plain = tuple(unquoted(word) for word in raw)
    return Simple(plain, raw, line, tuple(assigned), operator, when)


def _holds(condition: tuple[str, ...], known: dict[str, str]) -> bool | None:
    """Whether `[ "$X" = "y" ]` holds; None for any other condition and unknown variables."""
    if condition[:1] == ("case",):
        subject = expand(condition[1], known)
        return None if "$" in subject else any(fnmatchcase(subject, p) for p in condition[2:])
    if len(condition) < 3 or condition[0] not in ("[", "[[", "test"):
        return None
    words = [expand(word, known) for word in condition[1:] if word not in ("]", "]]")]
    if any("$" in word for word in words):
        return None
    if len(words) == 2 and words[0] in ("-n", "-z"):
        return bool(words[1]) == (words[0] == "-n")
    if len(words) == 3 and words[1] in ("=", "==", "!="):
        return (words[0] == words[2]) == (words[1] != "!=")
    return None


_QUOTED = re.compile(r"'([^']*)'?|\"((?:[^\"\\]|\\.)*)\"?|\\(.)", re.DOTALL)


def unquoted(word: str) -> str:
    """A word without its quotes and backslashes; variables stay as they are."""
    if not any(sign in word for sign in "'\"\\"):
        return word
    return _QUOTED.sub(_inner, word)


def _inner(match: re.Match[str]) -> str:
    single, double, escaped = match.groups()
    if double is not None:
        return re.sub(r"\\([\"\\$`\n])", r"\1", double)
    return str(single if single is not None else escaped)


_VARIABLE = re.compile(
    r"\\\$|\$(?:(?P<plain>\w+)|\{(?P<name>\w+)(?P<sign>:?[-+=?])?(?P<word>(?:[^{}]|\{[^{}]*\})*)\})"
)


def expand(text: str, known: dict[str, str], depth: int = 0) -> str:
    """Put in variables that are known, and defaults; what is unknown stays as it is written."""

    def value(match: re.Match[str]) -> str:
        name = match["plain"] or match["name"]
        if name is None:
            return "$"
        sign, word = match["sign"] or "", match["word"] or ""
        if not sign and word:
            return match[0]  # ${X%y} and the like
        if sign.endswith("+"):
            return expand(word, known, depth + 1) if known.get(name) else ""
        if known.get(name) or (name in known and ":" not in sign):
            return known[name]
        if sign.endswith(("-", "=")):
            return expand(word, known, depth + 1)
        return match[0]

    return text if depth > 5 or "$" not in text else _VARIABLE.sub(value, text)
