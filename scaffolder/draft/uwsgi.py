"""uWSGI's ini file as options: its own sockets and hooks can't be switched off from outside."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable

from scaffolder.draft.commands import joined

_ADDRESS = {"socket", "s", "http", "http-socket", "https", "http11-socket", "uwsgi-socket"}
_ADDRESS |= {"fastcgi-socket", "chmod-socket", "chown-socket", "stats", "http-to", "shared-socket"}
_MACHINE = {"uid", "gid", "pidfile", "daemonize", "logto", "chdir", "virtualenv", "venv", "home"}
_MACHINE |= {"plugin", "plugins", "safe-pidfile", "master-fifo", "touch-reload", "logger"}
_BESIDE = ("hook-", "attach-daemon", "smart-attach-daemon", "exec-", "cron", "mule")
"""What runs beside the server: migrations and workers have places of their own in the spec."""

Option = tuple[str, str]


def command(
    head: list[str], words: list[str], read: Callable[[str], str | None]
) -> tuple[str, str] | None:
    """The command with the options of its ini files, and what differs; None if unreadable."""
    files, given, left = _parsed(words)
    options: list[Option] = []
    for file in files:
        own = _options(read(file) or "")
        if own is None:
            return None
        options += own
    options += given
    dropped = [name for name, _ in options if name in _MACHINE or name.startswith(_BESIDE)]
    kept = [each for each in options if each[0] not in {*_ADDRESS, *dropped}]
    differs = []
    if files:
        differs.append(f"the options of {', '.join(files)} as arguments")
    if dropped:
        differs.append("without " + ", ".join(dict.fromkeys(dropped)))
    line = joined([*head, *left, *_arguments(kept), "--http-socket", "{host}:{port}"])
    return line, "; ".join(differs)


def _parsed(words: list[str]) -> tuple[list[str], list[Option], list[str]]:
    """Ini files, options and the rest of a command line."""
    files: list[str] = []
    options: list[Option] = []
    left: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, _, value = word.lstrip("-").partition("=")
        if not word.startswith("-"):
            (files if word.endswith(".ini") else left).append(word)
            continue
        if not value and rest and not rest[0].startswith("-"):
            value = rest.pop(0)
        if name == "ini":
            files.append(value)
        else:
            options.append((name, value or "true"))
    return files, options, left


def _options(text: str) -> list[Option] | None:
    """The section [uwsgi], with the branches that hold without further variables."""
    found: list[Option] = []
    inside = False
    taken = True
    for line in text.splitlines():
        name, _, value = (part.strip() for part in line.partition("="))
        if not name or name[0] in "#;":
            continue
        if name.startswith("["):
            inside = name == "[uwsgi]"
        elif name == "endif":
            taken = True
        elif name.startswith("if-"):
            taken = name.startswith("if-not-")
        elif inside and taken:
            found.append((name, value or "true"))
    unknown = any("%(" in value or "$(" in value for _, value in found)
    return None if unknown or not found else found


def _arguments(options: Iterable[Option]) -> Iterable[str]:
    for name, value in options:
        if value.lower() in ("false", "no"):
            continue
        yield f"--{name}" if len(name) > 1 else f"-{name}"
        if value.lower() not in ("true", "yes"):
            yield from shlex.split(value) if '"' in value else [value]
