"""Facts of compose files: the database, the application's commands, health and variables."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from scaffolder.scan import images
from scaffolder.scan.builds import Form, application_build, form, launch
from scaffolder.scan.code_words import mentioned
from scaffolder.scan.compose_database import database, server_facts, told
from scaffolder.scan.composition import Composition, Service, compositions
from scaffolder.scan.detectors.framework import RUNS_SERVER
from scaffolder.scan.duties import duties, health_path, variables
from scaffolder.scan.facts import Confidence, Evidence, Fact
from scaffolder.scan.image_files import Build
from scaffolder.scan.manifest import manifest
from scaffolder.scan.paths import folder_of, inside, is_file
from scaffolder.scan.repository import Repository
from scaffolder.scan.servers import Server
from scaffolder.scan.shell_words import word_set
from scaffolder.scan.startup import Follower, Ran, is_program

_ONE_OFF = word_set(
    "migrate collectstatic createsuperuser loaddata check test shell makemigrations"
    " compilemessages flush dbshell createcachetable init_db seed"
)
_OTHER_DUTY = re.compile(r"test|lint|docs?|debug|shell|bash|flower|jupyter|init|setup|seed|fixture")


def detect(repository: Repository) -> Iterator[Fact]:
    """What the compose file of production says; of others only the database, as a guess."""
    groups = compositions(repository.tree, repository.directory)
    yield from _floating(repository, groups)
    if not groups:
        return
    build = application_build(repository)
    group = next((each for each in groups if _users(each, build)), groups[0])
    if groups[0].production and not group.production:
        group = groups[0]
    users = _users(group, build)
    near = folder_of(group.path) in (".", repository.directory)
    confidence: Confidence = "certain" if group.production and (users or near) else "guess"
    found = database(repository.tree, group, users)
    if found is not None:
        yield from server_facts(found, confidence)
        yield from told(found, users, mentioned(repository), confidence)
    elif group.production:
        yield from _beside(repository, groups)
    if group.production:
        for service in users:
            yield from _service(repository, build, service)
        yield from _promised(group)


def _beside(repository: Repository, groups: list[Composition]) -> Iterator[Fact]:
    """The database of the plain compose file, where production's file starts none."""
    for other in groups:
        found = database(repository.tree, other, ()) if other.production else None
        if found is not None:
            yield from server_facts(found, "likely")
            return


def _users(group: Composition, build: Build | None) -> list[Service]:
    """The services that run the application's image."""
    own: list[Service] = []
    for service in group.services:
        built = service.build()
        if (build is not None and built is not None and built[0] == build.path) or (
            build is None and built is None and _bare(service)
        ):
            own.append(service)
    names = {service.find("image")[1].text for service in own} - {None}
    for service in group.services:
        if service not in own and service.find("image")[1].text in names:
            own.append(service)
    return own


def _bare(service: Service) -> bool:
    """A service that runs the sources in an image of Python, without a Dockerfile."""
    return images.python(service.image) is not None and bool(service.find("command")[1])


def _floating(repository: Repository, groups: list[Composition]) -> Iterator[Fact]:
    """Images of all compose files without a version; not those that the repository makes."""
    own = {repository.tree.root.resolve().name.lower()}
    own.add(manifest(repository.tree, repository.directory).name.lower())
    built = {
        service.find("image")[1].text
        for group in groups
        for service in group.services
        if service.find("build")[1]
    }
    for group in groups:
        for service in group.services:
            file, node = service.find("image")
            if node.text and node.text not in built and images.floating(node.text):
                named = images.Image.read(node.text)
                if named is None or named.name not in own:
                    at = (Evidence(file, node.line),)
                    yield Fact("image.floating", node.text, at, "compose")


def _service(repository: Repository, build: Build | None, service: Service) -> Iterator[Fact]:
    """Commands, health and variables of one service of the application."""
    ran = _ran(repository, build, service)
    roles = {each.meaning.role for each in ran}
    overridden = bool(service.find("command")[1] or service.find("entrypoint")[1])
    if overridden and not any(each.meaning.development for each in ran):
        yield from _commands(repository, build, service, ran)
    if not overridden or roles & {"web", "program"}:
        yield from _health(service)
        rows = (
            (name, service.filled(value), Evidence(file, line))
            for name, value, file, line in service.environment()
            if value
        )
        yield from variables(rows, "compose")


def _ran(repository: Repository, build: Build | None, service: Service) -> list[Ran]:
    """What the service runs, its own command in the place of the image's."""
    known = dict(build.last.variables) if build else {}
    known |= {name: service.filled(value) for name, value, _, _ in service.environment() if value}
    follower = Follower(repository.tree, _Locator(repository, build, service), known)
    own_entry, own_command = _form(service, "entrypoint"), _form(service, "command")
    if build is None:
        return list(launch(follower, own_entry, own_command))
    entry, command = build.last.startup()
    if own_entry is not None:
        return list(launch(follower, own_entry, own_command))
    base = form(entry, build.path)
    if own_command is not None and base is not None and base.words and own_command.words is None:
        words = _split(own_command.text)
        own_command = Form(words, own_command.text, own_command.at) if words else own_command
    return list(launch(follower, base, own_command or form(command, build.path)))


def _split(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return ()


def _form(service: Service, key: str) -> Form | None:
    file, node = service.find(key)
    at = Evidence(file, node.line)
    if node.members is not None:
        words = tuple(service.filled(text) for text, _ in node.texts())
        return Form(words, " ".join(words), at) if words else None
    text = service.filled(node.text or "").strip()
    return Form(None, text, at) if text else None


class _Locator:
    """Finds a script: by the Dockerfile's COPY, else below the folder of the compose file."""

    def __init__(self, repository: Repository, build: Build | None, service: Service) -> None:
        self.repository, self.build, self.service = repository, build, service
        self.tree = repository.tree

    def __call__(self, path: str) -> str | None:
        for text, _ in self.service.find("volumes")[1].texts():
            source, _, target = text.partition(":")
            mounted = inside(self.service.folder, source) if source.startswith(".") else None
            if target.partition(":")[0] == path and mounted and is_file(self.tree, mounted):
                return mounted
        if self.build is not None:
            return self.build.locate(path)
        for folder in (self.service.folder, self.repository.directory):
            found = inside(folder, path)
            if found and is_file(self.tree, found):
                return found
        return None


def _commands(
    repository: Repository, build: Build | None, service: Service, ran: list[Ran]
) -> Iterator[Fact]:
    roles = {each.meaning.role for each in ran}
    if roles & {"web", "worker", "migrate"}:
        known = dict(build.last.variables) if build else {}
        known |= {name: value or "" for name, value, _, _ in service.environment()}
        locate = _Locator(repository, build, service)
        server = Server(repository.tree, locate, repository.directory, known)
        programs = bool(service.find("ports")[1])
        yield from duties(server, ran, "compose", programs=programs)
    elif len(ran) == 1 and _serves(repository, build, service, ran[0]):
        sure: Confidence = "likely"
        yield Fact("app.start", ran[0].text, (ran[0].evidence,), "compose", sure)
    elif len(ran) == 1 and _background(service, ran[0]):
        yield Fact("app.worker", ran[0].text, (ran[0].evidence,), "compose", "likely")


def _serves(repository: Repository, build: Build | None, service: Service, ran: Ran) -> bool:
    """`python app/main.py`, where that file runs a web server."""
    locate = _Locator(repository, build, service)
    files = [locate(word) for word in ran.meaning.core if word.endswith(".py")]
    module = repository.python.by_path.get(files[0] or "") if files else None
    return module is not None and any(True for _ in module.calls(*RUNS_SERVER))


def _background(service: Service, ran: Ran) -> bool:
    """A command of the application's own that stays: not one that others wait for to end."""
    words = ran.meaning.core
    django = [word for word in words if not word.startswith("-")]
    own = "manage.py" in ran.text or is_program(tuple(ran.text.split()))
    once = bool(_ONE_OFF & set(django)) or service.text("restart") in ("no", "on-failure")
    if not own or once or service.find("profiles")[1] or service.find("ports")[1]:
        return False
    return not _OTHER_DUTY.search(service.name) and not _OTHER_DUTY.search(ran.text)


def _health(service: Service) -> Iterator[Fact]:
    file, node = service.find("healthcheck", "test")
    text = " ".join(service.filled(text) for text, _ in node.texts())
    path = health_path(text)
    if path:
        line = node.each()[0].line if node.each() else node.line
        yield Fact("app.health", path, (Evidence(file, line),), "compose")


def _promised(group: Composition) -> Iterator[Fact]:
    """Variables that compose refuses to start without."""
    for service in group.services:
        for _, value, file, line in service.environment():
            for name in re.findall(r"\$\{(\w+):?\?", value or ""):
                yield Fact("environment.promised", name, (Evidence(file, line),), "compose")
