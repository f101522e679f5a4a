"""Which commands of CI run the application's tests, and with what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scaffolder.scan.ci_jobs import Job
from scaffolder.scan.commands import Meaning, meaning
from scaffolder.scan.facts import Evidence
from scaffolder.scan.paths import inside, is_file, parents
from scaffolder.scan.shell_words import Simple, simple_commands
from scaffolder.scan.tree import Tree, is_below
from scaffolder.scan.wrappers import base

_JAVASCRIPT = frozenset({"npm", "npx", "yarn", "pnpm", "bun", "node", "cargo", "go", "mvn"})


@dataclass(frozen=True, slots=True)
class Tested:
    """A command that runs tests. runner: pytest, unittest, django, or "" when unknown.

    container: the command runs inside the application's image.
    """

    text: str
    runner: str
    at: Evidence
    container: bool = False


def tested(tree: Tree, job: Job, directory: str) -> Iterator[Tested]:
    """The commands of a job that run the tests of the application in a folder."""
    for step in job.steps:
        folder: str | None = step.folder
        for each in simple_commands(step.text):
            if each.words[:1] == ("cd",) and len(each.words) > 1 and folder:
                folder = inside(folder, each.words[1]) if "$" not in each.words[1] else folder
                continue
            if not each.words or folder is None or not _concerns(folder, directory):
                continue
            runner = _runner(tree, each, folder, 0)
            if runner is not None and not _elsewhere(tree, each, folder, directory):
                at = Evidence(step.at.path, (step.at.line or 1) + each.line)
                inner = base(each.words[0]) in ("docker", "docker-compose")
                yield Tested(_text(each), runner, at, inner)


def _concerns(folder: str, directory: str) -> bool:
    """The application's folder, one above it or one below it."""
    return folder in parents(directory) or is_below(folder, directory)


def _elsewhere(tree: Tree, each: Simple, folder: str, directory: str) -> bool:
    """Whether the command names another folder's tests, by an option or a path."""
    program = meaning(each.words).core[:1]
    for word in each.words[1:]:
        named = "/" in word and not word.startswith("-") and word not in program
        path = inside(folder, word) if named else None
        top = path.split("/")[0] if path else ""
        if path and top in ("docs", "examples", "scripts") and not word.endswith(".sh"):
            return is_file(tree, path) and base(each.words[0]) not in ("bash", "sh")
        if path and directory != "." and is_file(tree, path) and path.endswith(".py"):
            return not is_below(path, directory)
    return False


def _text(each: Simple) -> str:
    assigned = [f"{name}={value}" for name, value in each.assigned]
    return " ".join(" ".join([*assigned, *each.raw]).split())


def _runner(tree: Tree, each: Simple, folder: str, depth: int) -> str | None:
    """What runs the tests; None where the command runs none."""
    if base(each.words[0]) in _JAVASCRIPT or base(each.words[0]) in ("echo", "printf"):
        return None
    found = meaning(each.words)
    if found.role == "tests":
        runner = found.runner or _behind(tree, found, folder, depth)
        unclear = any(word.endswith((".py", ".sh")) for word in found.core[:2])
        return runner or (None if unclear else "")
    if depth < 3 and (found.role == "shell" or _calls(found)):
        return _behind(tree, found, folder, depth)
    return None


def _calls(found: Meaning) -> bool:
    name = found.core[0] if found.core else ""
    return name in ("make", "just") or "/" in name or name.endswith(".sh")


def _behind(tree: Tree, found: Meaning, folder: str, depth: int) -> str | None:
    """The runner in the script, Makefile or tox.ini that a command uses."""
    core = found.core
    name = base(core[0])
    if name == "tox":
        text = _text_of(tree, folder, "tox.ini", "pyproject.toml", "setup.cfg")
        return _first(tree, text, folder, depth)
    if name in ("make", "just"):
        targets = [word for word in core[1:] if re.fullmatch(r"[\w.-]+", word)]
        text = _text_of(tree, folder, "Makefile", "makefile", "justfile", "Justfile")
        recipes = [_recipe(text, target) for target in targets]
        return _first(tree, "\n".join(recipes), folder, depth)
    words = [word for word in core[1:] if not word.startswith("-")] if found.role == "shell" else []
    path = inside(folder, words[0] if words else core[0])
    if found.role == "shell" and "-c" in core:
        return _first(tree, core[-1], folder, depth)
    script = next((word for word in core[:2] if word.endswith(".py")), "")
    path = inside(folder, script) if script else path
    if path is None or not is_file(tree, path):
        return None
    if path.endswith(".py"):
        return _of_program(tree.text(path) or "")
    return _first(tree, tree.text(path) or "", folder, depth)


def _of_program(text: str) -> str | None:
    """What a Python program that runs the tests calls."""
    called = re.search(r"\b(pytest|unittest)\b|DiscoverRunner|get_runner", text)
    return (called[1] or "django") if called else None


def _text_of(tree: Tree, folder: str, *names: str) -> str:
    for name in names:
        path = inside(folder, name)
        if path and is_file(tree, path):
            return tree.text(path) or ""
    return ""


def _recipe(text: str, target: str) -> str:
    match = re.search(
        rf"(?m)^{re.escape(target)}\b[^\n=]*:[^=].*\n?((?:[ \t]+.*\n?|\n)*)", text + "\n"
    )
    return re.sub(r"(?m)^\s*[@-]+", "", match[1]) if match else ""


def _first(tree: Tree, text: str, folder: str, depth: int) -> str | None:
    if len(text) > 50_000:
        return None
    text = re.sub(r"(?m)^\s*commands\s*=\s*", "", text)
    for each in simple_commands(text):
        runner = _runner(tree, each, folder, depth + 1) if each.words else None
        if runner is not None:
            return runner
    return None
