"""Facts of what deploys the application: Procfile, platforms, Kubernetes, systemd."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scaffolder.scan import images
from scaffolder.scan.builds import application_build
from scaffolder.scan.commands import meaning
from scaffolder.scan.duties import duties, variables
from scaffolder.scan.facts import Evidence, Fact, Place
from scaffolder.scan.kubernetes import Container, containers, units
from scaffolder.scan.paths import folder_of, inside, is_file
from scaffolder.scan.platforms import Said, procfile, runtime_python, said
from scaffolder.scan.repository import Repository
from scaffolder.scan.servers import Server, target
from scaffolder.scan.shell_words import simple_commands
from scaffolder.scan.startup import Follower, Ran, processes


def detect(repository: Repository) -> Iterator[Fact]:
    """What the files of platforms say about production."""
    path = procfile(repository)
    if path is not None:
        yield from _procfile(repository, path)
    rows = list(said(repository))
    yield from _platforms(repository, rows)
    runtime = runtime_python(repository.tree, repository.directory)
    if runtime:
        yield Fact("production.python", runtime[0], (runtime[1],), "procfile")
    yield from _kubernetes(repository)
    yield from _systemd(repository)


def _server(repository: Repository, folder: str) -> Server:
    def locate(path: str) -> str | None:
        for each in (folder, repository.directory):
            found = inside(each, path)
            if found and is_file(repository.tree, found):
                return found
        return None

    return Server(repository.tree, locate, repository.directory, {})


def _run(server: Server, text: str, at: Evidence) -> list[Ran]:
    return list(Follower(server.tree, server.locate).shell(text, at))


def _whole(key: str, text: str, at: Evidence, place: Place) -> Fact:
    return Fact(key, " ".join(text.split()), (at,), place)


def _procfile(repository: Repository, path: str) -> Iterator[Fact]:
    server = _server(repository, folder_of(path))
    for name, text, line in processes(repository.tree, path):
        at = Evidence(path, line)
        yield from _process(server, name, text, at, "procfile")


def _process(server: Server, name: str, text: str, at: Evidence, place: Place) -> Iterator[Fact]:
    """A line of a Procfile, or a process of a platform."""
    ran = _run(server, text, at)
    roles = {each.meaning.role for each in ran}
    if name == "web":
        if any(each.meaning.development for each in ran):
            return
        served = [each for each in ran if each.meaning.role == "web"]
        followed = [each for each in served if each.evidence.path != at.path]
        yield _whole("app.start", followed[0].text if followed else text, at, place)
        pointed = target(server, served[0]) if served else None
        if pointed:
            yield Fact("app.target", pointed[0], (pointed[1],), place)
    if name in ("web", "release"):
        for each in ran:
            if each.meaning.role == "migrate":
                yield Fact("database.migrate", each.text, (each.evidence,), place)
                break
    elif "worker" in roles or name in ("worker", "beat", "scheduler", "clock"):
        yield _whole("app.worker", text, at, place)


def _platforms(repository: Repository, rows: list[Said]) -> Iterator[Fact]:
    server = _server(repository, repository.directory)
    env = [(row.name, row.value, row.at) for row in rows if row.kind == "env"]
    yield from variables(env, "deploy")
    for row in rows:
        at = (row.at,)
        if row.kind in ("web", "release", "worker"):
            yield from _process(server, row.kind, row.value, row.at, "deploy")
        elif row.kind == "health":
            path = row.value.partition("?")[0]
            yield Fact("app.health", path, at, "deploy")
        elif row.kind == "engine":
            yield Fact("database.engine", row.value, at, "deploy")
        elif row.kind == "version":
            number = images.series(row.name, row.value)
            if number:
                yield Fact("database.version", number, at, "deploy")
        elif row.kind == "python":
            match = re.match(r"3\.\d+", row.value)
            if match:
                yield Fact("production.python", match[0], at, "deploy")


def _kubernetes(repository: Repository) -> Iterator[Fact]:
    found = containers(repository.tree)
    for each in found:
        engine = images.engine(each.image.text or "")
        if engine:
            yield from _database(each, engine)
    own = [each for each in found if each.image.text and not _foreign(each)]
    if application_build(repository) is None and not any(_serves(each) for each in own):
        return
    server = _server(repository, repository.directory)
    names = {_name(each) for each in own if _serves(each)}
    for each in own:
        if _serves(each) or _name(each) in names:
            yield from _container(server, each)


def _database(each: Container, engine: str) -> Iterator[Fact]:
    text, at = each.image.text or "", (Evidence(each.path, each.image.line),)
    yield Fact("database.engine", engine, at, "deploy")
    version = images.version(text)
    if version:
        yield Fact("database.version", version, at, "deploy")
    if "$" not in text and "{" not in text:
        yield Fact("database.image", text, at, "deploy")


def _foreign(each: Container) -> bool:
    """A server of somebody else: a database, a cache, a proxy."""
    text = each.image.text or ""
    return bool(images.engine(text) or images.service(text) or re.search(r"nginx|busybox", text))


def _name(each: Container) -> str:
    named = images.Image.read(each.image.text or "")
    return named.path if named else each.image.text or ""


def _serves(each: Container) -> bool:
    words, _ = each.words()
    return any(meaning(simple.words).role == "web" for simple in simple_commands(" ".join(words)))


def _container(server: Server, each: Container) -> Iterator[Fact]:
    words, at = each.words()
    if words:
        yield from duties(server, Follower(server.tree, server.locate).words(words, at), "deploy")
    if each.kind in ("Deployment", "StatefulSet", "Pod") and not each.init:
        yield from variables(each.variables(), "deploy")
        for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
            asked = each.node.get(probe, "httpGet", "path")
            if asked.text:
                path = asked.text.partition("?")[0]
                yield Fact("app.health", path, (Evidence(each.path, asked.line),), "deploy")
                break


def _systemd(repository: Repository) -> Iterator[Fact]:
    """Units that start a known server or worker; the paths in them are the machine's."""
    server = _server(repository, repository.directory)
    for text, at in units(repository.tree):
        if "{{" in text or "%" in text:
            continue
        ran = [each for each in _run(server, text, at) if each.meaning.role in ("web", "worker")]
        yield from duties(server, ran, "deploy", "likely")
