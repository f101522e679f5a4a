"""The database of a compose file, and how its application is told of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scaffolder.scan import images
from scaffolder.scan.composition import Composition, Service
from scaffolder.scan.dockerfile import parse
from scaffolder.scan.facts import Confidence, Evidence, Fact
from scaffolder.scan.shell_words import expand
from scaffolder.scan.tree import Tree

PORTS = {"postgres": "5432", "mysql": "3306", "mariadb": "3306", "mongodb": "27017"}
_SCHEMES = {
    "postgres": r"(?:postgres|postgresql|psql|pgsql|postgis)(?:\+\w+)?",
    "mysql": r"(?:mysql|mysqlgis)(?:\+\w+)?",
    "mariadb": r"(?:mysql|mariadb)(?:\+\w+)?",
    "mongodb": r"mongodb(?:\+srv)?",
}
_ENGINE_NAMES = {
    "postgres": r"postgres|postgresql|psql|pgsql|postgis"
    r"|django\.(contrib\.gis\.)?db\.backends\.post\w+",
    "mysql": r"mysql|django\.db\.backends\.mysql",
    "mariadb": r"mariadb|mysql|django\.db\.backends\.mysql",
    "mongodb": r"mongo(db)?",
}
_PARTS = (
    ("host", re.compile(r"(^|_)(HOST|SERVER|HOSTNAME|ADDRESS|ADDR)$")),
    ("port", re.compile(r"(^|_)PORT$")),
    ("user", re.compile(r"(^|_)(USER|USERNAME|LOGIN)$")),
    ("password", re.compile(r"(^|_)(PASSWORD|PASS|PASSWD|PWD)$")),
    ("name", re.compile(r"(^|_)(DB|NAME|DATABASE|DBNAME|DATABASE_NAME|DB_NAME)$")),
)
_SELECTS = re.compile(
    r"(^|_)(DB|DATABASE|ENGINE|DB_ENGINE|DATABASE_ENGINE|DB_TYPE|DATABASE_TYPE"
    r"|DB_BACKEND|DATABASE_BACKEND|DB_DIALECT|DATABASE_DIALECT)$"
)
_OWN = {
    "user": ("POSTGRES_USER", "MYSQL_USER", "MARIADB_USER", "POSTGRESQL_USERNAME"),
    "password": ("POSTGRES_PASSWORD", "MYSQL_PASSWORD", "MARIADB_PASSWORD", "POSTGRESQL_PASSWORD"),
    "name": ("POSTGRES_DB", "MYSQL_DATABASE", "MARIADB_DATABASE", "POSTGRESQL_DATABASE"),
}


@dataclass(frozen=True, slots=True)
class Database:
    """A service that is a database server. reference: its image, as far as it is known."""

    service: Service
    engine: str
    reference: str
    evidence: Evidence


def database(tree: Tree, group: Composition, users: Iterable[Service]) -> Database | None:
    """The application's database; None where there is none, or no telling which it is."""
    found = [each for service in group.services if (each := _server(tree, service))]
    found = [each for each in found if "test" not in each.service.name] or found
    if len(found) > 1:
        named = _named_by(users)
        linked = [each for each in found if each.service.name in named]
        found = linked or found
    if len({each.engine for each in found}) != 1:
        return None
    return found[0]


def _named_by(users: Iterable[Service]) -> set[str]:
    """Words that the services of the application mention."""
    words: set[str] = set()
    for service in users:
        depends = service.find("depends_on")[1]
        words.update(depends.items())
        words.update(text for text, _ in depends.texts())
        for _, value, _, _ in service.environment():
            words.update(re.findall(r"[\w.-]+", service.filled(value or "")))
    return words


def _server(tree: Tree, service: Service) -> Database | None:
    file, node = service.find("image")
    kind = images.engine(service.image) if node else None
    built = service.build()
    if kind and not built:
        return Database(service, kind, service.image, Evidence(file, node.line))
    if built and tree.text(built[0]):
        stages = parse(tree.text(built[0]) or "").stages
        base = stages[-1].root if stages else None
        engine = images.engine(base.base) if base else None
        if base and engine:
            return Database(service, engine, base.base, Evidence(built[0], base.line))
    if kind is None and node.text and "$" in node.text:
        # `postgres:${VERSION}`: the engine is known, its version is not
        kind = images.engine(re.sub(r":?\$\{?[^}]*\}?$", "", service.image))
        return Database(service, kind, "", Evidence(file, node.line)) if kind else None
    return None


def server_facts(found: Database, confidence: Confidence) -> Iterator[Fact]:
    """Engine, version and image."""
    evidence = (found.evidence,)
    yield Fact("database.engine", found.engine, evidence, "compose", confidence)
    version = images.version(found.reference) if found.reference else None
    if version:
        yield Fact("database.version", version, evidence, "compose", confidence)
    written = expand(found.service.find("image")[1].text or "", {})
    if written and "$" not in written and images.engine(written) and not found.service.build():
        yield Fact("database.image", written, evidence, "compose", confidence)


def told(
    found: Database, users: Iterable[Service], known: frozenset[str], confidence: Confidence
) -> Iterator[Fact]:
    """`database.variable`: URLs that name the server, and parts that the code reads."""
    own = {name: value for name, value, _, _ in found.service.environment() if value}
    for service in users:
        for name, value, file, line in service.environment():
            if not value or re.search(r"TEST|CELERY|BROKER|RESULT|READ|REPLICA", name):
                continue
            read = name.upper() in known
            template = url_template(found.engine, service.filled(value))
            if template is None and read:
                template = _part(found, name, value, service.filled(value), own)
            if template is not None:
                sure: Confidence = confidence if read else "guess"
                evidence = (Evidence(file, line),)
                yield Fact(
                    "database.variable", f"{name}={template}", evidence, "compose", sure, value
                )


def url_template(engine: str, value: str) -> str | None:
    """`postgresql+asyncpg://a:b@db:5432/x` -> the same scheme with the parts as placeholders."""
    match = re.match(rf"({_SCHEMES.get(engine, 'x')})://[^\s]*[^\s/]", value)
    return f"{match[1]}://{{user}}:{{password}}@{{host}}:{{port}}/{{name}}" if match else None


def _part(found: Database, name: str, written: str, value: str, own: dict[str, str]) -> str | None:
    if _SELECTS.search(name) and re.fullmatch(_ENGINE_NAMES.get(found.engine, "x"), value):
        return value
    for part, pattern in _PARTS:
        if not pattern.search(name) or re.search(r"REDIS|SMTP|MAIL|RABBIT|CACHE|ADMIN|S3", name):
            continue
        if part == "host" and value == found.service.name:
            return "{host}"
        if part == "port" and value == PORTS.get(found.engine):
            return "{port}"
        if any(own.get(key) == written for key in _OWN.get(part, ())):
            return f"{{{part}}}"
    return None
