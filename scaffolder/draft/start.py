"""Production's start command, with the address of the harness instead of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scaffolder.draft import uwsgi
from scaffolder.draft.commands import ASSIGNMENT, joined, words_of

_ADDRESS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "uvicorn": (("--host", "--port", "--uds", "--fd"), ("--host", "{host}", "--port", "{port}")),
    "fastapi": (("--host", "--port"), ("--host", "{host}", "--port", "{port}")),
    "granian": (("--host", "--port", "--uds"), ("--host", "{host}", "--port", "{port}")),
    "litestar": (
        ("--host", "--port", "-H", "-p", "--uds", "-U", "--fd", "-F"),
        ("--host", "{host}", "--port", "{port}"),
    ),
    "sanic": (("--host", "--port", "-H", "-p"), ("--host", "{host}", "--port", "{port}")),
    "flask": (("--host", "--port", "-h", "-p"), ("--host", "{host}", "--port", "{port}")),
    "gunicorn": (("--bind", "-b"), ("--bind", "{host}:{port}")),
    "hypercorn": (("--bind", "-b"), ("--bind", "{host}:{port}")),
    "daphne": (
        ("--bind", "-b", "--port", "-p", "--unix-socket", "-u", "--endpoint", "-e", "--fd"),
        ("--bind", "{host}", "--port", "{port}"),
    ),
    "waitress-serve": (
        ("--listen", "--host", "--port", "--unix-socket"),
        ("--listen", "{host}:{port}"),
    ),
}
"""Server -> its options for an address (each with a value), and those that the harness gives it.
Sources: the `--help` of uvicorn 0.30, fastapi-cli 0.0.5, granian 1.6, litestar 2.12, sanic 24,
flask 3.0, gunicorn 23, hypercorn 0.17, daphne 4.1, waitress 3.0."""
_SUBCOMMAND = {"fastapi": ("run", "dev"), "litestar": ("run",), "flask": ("run",)}
_RELOAD = {"--reload", "--debug"}


@dataclass(frozen=True, slots=True)
class Start:
    """A start command of the harness; `differs` says what was exchanged besides the address."""

    command: str | None
    differs: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What else decides: the server's target (`app.main:app`), its framework, what is installed.

    ports, hosts: variables from which the application reads its own address.
    read: the text of a file, seen from the folder that the application runs in.
    """

    target: str = ""
    framework: str = ""
    installed: frozenset[str] = frozenset()
    ports: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    manage: str = ""
    read: Callable[[str], str | None] = lambda _: None


def harness_start(found: str, known: Known) -> Start:
    """The command that the harness starts: `found`, or what the framework suggests without it."""
    words = words_of(found) if found else None
    if words:
        converted = _converted(words, known)
        if converted is not None:
            return converted
    suggested = _suggested(known)
    if suggested is None:
        return Start(None)
    why = f"production starts {found!r}" if found else "no start command was found"
    return Start(suggested, f"{why}; this is the usual one of {known.framework}")


def _converted(words: list[str], known: Known) -> Start | None:
    """The same command with the harness's address; None when there is no way to give it one."""
    prefix: list[str] = []
    if words[0] == "env":
        length = next(i for i, w in enumerate(words[1:], 1) if not ASSIGNMENT.fullmatch(w))
        prefix, words = words[:length], words[length:]
    module = words[:2] == ["python", "-m"] and len(words) > 2
    server = words[2] if module else words[0]
    head = 3 if module else 1
    if any("$" in word for word in words):
        return None
    if server in _ADDRESS and set(words) & set(_SUBCOMMAND.get(server, (*words,))):
        return _of_server(prefix, words[:head], words[head:], server)
    if server == "uwsgi":
        command = uwsgi.command([*prefix, "uwsgi"], words[1:], known.read)
        return None if command is None else Start(*command)
    if words[0] == "python" and "runserver" in words:
        return _of_runserver(prefix, words)
    return _of_program(prefix, words, known)


def _of_server(prefix: list[str], head: list[str], rest: list[str], server: str) -> Start:
    options, address = _ADDRESS[server]
    kept = _without(rest, options)
    reload = [word for word in kept if word in _RELOAD]
    kept = [word for word in kept if word not in _RELOAD]
    differs = f"without {' '.join(reload)}" if reload else ""
    return Start(joined([*prefix, *head, *kept, *address]), differs)


def _of_runserver(prefix: list[str], words: list[str]) -> Start:
    place = words.index("runserver")
    kept = [
        w for w in words[place + 1 :] if not re.fullmatch(r"([\w.\[\]:*-]*:)?\d+|--noreload", w)
    ]
    command = [*prefix, *words[: place + 1], *kept, "--noreload", "{host}:{port}"]
    return Start(joined(command), "")


def _of_program(prefix: list[str], words: list[str], known: Known) -> Start | None:
    """A program of the team's own: its address is an option, or a variable that it reads."""
    options = {"--host": "{host}", "--port": "{port}", "--bind": "{host}:{port}"}
    options |= {"--listen": "{host}:{port}", "--addr": "{host}:{port}"}
    given = _replaced(words, options)
    if any("{port}" in word for word in (*prefix, *given)):
        return Start(joined([*prefix, *given]))
    if words[0] != "python" or not known.ports:
        return None
    assigned = [f"{known.ports[0]}={{port}}"]
    assigned += [f"{name}={{host}}" for name in known.hosts[:1]]
    old = prefix[1:] if prefix else []
    return Start(joined(["env", *old, *assigned, *words]))


def _replaced(words: Sequence[str], options: dict[str, str]) -> list[str]:
    found: list[str] = []
    for index, word in enumerate(words):
        name, equals, _ = word.partition("=")
        before = words[index - 1] if index else ""
        if equals and name in options:
            found.append(f"{name}={options[name]}")
        elif before in options and not word.startswith("-"):
            found.append(options[before])
        else:
            found.append(word)
    return found


def _without(words: Sequence[str], options: Sequence[str]) -> list[str]:
    """Words without these options and their values (`-b X`, `-bX`, `--bind=X`)."""
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in options:
            skip = True
        elif word.partition("=")[0] in options or _glued(word, options):
            continue
        else:
            kept.append(word)
    return kept


def _glued(word: str, options: Sequence[str]) -> bool:
    """`-b0.0.0.0:80`: a short option with its value."""
    return (
        len(word) > 2 and word[:2] in options and word[0] == "-" and word[1] != "-" and "." in word
    )


def _suggested(known: Known) -> str | None:
    target, installed = known.target, known.installed
    if known.framework in ("fastapi", "starlette", "litestar") and target:
        factory = ["--factory"] if target.endswith("()") else []
        server = next((s for s in ("uvicorn", "hypercorn", "granian") if s in installed), "uvicorn")
        address = list(_ADDRESS[server][1])
        extra = ["--interface", "asgi"] if server == "granian" else []
        return joined([server, target.removesuffix("()"), *factory, *extra, *address])
    if known.framework in ("flask", "pyramid", "falcon") and target:
        if "gunicorn" in installed:
            return joined(["gunicorn", target, "--bind", "{host}:{port}"])
        if known.framework == "flask":
            return joined(["flask", "--app", target, "run", *_ADDRESS["flask"][1]])
    if known.framework == "django":
        if "gunicorn" in installed and target and "asgi" not in target:
            return joined(["gunicorn", target, "--bind", "{host}:{port}"])
        if known.manage:
            return f"python {known.manage} runserver --noreload {{host}}:{{port}}"
    return None
