"""Commands of deployment files, split into words without a shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

_WRAPPERS: dict[str, tuple[str, ...]] = {
    "poetry": ("run",),
    "pipenv": ("run",),
    "pdm": ("run",),
    "uv": ("run",),
    "hatch": ("run",),
    "rye": ("run",),
    "exec": (),
    "tini": (),
    "dumb-init": (),
    "catatonit": (),
    "nohup": (),
    "time": (),
    "command": (),
}
"""Programs that run what follows; the harness has the environment's `bin` first on PATH."""
_AS_USER = {"gosu", "su-exec", "setpriv"}
_MANAGE = re.compile(r"((?:^|\s)python[\d.]* (?:-\w+ )*)(?:\./)?manage\.py(?=\s|$)")
_SET_UP = ("&&", ";", "||", "|", "&")
ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*", re.DOTALL)
_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)(?::?-([^}]*))?\}?")


def simple(command: str) -> str | None:
    """A command of a deployment file as the harness can run it; None when it takes a shell.

    `%(name)` is filled in by a process manager, or by nobody here. What changes its folder first
    is left to a shell.
    """
    words = words_of(command)
    if not words or any(sign in word for word in words for sign in ("$", "`", "%(")):
        return None
    return joined(["sh", "-c", command]) if re.match(r"\s*cd\s", command) else joined(words)


def with_manage(command: str, path: str) -> str:
    """A command that was written for the folder of manage.py, from where that has this path.

    Tests without a label are those of the current folder: they get the one of manage.py.
    """
    if path == "manage.py" or not _MANAGE.search(command):
        return command
    moved = _MANAGE.sub(lambda found: f"{found[1]}{path}", command, count=1)
    labels = [word for word in shlex.split(moved.partition(path)[2]) if word[:1] != "-"]
    return f"{moved} {path.rpartition('/')[0]}" if labels == ["test"] else moved


def words_of(command: str) -> list[str] | None:
    """The last simple command of a line, unwrapped; None when it can't be read."""
    try:
        lexer = shlex.shlex(command, posix=True, punctuation_chars=";&|")
        lexer.whitespace_split = True
        lexer.commenters = ""
        words = list(lexer)
    except ValueError:
        return None
    while words and words[-1] in _SET_UP:
        words.pop()
    cuts = [index for index, word in enumerate(words) if word in _SET_UP]
    words = words[cuts[-1] + 1 :] if cuts else words
    if words[:1] in (["sh"], ["bash"]) and len(words) > 2 and words[1] in ("-c", "-lc", "-ec"):
        return words_of(words[2])
    return [_expanded(word) for word in _unwrapped(words)]


def _unwrapped(words: list[str]) -> list[str]:
    assigned: list[str] = []
    while words:
        name = words[0].rpartition("/")[2]
        if ASSIGNMENT.fullmatch(words[0]):
            assigned.append(words.pop(0))
        elif name == "env" and len(words) > 1:
            words = words[1:]
        elif name in _AS_USER and len(words) > 2:
            words = words[2:]
        elif name in _WRAPPERS and words[1 : 1 + len(_WRAPPERS[name])] == list(_WRAPPERS[name]):
            words = words[1 + len(_WRAPPERS[name]) :]
            while words and words[0].startswith("-"):
                takes = words[0] in ("--group", "--extra", "--with", "--package", "--directory")
                words = words[2 if takes else 1 :]
        else:
            break
    if words:
        words[0] = _program(words[0])
    return ["env", *assigned, *words] if assigned and words else words


def _program(word: str) -> str:
    """`/app/.venv/bin/uvicorn` -> uvicorn, `python3.12` -> python."""
    name = word.rpartition("/")[2]
    if re.fullmatch(r"python3?(\.\d+)?", name):
        return "python"
    return name if "/bin/" in word else word


def _expanded(word: str) -> str:
    def value(match: re.Match[str]) -> str:
        name, default = match.group(1), match.group(2)
        if name == "PORT":
            return "{port}"
        if name == "HOST":
            return "{host}"
        return default if default is not None else match.group(0)

    return _VARIABLE.sub(value, word)


def joined(words: Sequence[str]) -> str:
    """One line that splits into these words again; placeholders stay readable."""
    quoted = (shlex.quote(word) for word in words)
    return " ".join(
        word if "{" not in word or not re.fullmatch(r"'[\w.{}:=/@-]+'", word) else word[1:-1]
        for word in quoted
    )
