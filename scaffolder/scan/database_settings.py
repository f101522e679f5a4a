"""Which database production has, as far as the code says, and how it is told where that is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from scaffolder.scan.database_drivers import ENGINE_OF_DRIVER
from scaffolder.scan.database_sinks import Opening, openings
from scaffolder.scan.database_syntax import conditional, scheme_of_field
from scaffolder.scan.database_urls import Evaluator
from scaffolder.scan.database_value import Value, engine_of
from scaffolder.scan.env_reads import Read
from scaffolder.scan.repository import Repository
from scaffolder.scan.variables import Variables, variables

_URL_NAME = re.compile(
    r"(?:[A-Z0-9]+_)*(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG|SQLALCHEMY|MYSQL|SQL|MONGO|MONGODB)"
    r"(?:_DATABASE|_DB|_CONNECTION|_ASYNC|_SYNC)*_(?:URL|URI|DSN)\Z|(?:[A-Z0-9]+_)*DSN\Z",
    re.IGNORECASE,
)
_NOT_URL_NAME = re.compile(r"(?i)test|redis|replica|read_?only|sentry|async_?test|shadow|cache")
_IMAGES = re.compile(
    r"^\s*image:\s*[\"']?(?:[\w.\-/]*/)?(?P<name>postgres|postgresql|postgis|pgvector|timescaledb|mysql"
    r"|mariadb|mongo)\b",
    re.MULTILINE,
)
_ENGINE_OF_IMAGE = {"mysql": "mysql", "mariadb": "mariadb", "mongo": "mongodb"}
_DRIVERS = (
    "psycopg2-binary", "psycopg2", "psycopg", "asyncpg", "mysqlclient", "pymysql", "aiomysql",
    "asyncmy", "mysql-connector-python", "pg8000", "pymongo", "motor",
)  # fmt: skip
_PART_NAME = re.compile(
    r"(?P<prefix>(?:[A-Z0-9]+_)*?(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG|MYSQL|SQL|MARIADB))_?"
    r"(?P<part>HOSTNAME|HOST|SERVER|PORT|USERNAME|USER|PASSWORD|PASSWD|PASS|PWD|NAME|DATABASE|DBNAME|DB)\Z"
)
_PARTS = {"HOSTNAME": "host", "HOST": "host", "SERVER": "host", "PORT": "port", "USER": "user"}
_PARTS |= {"USERNAME": "user", "PASSWORD": "password", "PASSWD": "password", "PASS": "password"}
_PARTS |= {"PWD": "password", "NAME": "name", "DATABASE": "name", "DBNAME": "name", "DB": "name"}
_MANIFESTS = (
    "pyproject.toml",
    "requirements*.txt",
    "requirements*.in",
    "Pipfile",
    "setup.py",
    "setup.cfg",
)
_LOCAL_FILE = re.compile(r"\b(?:local_settings|settings_local|local_config)\b")
_WORD = re.compile(r"(?:^\s*|[\"'])([A-Za-z0-9][\w.\-]*)")
_ORDER = ("postgres", "mysql", "mariadb", "mongodb", "mssql", "oracle", "sqlite")


@dataclass
class Database:
    """The application's database, decided from what the code opens."""

    repository: Repository
    known: Variables

    @cached_property
    def openings(self) -> tuple[Opening, ...]:
        """All places that open one."""
        evaluator = Evaluator.of(self.known)
        found = list(openings(self.known, evaluator))
        if not any(each.value.reads for each in found):
            found += self._by_name(found)
        return tuple(found)

    def _by_name(self, found: list[Opening]) -> list[Opening]:
        """The one variable that is named like a database's URL, where no path leads to it."""
        reads = {read.name: read for read in self.known.reads if is_url_name(read.name)}
        if not (found or self.installed):
            return []
        if len(reads) != 1:
            return self._parts_by_name(found)
        read = next(iter(reads.values()))
        match = re.match(r"([a-z0-9+]+)://", read.default or "")
        driver = next((each.driver for each in found), "")
        value = Value(read.module, read.node, match[1] if match else None, read)
        return [Opening(value, driver, read.line, read.module)]

    def _parts_by_name(self, found: list[Opening]) -> list[Opening]:
        """The one family of variables named like the parts: `APP_DB_HOST`, `APP_DB_USER`, ..."""
        families: dict[str, dict[str, Read]] = {}
        for read in self.known.reads:
            match = _PART_NAME.match(read.name)
            if match and not _NOT_URL_NAME.search(read.name):
                families.setdefault(match["prefix"], {}).setdefault(_PARTS[match["part"]], read)
        whole = {prefix: row for prefix, row in families.items() if {"host", "user"} <= row.keys()}
        if len(whole) != 1:
            return self._url_by_text(found) if not whole else []
        parts = next(iter(whole.values()))
        first = parts["host"]
        driver = next((each.driver for each in found), "")
        value = Value(first.module, first.node, None, None, tuple(parts.items()), partial=True)
        return [Opening(value, driver, first.line, first.module)]

    def _url_by_text(self, found: list[Opening]) -> list[Opening]:
        """The one URL of production's files whose name the code has as a text."""
        examples = self.known.examples
        named = {
            name: row
            for name in examples.values
            if is_url_name(name) and (row := examples.first(name, "compose", "image", "example"))
            if engine_of(row.value.partition("://")[0]) is not None
        }
        for module in self.known.modules if len(named) == 1 else ():
            for node in module.all(ast.Constant):
                if isinstance(node.value, str) and node.value in named:
                    read = Read(node.value, False, module, node, "url")
                    scheme = named[node.value].value.partition("://")[0]
                    value = Value(module, node, scheme, read, partial=True)
                    driver = next((each.driver for each in found), "")
                    return [Opening(value, driver, node.lineno, module)]
        return []

    @cached_property
    def urls(self) -> tuple[Opening, ...]:
        """The chosen opening, where it is a URL, and those of further ones beside it."""
        if self.chosen is None or self.chosen.value.url is None:
            return ()
        known = {self.chosen.value.url.name: self.chosen}
        for each in self.openings:
            url = each.value.url
            fits = engine_of_opening(each) in (self.engine, None) and not each.value.selector
            fits = fits and not conditional(each.value.module, each.value.node)
            if url is not None and fits and is_url_name(url.name):
                known.setdefault(url.name, each)
        for each in self._declared():
            known.setdefault(each.value.reads[0].name, each)
        return tuple(known.values())

    def _declared(self) -> Iterator[Opening]:
        """Required settings that are a database's URL by their type, whoever opens them."""
        for each in self.known.models.fields:
            for read in each.reads[:1] if is_url_name(each.reads[0].name) else ():
                scheme = scheme_of_field(each.annotation, read)
                if read.required and scheme and engine_of(scheme) == self.engine:
                    value = Value(read.module, read.node, scheme, read)
                    yield Opening(value, "", read.line, read.module)

    @cached_property
    def installed(self) -> dict[str, tuple[str, int]]:
        """Drivers that the manifests name, with their place."""
        found: dict[str, tuple[str, int]] = {}
        tree, directory = self.repository.tree, self.repository.directory
        for path in tree.named(*_MANIFESTS, below=directory):
            if path.count("/") > (0 if directory == "." else directory.count("/") + 1) + 1:
                continue
            folder, _, name = path.rpartition("/")
            if re.search(r"(?i)dev|test|doc|lint|local", name):
                continue
            if name.endswith((".txt", ".in")) and "requirements" not in (name + folder):
                continue
            for number, line in enumerate(tree.lines(path), 1):
                for word in _WORD.findall(line):
                    name = word.lower().replace("_", "-")
                    if name in _DRIVERS:
                        found.setdefault(name, (path, number))
        return found

    @cached_property
    def hint(self) -> str | None:
        """The engine of compose's image, where all compose files agree."""
        found = set()
        for path in self.known.examples.compose_files:
            for match in _IMAGES.finditer(self.repository.tree.text(path) or ""):
                found.add(_ENGINE_OF_IMAGE.get(match["name"], "postgres"))
        return found.pop() if len(found) == 1 else None

    @property
    def overridden(self) -> bool:
        """Whether a file of the machine, which is not in the repository, replaces settings."""
        chain = self.known.django.chain if self.known.django else ()
        texts = (self.repository.tree.text(module.path) or "" for module in chain)
        return any(_LOCAL_FILE.search(text) for text in texts)

    @cached_property
    def engines(self) -> dict[str, Opening]:
        """Engines that code and settings name, the first place of each."""
        found: dict[str, Opening] = {}
        for each in self.openings:
            engine = engine_of_opening(each)
            if engine is not None:
                found.setdefault(engine, each)
        return found

    @cached_property
    def engine(self) -> str | None:
        """Production's, by code, examples, compose and manifests in this order of trust."""
        named = [engine for engine in _ORDER if engine in self.engines]
        if self.hint in named:
            return self.hint
        if named and named != ["sqlite"]:
            return named[0]
        for each in self.openings:
            for read in each.value.reads:
                row = self.known.examples.first(
                    read.name, "compose", "image", "example", "env", "ci"
                )
                engine = engine_of(row.value.partition("://")[0]) if row else None
                if engine is not None and engine != "sqlite":
                    return engine
        configurable = any(each.value.url for each in self.openings)
        if self.hint is not None and (configurable or not named):
            return self.hint
        drivers = {ENGINE_OF_DRIVER[name] for name in self.installed if name in ENGINE_OF_DRIVER}
        if len(drivers) == 1 and (configurable or not named):
            return drivers.pop()
        return named[0] if named else None

    @cached_property
    def chosen(self) -> Opening | None:
        """The opening that tells production's variables."""
        usable = [each for each in self.openings if each.value.reads]
        fitting = [e for e in usable if engine_of_opening(e) in (self.engine, None)]
        urls = [e for e in usable if e.value.url and e not in fitting]
        if not fitting:
            fitting = urls  # a URL whose default is another engine's
        if not fitting:
            return None
        return max(fitting, key=lambda each: (self._told(each), -fitting.index(each)))

    def _told(self, opening: Opening) -> tuple[int, int]:
        """How clearly files of production speak of the variables; then how many parts there are."""
        rank = 0
        for kind, worth in (("compose", 8), ("image", 8), ("example", 4), ("env", 2), ("ci", 1)):
            if all(self.known.examples.named_in(r.name, kind) for r in opening.value.reads[:3]):
                rank += worth
        return rank, len(opening.value.reads)


def engine_of_opening(opening: Opening) -> str | None:
    """By the scheme, else by the driver."""
    return opening.value.engine or ENGINE_OF_DRIVER.get(opening.driver)


def is_url_name(name: str) -> bool:
    """Whether a variable is named like the URL of the application's database."""
    return bool(_URL_NAME.match(name)) and not _NOT_URL_NAME.search(name)


@lru_cache(maxsize=1)
def database_of(repository: Repository) -> Database:
    """The database of a repository, decided once."""
    return Database(repository, variables(repository))


def database_names(repository: Repository) -> set[str]:
    """Variables that tell the application its database: no `environment.*` facts."""
    chosen = database_of(repository).chosen
    if chosen is None:
        return set()
    database = database_of(repository)
    names = {read.name for each in (chosen, *database.urls) for read in each.value.reads}
    if chosen.value.selector:
        names.add(chosen.value.selector[0].name)
    return names


def driver_distribution(database: Database, module: str) -> str | None:
    """The distribution of a driver: psycopg2 may be psycopg2-binary."""
    for name in database.installed:
        if name == module or name == f"{module}-binary":
            return name
    return None
