"""What the image of the application installs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from scaffolder.scan.database_drivers import ENGINE_OF_DRIVER
from scaffolder.scan.dockerfile import Stage
from scaffolder.scan.facts import Evidence, Fact
from scaffolder.scan.image_files import Build, workdir_at
from scaffolder.scan.installs import Step, steps
from scaffolder.scan.paths import is_file
from scaffolder.scan.project_file import default_groups, extras, nearest
from scaffolder.scan.repository import Repository
from scaffolder.scan.shell_words import expand, simple_commands
from scaffolder.scan.tree import join

_DEV = re.compile(
    r"(?i)(^|[/._-])(dev|develop|development|test|tests|testing|lint|docs?|ci|local)([/._-]|$)"
)
_WHEELS = re.compile(r"(?i)(^|/)(wheel\w*|[\w-]*requirements[\w.-]*\.txt|[^/]+\.whl)$")
_PROD = re.compile(r"(?i)(^|[/._-])(prod|production|deploy)([/._-]|$)")


@dataclass(frozen=True, slots=True)
class _Found:
    step: Step
    at: Evidence
    workdir: str
    command: int
    """Number of the command, since the last `uv sync` decides on the groups."""


def installed(build: Build, repository: Repository) -> Iterator[Fact]:
    """Lock, tool, groups, extras and what is added beside the lock."""
    found = _of_exports(list(_steps(build)))
    lock = _lock(build, repository, found)
    if lock is not None:
        yield Fact("install.lock", lock[0], (lock[1].at,), "image")
    tool = _tool(found, lock[1] if lock else None)
    if tool is not None:
        yield Fact("install.tool", tool.step.value, (tool.at,), "image")
    yield from _groups(repository, found)
    for each in found:
        if each.step.kind == "added":
            at = (each.at,)
            yield Fact("install.added", each.step.value, at, "image", detail=each.step.detail)
    yield from _drivers(found)


def _drivers(found: list[_Found]) -> Iterator[Fact]:
    """An image that is given the driver of one engine, and of no other, is made for that engine."""
    rows = [each for each in found if each.step.kind == "added"]
    known = [(ENGINE_OF_DRIVER.get(str(canonicalize_name(e.step.value))), e) for e in rows]
    drivers = [(engine, each) for engine, each in known if engine is not None]
    if len({engine for engine, _ in drivers}) == 1:
        for engine, each in drivers:
            yield Fact("database.engine", engine, (each.at,), "image", "likely")
            yield Fact("database.driver", each.step.value, (each.at,), "image", "likely")


def _of_exports(found: list[_Found]) -> list[_Found]:
    """Where a lock is written out as requirements: the exports that are installed, not the file."""
    exports = [each for each in found if each.step.kind == "export"]
    if not exports:
        return found

    def name(each: _Found) -> str:
        return each.step.value.rpartition("/")[2] or "requirements.txt"

    read = {name(each) for each in found if each.step.kind == "lock"}
    used = [each for each in exports if name(each) in read] or exports
    dropped = {each.command for each in exports} - {each.command for each in used}
    written = {name(each) for each in exports}
    pip = {each.command for each in found if each.step.kind == "lock" and name(each) in written}
    kept = [each for each in found if each.command not in dropped]
    return [
        each for each in kept if each.command not in pip or each.step.kind not in ("lock", "tool")
    ]


def _steps(build: Build) -> Iterator[_Found]:
    number = 0
    for stage in build.sources:
        left_behind = _only_hands_on_wheels(build, stage)
        for text, line in _scripts(stage):
            workdir = workdir_at(stage, line)
            for each in simple_commands(text):
                if each.words[:1] == ("cd",) and len(each.words) > 1:
                    workdir = join(workdir, each.words[1]) if "$" not in each.words[1] else workdir
                if not each.runs(stage.variables):
                    continue
                number += 1
                words = [
                    _inner(expand(word, stage.variables), stage.variables) for word in each.words
                ]
                parts = [
                    part for word in words for part in (word.split() if " " in word else [word])
                ]
                for step in steps(parts):
                    if step.kind == "added" and left_behind and "install" in parts:
                        continue
                    yield _Found(step, Evidence(build.path, line + each.line), workdir, number)


def _only_hands_on_wheels(build: Build, stage: Stage) -> bool:
    """Whether the image takes wheels and lists from a stage, and not what is installed in it."""
    if stage in build.last.chain():
        return False
    taken: list[str] = []
    for other in build.sources:
        if other.parent is stage:
            return False
        for each in other.instructions:
            for key, value in each.flags:
                origin = build.file.stage(value.partition("from=")[2] if key == "mount" else value)
                if key in ("from", "mount") and origin is stage:
                    taken += list(each.words[:-1]) if key == "from" else [value]
    return bool(taken) and all(_WHEELS.search(path.rstrip("/*")) for path in taken)


def _scripts(stage: Stage) -> Iterator[tuple[str, int]]:
    """Texts of RUN with their first lines."""
    for each in stage.instructions:
        if each.name == "RUN":
            words = each.exec_form
            yield " ".join(words) if words else each.rest, each.line
            yield from each.heredocs


_CHOICE = re.compile(
    r"^\$\(\s*(?:test|\[{1,2})\s+(.*?)\s*\]{0,2}\s*&&\s*echo\s+(.*?)\s*\)$", re.DOTALL
)


def _inner(word: str, known: dict[str, str]) -> str:
    """`$(test "$ENV" = production && echo --no-dev)` with what is known of ENV."""
    match = _CHOICE.match(word)
    if not match:
        return word
    first = next(iter(simple_commands(f"if [ {match[1]} ]; then x; fi")), None)
    branch = next(
        (c for c in simple_commands(f"if [ {match[1]} ]; then x; fi") if c.words == ("x",)), first
    )
    text = match[2].strip("\"'")
    return text if branch is not None and branch.runs(known) else ""


def _lock(build: Build, repository: Repository, found: list[_Found]) -> tuple[str, _Found] | None:
    """The file that counts: a lock file before a requirements file before the manifest."""
    rows: list[tuple[str, _Found]] = []
    for each in found:
        if each.step.kind == "lock":
            path = _path(build, repository, each)
            if path:
                rows.append((path, each))
    whole = [row for row in rows if row[0].endswith((".lock", "pylock.toml"))]
    kept = [row for row in rows if not _DEV.search(row[0].rpartition("/")[2])] or rows
    best = [row for row in kept if _PROD.search(row[0])]
    chosen = (whole or best or kept)[:1]
    if chosen:
        return chosen[0]
    for each in found:
        if each.step.kind == "project":
            for name in ("pyproject.toml", "setup.py"):
                path = build.locate(f"{each.step.value.rstrip('/')}/{name}", each.workdir)
                if path:
                    return path, each
    return None


def _path(build: Build, repository: Repository, each: _Found) -> str | None:
    name = each.step.value
    if name.endswith(".lock"):
        return nearest(build.tree, repository.directory, name)
    path = build.locate(name, each.workdir)
    return path if path and is_file(build.tree, path) else None


def _tool(found: list[_Found], lock: _Found | None) -> _Found | None:
    """The tool of the command that installs from the lock."""
    tools = [each for each in found if each.step.kind == "tool"]
    if lock is not None:
        return next((each for each in tools if each.command == lock.command), None)
    return tools[0] if tools and len({each.step.value for each in tools}) == 1 else None


def _groups(repository: Repository, found: list[_Found]) -> Iterator[Fact]:
    """Groups and extras; of several `uv sync` the last decides."""
    last = max((f.command for f in found if f.step.value == "uv.lock"), default=None)
    uv = {f.command for f in found if f.step.value == "uv.lock"}
    tree, directory = repository.tree, repository.directory
    for each in found:
        if each.command in uv and each.command != last:
            continue
        kind, value = each.step.kind, each.step.value
        if kind == "default":
            without = value.split(",")
            for group in default_groups(tree, directory):
                if group not in without:
                    yield Fact("install.group", group, (each.at,), "image", "likely")
        elif kind == "extra" and value == "*":
            for name in extras(tree, directory):
                yield Fact("install.extra", name, (each.at,), "image")
        elif kind in ("group", "extra", "member"):
            yield Fact(f"install.{kind}", value, (each.at,), "image")
