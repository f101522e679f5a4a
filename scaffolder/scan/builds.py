"""Which Dockerfile builds the application."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from scaffolder.scan import images
from scaffolder.scan.composition import Composition, Service, compositions
from scaffolder.scan.dockerfile import Dockerfile, Instruction, Stage, parse
from scaffolder.scan.facts import Evidence
from scaffolder.scan.image_files import Build
from scaffolder.scan.paths import folder_of, is_file, parents
from scaffolder.scan.repository import Repository
from scaffolder.scan.startup import Follower, Ran
from scaffolder.scan.tree import Tree, is_below

_NAME = re.compile(r"(?i)dockerfile.*|containerfile.*|.*\.dockerfile")
_OTHER = re.compile(
    r"(?i)(^|[._/-])(dev|devel|develop|development|test|tests|testing|local|ci|debug|lint|docs?|e2e"
    r"|devcontainer|example|examples|benchmarks?|base|nginx|frontend|client|ui|db|postgres|debian-"
    r"package|playwright|gitpod)([._/-]|$)"
)
_PROD = re.compile(r"(?i)(^|[._/-])(prod|production|release)([._/-]|$)")
_DEFAULT = re.compile(r"(?i)(^|[._/-])default([._/-]|$)")
_STAGE_DEV = re.compile(
    r"(?i)(^|[._-])(dev|devel|development|test|tests|testing|debug|ci|lint|local)"
)
_STAGE_PROD = re.compile(
    r"(?i)^(prod|production|runtime|final|release|app|runner|deploy|web|server)"
)
_MANIFESTS = ("pyproject.toml", "requirements.txt", "setup.py", "manage.py", "Pipfile")
_PYTHON_RUN = re.compile(r"\b(pip3?|uv|poetry|pipenv|pdm)\s+(install|sync|pip)\b|\bpython3")
_WITHOUT_DEV = re.compile(
    r"--no-dev\b|--no-group[ =]dev\b|--without[ =]dev|--only[ =]main\b|--prod(uction)?\b"
    r"|requirements[/_-]prod"
)


@dataclass(frozen=True, slots=True)
class Use:
    """That a compose file builds a Dockerfile, or CI does."""

    path: str
    context: str
    target: str
    production: bool


def dockerfiles(tree: Tree) -> list[str]:
    """All Dockerfiles, whatever they are for."""
    ends = (".dockerignore", ".md", ".py", ".yml", ".yaml", ".sh", ".j2", ".template", ".txt")
    found = (path for path in tree.files if _NAME.fullmatch(path.rpartition("/")[2]))
    return [path for path in found if not path.endswith(ends)]


@lru_cache(maxsize=1)  # several detectors ask one after the other
def application_build(repository: Repository) -> Build | None:
    """The build of the image that production runs; None where there is none."""
    tree, directory = repository.tree, repository.directory
    groups = compositions(tree, directory)
    uses = [use for group in groups for use in _uses(group)]
    found = [
        build for path in dockerfiles(tree) if (build := _build(repository, path, uses)) is not None
    ]
    found.sort(key=lambda build: (-build.score, len(build.path), build.path))
    return found[0] if found and found[0].score > 0 else None


def _uses(group: Composition) -> Iterator[Use]:
    for service in group.services:
        built = service.build()
        if built:
            yield Use(*built, production=group.production and not _develops(service))


def _develops(service: Service) -> bool:
    """Whether a service runs a development server, whatever its file is called."""
    node = service.find("command")[1]
    words = (node.text or " ".join(text for text, _ in node.texts())).split()
    return "runserver" in words or "--reload" in words


def _build(repository: Repository, path: str, uses: list[Use]) -> Build | None:
    tree, directory = repository.tree, repository.directory
    file = parse(tree.text(path) or "")
    if not file.stages or not _python(file):
        return None
    own = sorted((use for use in uses if use.path == path), key=lambda use: not use.production)
    use = own[0] if own else None
    context = use.context if use else _context(tree, path, directory)
    if not _concerns(tree, path, context, directory, use is not None):
        return None
    target = file.stage(use.target) if use and use.target and use.production else None
    last = target or final_stage(file)
    build = Build(tree, path, context, file, last, directory)
    build.score = _score(build, use, directory)
    return build


def _concerns(tree: Tree, path: str, context: str, directory: str, used: bool) -> bool:
    """Not a Dockerfile of another application of the repository."""
    folder = folder_of(path)
    if is_below(folder, directory) or folder == directory or folder in parents(directory):
        inner = folder if is_below(folder, directory) and folder != directory else ""
        return not inner or not any(is_file(tree, f"{inner}/{name}") for name in _MANIFESTS)
    related = context in parents(directory)
    foreign = any(is_file(tree, f"{folder}/{name}") for name in _MANIFESTS)
    return related and (used or not foreign)


def _context(tree: Tree, path: str, directory: str) -> str:
    """Where nobody says it: the folder of the Dockerfile, or the application's when it is aside."""
    folder = folder_of(path)
    if folder in parents(directory):
        return folder
    if is_below(folder, directory) or folder == directory:
        return directory if not _copies_own(tree, path, folder) else folder
    return "."


def _copies_own(tree: Tree, path: str, folder: str) -> bool:
    text = tree.text(path) or ""
    names = re.findall(r"(?im)^\s*(?:COPY|ADD)\s+(?:--\S+\s+)*(\S+)", text)
    return any(is_file(tree, f"{folder}/{name.removeprefix('./')}") for name in names)


def final_stage(file: Dockerfile) -> Stage:
    """The last stage; a named stage of production where the last is for development."""
    last = file.stages[-1]
    if _STAGE_DEV.search(last.name):
        for stage in reversed(file.stages):
            if _STAGE_PROD.search(stage.name):
                return stage
    return last


def _python(file: Dockerfile) -> bool:
    """Whether the image that it ends in has Python."""
    for stage in file.sources(final_stage(file)):
        if images.python(stage.root.base) or "python" in stage.root.base.lower():
            return True
        runs = (each.rest for each in stage.instructions if each.name == "RUN")
        if any(_PYTHON_RUN.search(text) for text in runs):
            return True
    return False


def _score(build: Build, use: Use | None, directory: str) -> int:
    score = 10
    if _OTHER.search(build.path):
        score -= 40
    if _PROD.search(build.path):
        score += 15
    if _DEFAULT.search(build.path):
        score += 3
    if use is not None:
        score += 15 if use.production else 3
    roles = {ran.meaning.role for ran in started(build)}
    if "web" in roles:
        score += 30
    elif roles & {"worker"}:
        score -= 15
    if build.last.startup() == (None, None):
        score -= 5
    if any(_WITHOUT_DEV.search(e.rest) for s in build.sources for e in s.instructions):
        score += 8
    folder = folder_of(build.path)
    score += 6 if folder == directory else 3 if folder in parents(directory) else 0
    return score + (2 if build.path.endswith("Dockerfile") else 0)


def started(build: Build) -> list[Ran]:
    """What the image runs when it starts, in order."""
    entry, command = build.last.startup()
    follower = Follower(build.tree, build.locate, dict(build.last.variables))
    return list(launch(follower, form(entry, build.path), form(command, build.path)))


@dataclass(frozen=True, slots=True)
class Form:
    """An entry point or command: words, or a text for a shell."""

    words: tuple[str, ...] | None
    text: str
    at: Evidence


def form(instruction: Instruction | None, path: str) -> Form | None:
    """ENTRYPOINT or CMD of a Dockerfile; an empty one counts as none."""
    if instruction is None or not instruction.rest.strip():
        return None
    words = instruction.exec_form
    if words is not None and not words:
        return None
    at = Evidence(path, instruction.line)
    return Form(tuple(words) if words is not None else None, instruction.rest, at)


def launch(follower: Follower, entry: Form | None, command: Form | None) -> Iterator[Ran]:
    """What runs with this entry point and this command, as Docker puts them together."""
    if entry is None:
        if command is not None and command.words is None:
            yield from follower.shell(command.text, command.at)
        elif command is not None and command.words is not None:
            yield from follower.words(command.words, command.at)
    elif entry.words is None:
        yield from follower.shell(entry.text, entry.at)
    else:
        rest: tuple[str, ...] = ()
        if command is not None:
            rest = command.words or ("/bin/sh", "-c", command.text)
            follower.handed_on = command.at
        yield from follower.words((*entry.words, *rest), entry.at)
