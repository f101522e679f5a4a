"""Rules inside of `app` and `production`: placeholders, paths, what needs what."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from scaffolder.spec.grammar import placeholders
from scaffolder.spec.model import Spec
from scaffolder.spec.problems import Finding, Path, did_you_mean, dotted, quoted

DATABASE_PLACEHOLDERS = ("user", "password", "host", "port", "name")
_START_PLACEHOLDERS = ("host", "port")


def consistency_findings(spec: Spec) -> Iterator[Finding]:
    """All findings about the sections `app`, `production` and `packaging`."""
    yield from _start(spec)
    yield from _database(spec)
    yield from _environment(spec)
    yield from _paths(spec)
    yield from _needs_start(spec)
    if spec.app.orm == "django" and spec.app.django_settings is None:
        text = "app.django_settings is missing: the ORM is Django"
        yield Finding(("app", "orm"), text, "like shop.settings")


def _start(spec: Spec) -> Iterator[Finding]:
    start = spec.app.start
    if start is None:
        return
    path: Path = ("app", "start")
    yield from _only(path, start, _START_PLACEHOLDERS)
    if "port" not in placeholders(start):
        text = "app.start has no {port}: the harness gives the application a free one"
        yield Finding(path, text, "env PORT={port} ... where the server reads a variable")


def _only(path: Path, text: str, known: tuple[str, ...]) -> Iterator[Finding]:
    for name in placeholders(text):
        if name not in known:
            problem = f"{dotted(path)}: there is no placeholder '{{{name}}}' here"
            yield Finding(path, problem, did_you_mean(name, known))


def _database(spec: Spec) -> Iterator[Finding]:
    database = spec.production.database
    path: Path = ("production", "database")
    for name, value in database.env.items():
        yield from _only((*path, "env", name), value, DATABASE_PLACEHOLDERS)
    used = {name for value in database.env.values() for name in placeholders(value)}
    missing = [f"{{{name}}}" for name in DATABASE_PLACEHOLDERS if name not in used]
    if missing:
        text = f"production.database.env: no variable takes {', '.join(missing)}"
        hint = "the harness makes role, database and port itself, and has to hand them over"
        yield Finding((*path, "env"), text, hint)
    if database.migrate is not None and database.sql_files:
        text = "production.database: both `migrate` and `sql_files` build the schema"
        yield Finding((*path, "sql_files"), text, "keep one of them")
    if spec.app.own_suite:
        for name, value in spec.app.own_suite.env.items():
            place = ("app", "own_suite", "env", name)
            yield from _only(place, value, DATABASE_PLACEHOLDERS)


def _environment(spec: Spec) -> Iterator[Finding]:
    for name, variable in spec.production.environment.items():
        path: Path = ("production", "environment", name)
        if name in spec.production.database.env:
            text = f"{name} stands in production.database.env, too"
            yield Finding(path, text, "keep it there alone", "key")
        if variable.required and variable.sample is None:
            text = f"{dotted(path)}: a required variable needs a `sample`"
            yield Finding(path, text, "the harness starts the application with it")


def _paths(spec: Spec) -> Iterator[Finding]:
    """Paths relative to app.directory may climb, but not out of the repository."""
    for path, value in _climbing(spec):
        whole = posixpath.normpath(posixpath.join(spec.app.directory, value))
        if whole == ".." or whole.startswith("../"):
            text = f"{dotted(path)}: {quoted(value)} leaves the repository"
            yield Finding(path, text, f"it is relative to app.directory, '{spec.app.directory}'")


def _climbing(spec: Spec) -> Iterator[tuple[Path, str]]:
    yield ("app", "install", "lock"), spec.app.install.lock
    yield ("app", "source"), spec.app.source
    if spec.production.image:
        yield ("production", "image", "dockerfile"), spec.production.image.dockerfile
    for index, exclusion in enumerate(spec.app.sql.exclude):
        yield ("app", "sql", "exclude", index, "path"), exclusion.path
    for key in ("data_files", "forbid"):
        for index, value in enumerate(getattr(spec.packaging, key)):
            yield ("packaging", key, index), value


def _needs_start(spec: Spec) -> Iterator[Finding]:
    if spec.app.start is not None:
        return
    for index, journey in enumerate(spec.journeys):
        if journey.act.run is None or journey.setup or journey.outcomes:
            path: Path = ("journeys", index)
            text = f"{dotted(path)}: a journey that sends requests needs app.start"
            yield Finding(path, text, "the command that starts the server")
    for index, _ in enumerate(spec.refusals):
        path = ("refusals", index)
        yield Finding(path, f"{dotted(path)}: a refusal sends a request and needs app.start")
