"""What commands such as `uv sync --no-dev` and `pip install -r` install."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from scaffolder.scan.commands import option
from scaffolder.scan.shell_words import word_set
from scaffolder.scan.wrappers import base

Kind = Literal["lock", "project", "tool", "group", "extra", "added", "member", "default", "export"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a command says. `value` of a lock or project is its path as written.

    default: the tool's default groups are installed, too. export: a lock is written out as
    requirements, to the file `value`.
    """

    kind: Kind
    value: str
    detail: str = ""


_INSTALLERS = word_set(
    "pip setuptools wheel uv poetry pipenv virtualenv build pdm hatch hatchling poetry-core pipx"
    " pip-tools poetry-plugin-export poetry-plugin-bundle flit flit-core cython"
)
_PIP_VALUED = word_set(
    "-r --requirement -c --constraint -i --index-url --extra-index-url -f --find-links -t --target"
    " --prefix --root --python -p --cache-dir --timeout --retries --trusted-host --no-binary"
    " --only-binary --platform --implementation --abi --python-version --index-strategy --upgrade-"
    "strategy --progress-bar --default-timeout --src --log --global-option --config-settings"
    " --index --default-index --override --overrides --build-constraint --exclude-newer"
    " --resolution --prerelease --link-mode -w --wheel-dir -d --dest --proxy --use-feature"
    " --use-deprecated --root-user-action --keyring-provider --group --extra --cert --client-cert"
    " --report --exists-action --no-build-isolation-package --refresh-package --timeout"
)
_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?\s*(?:[=<>!~;@].*|$)", re.DOTALL)


def steps(words: Sequence[str]) -> Iterator[Step]:
    """What a simple command installs; nothing for any other command."""
    core = _core(words)
    if len(core) < 2:
        return
    name = base(core[0])
    if re.fullmatch(r"pip[\d.]*", name) and core[1] in ("install", "wheel", "download"):
        yield from _pip("pip", core[2:])
    elif name == "pip-sync":
        yield Step("tool", "pip")
        yield from (Step("lock", word) for word in core[1:] if word.endswith(".txt"))
    elif name == "uv":
        yield from _uv(core)
    elif name in ("poetry", "pdm", "pipenv"):
        yield from {"poetry": _poetry, "pdm": _pdm, "pipenv": _pipenv}[name](core)


def _core(words: Sequence[str]) -> list[str]:
    rest = list(words)
    while rest and base(rest[0]) in ("exec", "sudo", "env", "time"):
        rest = rest[1:]
        while rest and ("=" in rest[0] or rest[0].startswith("-")):
            rest = rest[1:]
    if len(rest) > 2 and re.fullmatch(r"python[\d.]*", base(rest[0])) and rest[1] == "-m":
        rest = rest[2:]
    while rest and base(rest[0]) in ("uv", "poetry", "pip") and rest[1:2] and rest[1][:1] == "-":
        rest = [rest[0], *rest[2:]]
    return rest


def _pip(tool: str, words: list[str]) -> Iterator[Step]:
    found: list[Step] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if name in _PIP_VALUED:
            value = value if equals else (rest.pop(0) if rest else "")
            found += _pip_option(name, value)
        elif re.match(r"-r[^-]", word):
            found.append(Step("lock", word[2:]))
        elif word in ("-e", "--editable"):
            found += _requirement(rest.pop(0)) if rest else []
        elif not word.startswith("-"):
            found += _requirement(word)
    if found:
        yield Step("tool", tool)
        yield from found


def _pip_option(name: str, value: str) -> list[Step]:
    if name in ("-r", "--requirement"):
        return [Step("lock", value)] if value not in ("-", "/dev/stdin") else []
    if name == "--group":
        return [Step("group", value.rpartition(":")[2])]
    return [Step("extra", value)] if name == "--extra" else []


def _requirement(word: str) -> list[Step]:
    """A word behind `pip install`: the project itself, or a distribution."""
    path = re.match(r"(file://)?(\.{0,2}/[^\[]*|\.{1,2})(?:\[([^\]]*)\])?$", word)
    if path and not word.endswith((".whl", ".tar.gz")) and "*" not in word:
        extras = [part.strip() for part in (path[3] or "").split(",") if part.strip()]
        return [Step("project", path[2]), *(Step("extra", extra) for extra in extras)]
    if "://" in word and " @ " not in word:
        named = re.search(r"egg=([\w.-]+)", word)
        return [Step("added", named[1], word)] if named else []
    match = _NAME.match(word)
    if not match or word.endswith((".whl", ".txt", ".tar.gz", ".zip")) or "*" in word.split("=")[0]:
        return []
    return [] if match[1].lower() in _INSTALLERS else [Step("added", match[1], word)]


def _values(words: Sequence[str], *names: str) -> list[str]:
    """All values of an option that may stand several times, also with commas."""
    found = []
    for position, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in names:
            text = value if equals else "".join(words[position + 1 : position + 2])
            found += [part for part in re.split(r"[,\s]+", text) if part and "$" not in part]
    return found


def _uv(core: list[str]) -> Iterator[Step]:
    if core[1] == "pip" and core[2:3] in (["install"], ["sync"]):
        sync = core[2] == "sync"
        locks = [Step("lock", word) for word in core[3:] if sync and word.endswith(".txt")]
        yield from [Step("tool", "uv"), *locks] if sync else _pip("uv", core[3:])
    elif core[1] == "export":
        yield Step("export", option(core, "-o", "--output-file"))
        yield from (Step("tool", "uv"), Step("lock", "uv.lock"))
        yield from _uv_groups(core)
    elif core[1] == "sync":
        yield from (Step("tool", "uv"), Step("lock", "uv.lock"))
        yield from _uv_groups(core)


def _uv_groups(core: list[str]) -> Iterator[Step]:
    only = _values(core, "--only-group")
    yield from (Step("group", each) for each in [*_values(core, "--group"), *only])
    yield from (Step("extra", each) for each in _values(core, "--extra"))
    yield from (Step("member", each) for each in _values(core, "--package"))
    if "--all-extras" in core:
        yield Step("extra", "*")
    if not only and not {"--no-dev", "--no-default-groups", "--only-dev"} & set(core):
        without = _values(core, "--no-group")
        yield Step("default", ",".join(without))


def _poetry(core: list[str]) -> Iterator[Step]:
    if core[1] not in ("install", "sync", "export"):
        return
    if core[1] == "export":
        yield Step("export", option(core, "-o", "--output"))
    yield from (Step("tool", "poetry"), Step("lock", "poetry.lock"))
    for group in [*_values(core, "--only"), *_values(core, "--with")]:
        if group != "main":
            yield Step("group", group)
    yield from (Step("extra", each) for each in _values(core, "-E", "--extras"))
    if "--all-extras" in core:
        yield Step("extra", "*")


def _pdm(core: list[str]) -> Iterator[Step]:
    if core[1] not in ("install", "sync", "export"):
        return
    if core[1] == "export":
        yield Step("export", option(core, "-o", "--output"))
    yield from (Step("tool", "pdm"), Step("lock", "pdm.lock"))
    for group in _values(core, "-G", "--group", "--with"):
        if group not in (":all", "default"):
            yield Step("group", group)


def _pipenv(core: list[str]) -> Iterator[Step]:
    if core[1] in ("install", "sync"):
        rest = [word for word in core[2:] if not word.startswith("-")]
        if not rest:
            yield from (Step("tool", "pipenv"), Step("lock", "Pipfile.lock"))
            yield from (Step("group", each) for each in _values(core, "--categories"))
    elif core[1] in ("requirements", "lock"):
        if core[1] == "lock" and not {"-r", "--requirements"} & set(core):
            return
        yield from (Step("export", ""), Step("tool", "pipenv"), Step("lock", "Pipfile.lock"))
