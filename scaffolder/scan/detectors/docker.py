"""Facts of the Dockerfile that builds the application."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from scaffolder.scan import images
from scaffolder.scan.builds import application_build, dockerfiles, started
from scaffolder.scan.dockerfile import Instruction, parse
from scaffolder.scan.duties import duties, generates, health_path, variables
from scaffolder.scan.facts import Confidence, Evidence, Fact
from scaffolder.scan.image_files import Build
from scaffolder.scan.image_installs import installed
from scaffolder.scan.repository import Repository
from scaffolder.scan.servers import Server
from scaffolder.scan.shell_words import simple_commands
from scaffolder.scan.tree import Tree, join
from scaffolder.scan.wrappers import unwrapped


def detect(repository: Repository) -> Iterator[Fact]:
    """What production's image says; nothing where no Dockerfile is the application's."""
    tree = repository.tree
    for path in dockerfiles(tree):
        yield from _floating(tree, path)
    build = application_build(repository)
    if build is None:
        return
    yield Fact("production.dockerfile", build.path, (Evidence(build.path),), "image", "likely")
    yield from _base(build)
    yield from _environment(build)
    yield from _path(repository, build)
    yield from _user(build)
    server = Server(tree, build.locate, repository.directory, build.last.variables)
    yield from duties(server, started(build), "image")
    yield from _health(build)
    yield from installed(build, repository)
    yield from _generated(build)


def _floating(tree: Tree, path: str) -> Iterator[Fact]:
    """Images of a Dockerfile without a version."""
    file = parse(tree.text(path) or "")
    names = {stage.name.lower() for stage in file.stages if stage.name}
    numbers = {str(stage.index) for stage in file.stages}
    for stage in file.stages:
        rows = [(stage.written, stage.line)] if stage.parent is None else []
        for each in stage.instructions:
            if each.name in ("COPY", "ADD"):
                rows += [(value, each.line) for key, value in each.flags if key == "from"]
        for reference, line in rows:
            known = reference.lower() in names or reference in numbers
            if not known and images.floating(reference):
                yield Fact("image.floating", reference, (Evidence(path, line),), "image")


def _generated(build: Build) -> Iterator[Fact]:
    """Files that the image is built with and the repository lacks: collected, compiled ones."""
    for each in build.last.instructions:
        if each.name != "RUN":
            continue
        for command in simple_commands(each.rest):
            core = unwrapped(command.words)
            if core and generates(core):
                at = (Evidence(build.path, each.line + command.line),)
                yield Fact("app.prepare", " ".join(command.raw), at, "image", "likely")


def _base(build: Build) -> Iterator[Fact]:
    root = build.last.root
    evidence = (Evidence(build.path, root.line),)
    number = images.python(root.base)
    if number:
        yield Fact("production.python", number, evidence, "image")
    else:
        yield from _installed_python(build)
    system = images.system(root.base)
    if system:
        yield Fact("production.os", system, evidence, "image")


def _installed_python(build: Build) -> Iterator[Fact]:
    """Python that the image gets beside its base: uv's, or a package of the distribution."""
    found: dict[str, Evidence] = {}
    pattern = re.compile(
        r"uv python install (?:cpython-?)?(3\.\d+)"
        r"|(?<![\w.-])python(3\.\d+)(?=[\s;&\\]|-venv|-minimal|$)"
    )
    for stage in build.sources:
        if stage.env.get("UV_PYTHON", ("", 0))[0][:2] == "3.":
            value, line = stage.env["UV_PYTHON"]
            found.setdefault(".".join(value.split(".")[:2]), Evidence(build.path, line))
        for each in stage.instructions:
            for match in pattern.finditer(each.rest) if each.name == "RUN" else ():
                line = each.line + each.rest[: match.start()].count("\n")
                found.setdefault(match[1] or match[2], Evidence(build.path, line))
    if len(found) == 1:
        number, at = next(iter(found.items()))
        yield Fact("production.python", number, (at,), "image", "likely")
        return
    roots = {images.python(stage.root.base): stage.root.line for stage in build.sources}
    numbers = [number for number in roots if number]
    if not found and len(numbers) == 1:
        line = roots[numbers[0]]
        yield Fact(
            "production.python", numbers[0], (Evidence(build.path, line),), "image", "likely"
        )


def _environment(build: Build) -> Iterator[Fact]:
    rows = [(k, v, Evidence(build.path, line)) for k, (v, line) in build.last.env.items()]
    yield from variables(rows, "image")


def _path(repository: Repository, build: Build) -> Iterator[Fact]:
    """PYTHONPATH, where it names the folder that the packages were copied to."""
    value, line = build.last.env.get("PYTHONPATH", ("", 0))
    source, folder = repository.application.source, build.folder
    for part in value.split(":") if value else ():
        full = posixpath.normpath(posixpath.join(folder, part or "."))
        near = f"{folder}/".startswith(f"{full}/") or f"{full}/".startswith(f"{folder}/")
        files = [
            name
            for package in repository.application.packages
            for name in (f"{package}/__init__.py", f"{package}.py")
        ]
        if near and any(build.locate(f"{full}/{n}") == join(source, n) for n in files):
            yield Fact("production.path", source, (Evidence(build.path, line),), "image", "likely")
            return


def _user(build: Build) -> Iterator[Fact]:
    user = build.last.last("USER")
    name = user.words[0].partition(":")[0] if user and user.words else "root"
    if name in ("root", "0"):
        line = user.line if user else build.last.line
        # an image from elsewhere may set a user of its own
        known = images.python(build.last.root.base) or images.system(build.last.root.base)
        confidence: Confidence = "certain" if user or known else "likely"
        yield Fact("image.root", build.path, (Evidence(build.path, line),), "image", confidence)


def _health(build: Build) -> Iterator[Fact]:
    check = build.last.last("HEALTHCHECK")
    if check is None or check.rest.strip().upper() == "NONE":
        return
    path = health_path(check.rest)
    at = Evidence(build.path, check.line)
    if path is None:
        path, at = _script_health(build, check) or (None, at)
    if path:
        yield Fact("app.health", path, (at,), "image")


def _script_health(build: Build, check: Instruction) -> tuple[str, Evidence] | None:
    """A health check that is a script of the repository; a host alone may be anything there."""
    for word in re.findall(r"[\w./-]+\.(?:sh|py)\b|/[\w./-]+", check.rest):
        file = build.locate(posixpath.normpath(word))
        for number, line in enumerate(build.tree.lines(file) if file else [], 1):
            plain = re.sub(r"(?<!\$)\{[^{}]*\}", "", line)
            path = health_path(f"curl {plain}") if "http" in line or "curl" in line else None
            if file and path and path != "/":
                return path, Evidence(file, number)
    return None
