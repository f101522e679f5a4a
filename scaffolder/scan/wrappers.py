"""Programs that only run another one: `uv run`, `exec`, `tini --`, `docker compose run web`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scaffolder.scan.shell_words import word_set

_PREFIXES: dict[str, int] = {
    "exec": 0,
    "nohup": 0,
    "time": 0,
    "command": 0,
    "ddtrace-run": 0,
    "opentelemetry-instrument": 0,
    "catatonit": 0,
    "tini": 0,
    "dumb-init": 0,
    "sudo": 0,
    "xvfb-run": 0,
    "stdbuf": 0,
    "setpriv": 0,
    "nice": 0,
    "gosu": 1,
    "su-exec": 1,
    "timeout": 1,
    "sentry-wrapper": 0,
}
"""Programs that run the rest of their words, and how many words of their own they take."""
_SUBCOMMANDS = {
    "uv": ("run",),
    "poetry": ("run",),
    "pipenv": ("run",),
    "pdm": ("run",),
    "rye": ("run",),
    "newrelic-admin": ("run-program",),
    "dotenv": ("run",),
    "doppler": ("run",),
    "honcho": ("run",),
    "coverage": ("run",),
    "conda": ("run",),
    "micromamba": ("run",),
    "docker-compose": ("run", "exec"),
}
_VALUED = word_set(
    "-p --python --package --group --extra --with --env-file --directory --project --index -u"
    " --user -n --name -e --env -w --workdir -g -k --signal --rcfile --source --omit --include -f"
    " --file --only-group --no-group --with-requirements --with-editable --profile --volume -v"
)
_WAITERS = re.compile(r"^(wait[-_]?for.*|wait4.*|dockerize)$")


def base(word: str) -> str:
    """`/usr/local/bin/gunicorn` -> gunicorn."""
    return word.rpartition("/")[2]


def unwrapped(words: Sequence[str]) -> tuple[str, ...]:
    """The words of the program that does the work."""
    rest = list(words)
    for _ in range(8):
        shorter = _less(rest)
        if shorter is None:
            break
        rest = shorter
    return tuple(rest)


def _less(words: list[str]) -> list[str] | None:
    if not words:
        return None
    name = base(words[0])
    if name == "docker" and words[1:2] == ["compose"]:
        return _service(["docker-compose", *words[2:]])
    if name == "docker-compose":
        return _service(words)
    if name == "env":
        return _without_options(words[1:], assignments=True)
    if name in _PREFIXES:
        own = _without_options(words[1:])
        return own[_PREFIXES[name] :] if own != words else None
    if name in _SUBCOMMANDS:
        return _subcommand(name, words)
    if _WAITERS.match(name.removesuffix(".sh").removesuffix(".py")) and "--" in words:
        return words[words.index("--") + 1 :]
    if re.fullmatch(r"(python|pypy)[\d.]*", name):
        return _interpreter(words)
    return None


def _subcommand(name: str, words: list[str]) -> list[str] | None:
    rest = _without_options(words[1:])
    if not rest or rest[0] not in _SUBCOMMANDS[name]:
        return None
    if name in ("uv", "coverage", "pdm") and ("-m" in rest[1:] or "--module" in rest[1:]):
        flag = rest.index("-m") if "-m" in rest else rest.index("--module")
        if all(word.startswith("-") for word in _without_options(rest[1:flag])):
            return rest[flag + 1 :]
    return _without_options(rest[1:])


def _service(words: list[str]) -> list[str] | None:
    """`docker-compose -f x run --rm web pytest` -> pytest."""
    rest = _without_options(words[1:])
    if not rest or rest[0] not in ("run", "exec"):
        return None
    return _without_options(rest[1:])[1:] or None


def _interpreter(words: list[str]) -> list[str] | None:
    rest = list(words[1:])
    while rest and rest[0].startswith("-") and rest[0] not in ("-m", "-c", "-"):
        rest = rest[2:] if rest[0] in ("-W", "-X") else rest[1:]
    if rest[:1] == ["-m"] and len(rest) > 1:
        return rest[1:] if rest[1] not in ("pip",) else None
    return None


def _without_options(words: list[str], assignments: bool = False) -> list[str]:
    rest = list(words)
    while rest:
        if rest[0] == "--":
            return rest[1:]
        if assignments and re.match(r"\w+=", rest[0]):
            rest = rest[1:]
        elif rest[0].startswith("-") and len(rest[0]) > 1 and rest[0] not in ("-m", "--module"):
            rest = rest[2:] if rest[0] in _VALUED else rest[1:]
        else:
            break
    return rest
