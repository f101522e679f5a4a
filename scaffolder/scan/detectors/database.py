"""The application's database as the code sees it: engine, driver, default, and its variables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from scaffolder.scan.database_drivers import ENGINE_OF_DRIVER
from scaffolder.scan.database_settings import (
    Database,
    database_of,
    driver_distribution,
    engine_of_opening,
)
from scaffolder.scan.database_sinks import Opening
from scaffolder.scan.database_syntax import conditional
from scaffolder.scan.database_value import engine_of
from scaffolder.scan.detectors.environment import detail, place_of
from scaffolder.scan.env_reads import Read
from scaffolder.scan.facts import Confidence, Evidence, Fact
from scaffolder.scan.repository import Repository

_TEMPLATE = "{scheme}://{{user}}:{{password}}@{{host}}:{{port}}/{{name}}"
_SCHEMES = {"postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql", "mongodb": "mongodb"}
_MODULES = {"": "psycopg2", "mysqldb": "mysqlclient", "mysqlconnector": "mysql-connector-python"}


def detect(repository: Repository) -> Iterator[Fact]:
    """database.engine, database.driver, database.default, database.variable."""
    database = database_of(repository)
    yield from _engines(database)
    yield from _default(database)
    if database.engine is not None and database.engine != "sqlite":
        yield from _driver(database)
    if database.chosen is not None:
        yield from _variables(database, database.chosen)


def _where(opening: Opening) -> tuple[Evidence, ...]:
    lines = [Evidence(read.module.path, read.line) for read in opening.value.reads]
    return tuple(dict.fromkeys([Evidence(opening.module.path, opening.line), *lines]))[:4]


def _engines(database: Database) -> Iterator[Fact]:
    """The chosen one; alternatives of the settings are guesses, since they are no contradiction."""
    for engine, opening in database.engines.items():
        others = any(ENGINE_OF_DRIVER.get(name, engine) != engine for name in database.installed)
        others = others or opening.value.partial or database.hint is not None
        others = others or database.overridden
        fallback = engine == "sqlite" and others
        fallback = fallback or (engine == "mysql" and database.hint == "mariadb")
        chosen = engine == database.engine and not fallback
        sure: Confidence = "certain" if chosen else "guess"
        place = place_of(opening.module)
        yield Fact("database.engine", engine, _where(opening), place, sure)
    wanted = database.engine
    if wanted is not None and wanted not in database.engines and database.chosen is not None:
        rows = [
            row
            for read in database.chosen.value.reads
            if (row := database.known.examples.first(read.name, "example", "env"))
            and engine_of(row.value.partition("://")[0]) == wanted
        ]
        for row in rows[:1]:
            yield Fact("database.engine", wanted, (Evidence(row.path, row.line),), "example")
        for path, line in database.installed.values() if not rows else ():
            where = (Evidence(path, line),)
            yield Fact("database.engine", wanted, where, "manifest", "likely")


def _default(database: Database) -> Iterator[Fact]:
    """The engine of the first way that needs no variable."""
    for opening in database.openings:
        value, engine = opening.value, opening.value.engine
        if engine is None or (value.selector and value.selector[0].default != value.selector[1]):
            continue
        if value.selector is None and conditional(value.module, value.node):
            continue
        needed = [r for part, r in value.parts if isinstance(r, Read) and part != "password"]
        needed += [value.url] if value.url else []
        if all(read.has_default for read in needed):
            place = place_of(opening.module)
            yield Fact("database.default", engine, _where(opening), place)
            return


def _driver(database: Database) -> Iterator[Fact]:
    """By the scheme, by the module that is called, else the only one that fits and is installed."""
    for opening in database.openings:
        name = _driver_of(database, opening)
        if name is not None:
            place = place_of(opening.module)
            yield Fact("database.driver", name, _where(opening), place)
            return
    fitting = [name for name in database.installed if _fits(name, database)]
    if len(fitting) == 1:
        path, line = database.installed[fitting[0]]
        yield Fact("database.driver", fitting[0], (Evidence(path, line),), "manifest", "likely")


def _driver_of(database: Database, opening: Opening) -> str | None:
    scheme = _scheme(database, opening) or ""
    told = opening.value.url is not None  # then the default's engine says nothing
    if not told and engine_of_opening(opening) not in (database.engine, None):
        return None
    if engine_of(scheme) not in (database.engine, None):
        return None
    module = scheme.partition("+")[2] or opening.driver
    if not module and opening.call and scheme == "postgresql":
        module = "psycopg2"  # what SQLAlchemy takes without a driver in the URL
    if module in ("", "async", "tortoise"):
        return None
    module = _MODULES.get(module, module)
    guess = module if module != "psycopg2" else None
    return driver_distribution(database, module) or guess


def _fits(name: str, database: Database) -> bool:
    return ENGINE_OF_DRIVER.get(name) == database.engine


def _scheme(database: Database, opening: Opening) -> str | None:
    """As production's files write it, else the settings' default, else what the code needs."""
    value, engine = opening.value, database.engine
    if value.url is None:
        return value.scheme
    known = database.known.examples
    for kinds in (("compose", "image"), ("example",), ("env",)):
        row = known.first(value.url.name, *kinds)
        scheme = row.value.partition("://")[0] if row and "://" in row.value else ""
        if engine_of(scheme) == engine:
            return scheme
    if engine_of(value.scheme) == engine and value.url.has_default:
        return value.scheme
    documented = _documented(database, value.url.name)
    if documented is not None:
        return documented
    plain = _SCHEMES.get(engine or "")
    if plain == "postgresql" and opening.driver == "async" and not value.changed:
        for name in ("asyncpg", "psycopg"):
            if name in database.installed:
                return f"{plain}+{name}"
    if plain == "postgresql" and opening.call and not value.changed:
        return plain if _has_default_driver(database) else f"{plain}+psycopg"
    return plain


def _has_default_driver(database: Database) -> bool:
    """Whether SQLAlchemy's own choice, psycopg2, is there, or psycopg 3 is not."""
    return "psycopg" not in database.installed or any(
        name.startswith("psycopg2") for name in database.installed
    )


def _documented(database: Database, name: str) -> str | None:
    """The scheme of `NAME=scheme://` in a README."""
    tree = database.repository.tree
    for path in tree.named("README*"):
        if path.count("/") > database.repository.directory.count("/") + 1:
            continue
        pattern = rf"\b{re.escape(name)}\s*[=:]\s*[\"'`]?([a-z0-9+]+)://"
        match = re.search(pattern, tree.text(path) or "")
        if match and engine_of(match[1]) == database.engine:
            return match[1]
    return None


def _variables(database: Database, opening: Opening) -> Iterator[Fact]:
    value = opening.value
    rows: list[tuple[Read, str]] = []
    if value.selector is not None and database.engine == value.engine:
        rows.append(value.selector)
    for each in database.urls:
        scheme = _scheme(database, each)
        if scheme is not None and each.value.url is not None:
            rows.append((each.value.url, _TEMPLATE.format(scheme=scheme)))
    rows += [(read, f"{{{part}}}") for part, read in value.parts if isinstance(read, Read)]
    for read, template in rows:
        where = (Evidence(read.module.path, read.line),)
        text = detail(database.known, read.name, [read])
        text = json.dumps({**json.loads(text), "required": read.required})
        fact = f"{read.name}={template}"
        yield Fact("database.variable", fact, where, place_of(read.module), detail=text)
