"""Facts of continuous integration: only the jobs that test the application count."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from scaffolder.scan import ci_compose, images
from scaffolder.scan.builds import application_build
from scaffolder.scan.ci_jobs import Job, workflow_jobs
from scaffolder.scan.ci_providers import azure, bitbucket, circleci, drone, gitlab, travis
from scaffolder.scan.commands import meaning
from scaffolder.scan.compose_database import database
from scaffolder.scan.composition import compositions
from scaffolder.scan.facts import Confidence, Evidence, Fact
from scaffolder.scan.image_files import Build
from scaffolder.scan.paths import is_file
from scaffolder.scan.platforms import procfile
from scaffolder.scan.repository import Repository
from scaffolder.scan.shell_words import simple_commands
from scaffolder.scan.test_commands import Tested, tested
from scaffolder.scan.tree import Tree, join

_FILES: dict[str, tuple[str, Callable[[Tree, str], Iterator[Job]]]] = {
    ".gitlab-ci.yml": ("gitlab", gitlab),
    ".circleci/config.yml": ("circleci", circleci),
    ".travis.yml": ("travis", travis),
    "azure-pipelines.yml": ("azure", azure),
    "bitbucket-pipelines.yml": ("bitbucket", bitbucket),
    ".drone.yml": ("drone", drone),
}

_ASIDE = re.compile(
    r"(?i)(?<![a-z])(e2e|migrations?|perf\w*|semgrep|smoke|bench\w*|load-?tests?|acceptance|playwright"
    r"|selenium|jmeter|locust|nightly|docs?)(?![a-z])"
)
"""Words of jobs for special tests."""


def detect(repository: Repository) -> Iterator[Fact]:
    """Providers, and what the jobs say that run the application's tests."""
    tree = repository.tree
    jobs: list[Job] = []
    for path in tree.files:
        if re.fullmatch(r"\.github/workflows/[^/]+\.ya?ml", path):
            jobs += workflow_jobs(tree, path)
            yield Fact("ci.provider", "github", (Evidence(path),), "ci")
    for path, (provider, read) in _FILES.items():
        if is_file(tree, path):
            yield Fact("ci.provider", provider, (Evidence(path),), "ci")
            jobs += read(tree, path)
    if is_file(tree, "Jenkinsfile"):
        yield Fact("ci.provider", "jenkins", (Evidence("Jenkinsfile"),), "ci")
    yield from _floating(jobs)
    yield from _tests(repository, jobs)


def _floating(jobs: list[Job]) -> Iterator[Fact]:
    for job in jobs:
        for image, at in job.services:
            if not at.path.endswith(".travis.yml") and images.floating(image):
                yield Fact("image.floating", image, (at,), "ci")


def _tests(repository: Repository, jobs: list[Job]) -> Iterator[Fact]:
    tree, directory = repository.tree, repository.directory
    found = [(job, list(tested(tree, job, directory))) for job in jobs]
    found = [(job, commands) for job, commands in found if commands]
    if not found:
        return
    yield from _command(found)
    for job, commands in found:
        yield from _pythons(repository, job, commands)
        yield from _surroundings(job)
    for job, _ in found:
        yield from _zone(job)
    if application_build(repository) is None and procfile(repository) is None:
        yield from _migrations([job for job, _ in found])
    yield from _engines(repository, [job for job, _ in found])


def _command(found: list[tuple[Job, list[Tested]]]) -> Iterator[Fact]:
    """The first command; one for special tests only where there is no other, as a guess."""
    rows = [
        (bool(_ASIDE.search(f"{job.path} {job.name} {_aims(command.text)}")), command)
        for job, commands in found
        for command in commands
    ]
    rows.sort(key=lambda row: (row[0], not row[1].runner))
    aside, best = rows[0]
    confidence: Confidence = "guess" if aside or "${{ inputs" in best.text else "certain"
    yield Fact("tests.command", best.text, (best.at,), "ci", confidence)
    if best.runner:
        yield Fact("tests.runner", best.runner, (best.at,), "ci")


def _aims(text: str) -> str:
    """The words of a command that may name what is tested."""
    words = re.sub(r"\bnot \w+", "", text).split()
    return " ".join(word for word in words if not word.startswith("-"))


def _pythons(repository: Repository, job: Job, commands: list[Tested]) -> Iterator[Fact]:
    if all(command.container for command in commands):
        build = application_build(repository)
        yield from _of_image(build) if build else ()
        return
    rows = list(job.pythons)
    rows += [(value, at) for name, value, at in job.variables if name == "UV_PYTHON"]
    known = False
    for value, at in rows:
        number = _number(value)
        if number:
            known = True
            yield Fact("ci.python", number, (at,), "ci")
    if not known and not rows and job.uses_uv and not job.fixed:
        yield from _uv_file(repository)


def _number(value: str) -> str | None:
    """`3.12` of `3.12.1`, `3.13-dev`, or of the image of the job."""
    if value.startswith("image "):
        return images.python(value.removeprefix("image "))
    match = re.match(r"(?:cpython-?|python-?)?(3\.\d+)(?![\dx*])", value.strip())
    return match[1] if match else None


def _of_image(build: Build) -> Iterator[Fact]:
    number = images.python(build.last.root.base)
    if number:
        at = Evidence(build.path, build.last.root.line)
        yield Fact("ci.python", number, (at,), "ci")


def _uv_file(repository: Repository) -> Iterator[Fact]:
    """Without a version uv takes the one of `.python-version`."""
    for folder in dict.fromkeys((repository.directory, ".")):
        path = join(folder, ".python-version")
        for number, line in enumerate(repository.tree.lines(path), 1):
            found = _number(line)
            if found:
                yield Fact("ci.python", found, (Evidence(path, number),), "ci", "likely")
                return


def _surroundings(job: Job) -> Iterator[Fact]:
    for value, at in job.systems:
        yield Fact("ci.os", value, (at,), "ci")


def _zone(job: Job) -> Iterator[Fact]:
    rows = [*job.variables, *(row for step in job.steps for row in step.variables)]
    for name, value, at in rows:
        if name == "TZ" and re.fullmatch(r"[A-Za-z][\w+/-]*", value):
            yield Fact("ci.timezone", value, (at,), "ci")
            return


def _migrations(jobs: list[Job]) -> Iterator[Fact]:
    for job in jobs:
        for step in job.steps:
            for each in simple_commands(step.text):
                if meaning(each.words).role == "migrate":
                    at = Evidence(step.at.path, (step.at.line or 1) + each.line)
                    yield Fact("database.migrate", " ".join(each.raw), (at,), "ci", "likely")
                    return


def _engines(repository: Repository, jobs: list[Job]) -> Iterator[Fact]:
    """The database beside the tests; of a matrix the engine of production, the first version."""
    rows = [
        (engine, image, at)
        for job in jobs
        for image, at in [*job.services, *_started(repository, job)]
        if (engine := images.engine(image))
    ]
    engines = list(dict.fromkeys(engine for engine, _, _ in rows))
    if len(engines) > 1:
        known = _production(repository)
        engines = [known] if known in engines else [each for each in engines if each == "postgres"]
    rows = [row for row in rows if row[0] in engines]
    versions = list(dict.fromkeys(v for _, image, _ in rows if (v := images.version(image))))
    for engine, image, at in rows:
        yield Fact("ci.engine", engine, (at,), "ci")
        yield Fact("database.engine", engine, (at,), "ci", "likely")
        version = images.version(image)
        if version and version == versions[0]:
            yield Fact("ci.version", version, (at,), "ci")
        if version and len(versions) == 1:
            yield Fact("database.version", version, (at,), "ci", "likely")
            if not at.path.endswith(".travis.yml"):
                yield Fact("database.image", image, (at,), "ci", "likely")


def _production(repository: Repository) -> str | None:
    """The engine of the compose file that counts."""
    for group in compositions(repository.tree, repository.directory)[:1]:
        found = database(repository.tree, group, group.services)
        return found.engine if found else None
    return None


def _started(repository: Repository, job: Job) -> Iterator[tuple[str, Evidence]]:
    """`docker run -d postgres:16` in a step, and what `docker compose up` starts."""
    tree, directory = repository.tree, repository.directory
    for step in job.steps:
        yield from ci_compose.started(tree, step.text, step.folder, directory)
        for each in simple_commands(step.text):
            if each.words[:2] == ("docker", "run"):
                at = Evidence(step.at.path, (step.at.line or 1) + each.line)
                yield from ((word, at) for word in each.words[2:] if images.engine(word))
