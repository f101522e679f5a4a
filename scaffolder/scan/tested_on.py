"""Which database engine the team's tests run on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scaffolder.scan import ci_engine
from scaffolder.scan.ci_engine import SETTING
from scaffolder.scan.engines import named, of_settings, of_url, text_engines
from scaffolder.scan.facts import Confidence, Evidence, Fact, Place
from scaffolder.scan.manifest import Manifest, manifest
from scaffolder.scan.python import Module, dotted, text_of
from scaffolder.scan.repository import Repository
from scaffolder.scan.tree import Tree, join

_CONTAINERS = {
    "testcontainers.postgres": "postgres",
    "testcontainers.mysql": "mysql",
    "testcontainers.mongodb": "mongodb",
    "testcontainers.mssql": "mssql",
    "pytest_postgresql": "postgres",
    "testing.postgresql": "postgres",
    "postgresql_embedded": "postgres",
    "pytest_databases.docker.postgres": "postgres",
    "pytest_mysql": "mysql",
}
_CONNECTS = frozenset(
    [
        *("create_engine", "create_async_engine", "AsyncEngine", "Database", "connect", "init_db"),
        *("init_models", "create_pool", "engine_from_config", "AsyncDatabase", "TortoiseContext"),
        *("initializer", "init", "SQLAlchemyAsyncConfig"),
    ]
)
_TESTING = re.compile(
    r"^(?:Test|Testing|UnitTest)\w*(?:Config|Settings|Configuration)?$|^\w*Test(?:ing)?(?:Config|Settings)$"
)
_TALKS = frozenset(
    [
        *("sqlalchemy", "sqlmodel", "django", "flask_sqlalchemy", "asyncpg", "psycopg", "psycopg2"),
        *(
            "tortoise",
            "peewee",
            "pymongo",
            "motor",
            "mongoengine",
            "beanie",
            "odmantic",
            "databases",
        ),
        *("pymysql", "MySQLdb", "aiomysql", "asyncmy", "sqlite3", "aiosqlite", "pony", "ormar"),
        *("edgedb", "piccolo", "records", "dataset", "advanced_alchemy", "pg8000", "cx_Oracle"),
        *("oracledb", "pyodbc", "psycopg_pool", "yoyo", "alembic", "gino", "mysql", "aiopg"),
    ]
)
_INI = re.compile(r"^\s*(?:D:|R:)?([A-Z][A-Z0-9_]*)\s*=\s*(\S+)")


def engine(repository: Repository, tests: list[Module]) -> Iterator[Fact]:
    """At most one fact from the tests themselves, else one from the settings and CI."""
    found = list(_in_tests(repository, tests)) or list(
        _in_files(repository.tree, repository.directory)
    )
    names = {fact.value for fact in found}
    if len(names) == 1:
        yield from found[:1]
        return
    given = ci_engine.engines(repository.tree, repository.directory)
    in_ci = [_fact(*each, "ci", "likely") for each in given]
    if names:  # a choice: what CI has is what counts
        yield from (fact for fact in in_ci[:1] if _agree(in_ci) and fact.value in names)
        return
    yield from _by_settings(repository, tests, in_ci)


def _agree(facts: list[Fact]) -> bool:
    return len({fact.value for fact in facts}) == 1


def _in_tests(repository: Repository, tests: list[Module]) -> Iterator[Fact]:
    ci = ci_engine.text(repository.tree)
    for module in sorted(tests, key=lambda each: (not _is_shared(each), each.path)):
        for name, statement in module.imported:
            for known, of in _CONTAINERS.items():
                if f"{name}.".startswith(f"{known}."):
                    yield _fact(of, module.path, statement.lineno)
        expressions = list(_connected(module))
        if _is_shared(module):
            expressions += [*_assigned(module), *_set(module)]
        for value in expressions:
            if not _overridden(value, ci):
                for of, line in named(value):
                    yield _fact(of, module.path, line)
    yield from _configurations(repository)


def _is_shared(module: Module) -> bool:
    """A file that other tests build on; a test by itself may name any database."""
    return not re.search(r"(^|/)test_[^/]*\.py$", module.path)


def _connected(module: Module) -> Iterator[ast.expr]:
    for each in _CONNECTS & module.called.keys():
        for call in module.called[each]:
            yield from call.args[:1]


def _assigned(module: Module) -> Iterator[ast.expr]:
    """`DATABASE_URL = ...`, `app.config["..."] = ...`, `DATABASES = {...}`, `f(dsn=...)`."""
    for node in module.all(ast.Assign):
        target = node.targets[0]
        name = dotted(target).rpartition(".")[2]
        if isinstance(target, ast.Subscript):
            name = text_of(target.slice) or ""
        if name == "DATABASES" or SETTING.search(name.upper()):
            yield node.value
    for word in module.all(ast.keyword):
        if word.arg and SETTING.search(word.arg.upper()):
            yield word.value


def _set(module: Module) -> Iterator[ast.expr]:
    """Variables of the environment, and the settings in a dict."""
    for name in ("setenv", "setdefault", "setitem"):
        for call in module.called.get(name, ()):
            if any(SETTING.search(text_of(each) or "") for each in call.args[:-1]):
                yield call.args[-1]
    for pair in module.all(ast.Dict):
        for key, value in zip(pair.keys, pair.values, strict=True):
            if SETTING.search(text_of(key) or ""):
                yield value


def _overridden(value: ast.expr, ci: str) -> bool:
    """Whether CI sets the variable that the expression prefers to its default."""
    for part in ast.walk(value):
        if isinstance(part, ast.Call):
            name = text_of(part.args[0]) if part.args else None
            if name and name.isupper() and re.search(rf"\b{re.escape(name)}\b\s*[:=]", ci):
                return True
    return False


def _configurations(repository: Repository) -> Iterator[Fact]:
    """`class TestConfig: SQLALCHEMY_DATABASE_URI = "sqlite://"`, in the tests or what ships."""
    for module in repository.python.with_role("test", "app"):
        for node in module.all(ast.ClassDef):
            if not _TESTING.match(node.name):
                continue
            for each in node.body:
                if isinstance(each, ast.Assign) and SETTING.search(dotted(each.targets[0])):
                    for of, line in named(each.value):
                        yield _fact(of, module.path, line)


def _in_files(tree: Tree, directory: str) -> Iterator[Fact]:
    """Variables that pytest or tox set, and a `.env` file for tests."""
    for path in (
        "pytest.ini",
        "setup.cfg",
        "tox.ini",
        ".env.test",
        ".env.testing",
        "pyproject.toml",
    ):
        path = join(directory, path)
        for number, line in enumerate(tree.lines(path) if path in tree else (), 1):
            found = _INI.match(line.strip("\t \"',"))
            of = of_url(found[2].strip("\"'")) if found and SETTING.search(found[1]) else None
            if of is not None:
                yield _fact(of, path, number)


def _uses_database(repository: Repository) -> bool:
    """Whether anything that ships or tests it imports what talks to a database."""
    modules = [*repository.shipped(), *repository.python.with_role("test", "migration")]
    return any(name.partition(".")[0] in _TALKS for m in modules for name, _ in m.imported) or any(
        True for m in modules for _ in text_engines(m)
    )


def _by_settings(repository: Repository, tests: list[Module], in_ci: list[Fact]) -> Iterator[Fact]:
    """What the application's settings give, where the tests leave them as they are."""
    own = manifest(repository.tree, repository.directory)
    known = next(
        (
            (found, special)
            for name, special in _settings_modules(repository, own)
            if (found := of_settings(repository, name)) is not None
        ),
        None,
    )
    if known is not None:
        (of, module, line), special = known
        matrix = [] if special else ci_engine.selected(repository.tree, module)
        for each in matrix:
            if each[0] == "postgres":  # among the others of a matrix
                yield _fact(*each, "ci", "likely")
                return
        if in_ci and (not special or ci_engine.chooses(repository.tree, module)):
            yield from in_ci[: _agree(in_ci)]  # nothing where CI has a matrix of several
            return
        place: Place = "tests" if special else "settings"
        yield _fact(of, module.path, line, place, "certain" if special else "likely")
        return
    if not _uses_database(repository):
        yield Fact("tests.engine", "none", (Evidence(tests[0].path),), "tests", "likely")
    elif in_ci:
        yield from in_ci[: _agree(in_ci)]
    else:
        shipped = [(of, m.path, line) for m in repository.shipped() for of, line in text_engines(m)]
        if len({of for of, _, _ in shipped}) == 1:
            yield _fact(*shipped[0], "settings", "likely")


def _settings_modules(repository: Repository, own: Manifest) -> Iterator[tuple[str, bool]]:
    """Django's settings of the tests, then those of manage.py; whether they are the tests' own."""
    tree = repository.tree
    configured = own.tool("pytest", "ini_options").get("DJANGO_SETTINGS_MODULE")
    if isinstance(configured, str):
        yield configured, True
    for name in ("pytest.ini", "setup.cfg", "tox.ini"):
        path = join(repository.directory, name)
        text = (tree.text(path) or "") if path in tree else ""
        found = re.search(r"^\s*DJANGO_SETTINGS_MODULE\s*=\s*([\w.]+)", text, re.MULTILINE)
        if found:
            yield found[1], True
    scripts = [tree.text(path) or "" for path in tree.named("Makefile", "*.sh")]
    for text in (ci_engine.text(tree), *scripts):
        found = re.search(r"manage\.py test\b[^\n]*--settings[= ]([\w.]+)", text)
        if found:
            yield found[1], True
    manage = repository.python.by_path.get(join(repository.directory, "manage.py"))
    for call in manage.called.get("setdefault", ()) if manage else ():
        texts = [text_of(each) for each in call.args]
        if len(texts) == 2 and texts[0] == "DJANGO_SETTINGS_MODULE" and texts[1]:
            yield texts[1], False


def _fact(
    of: str, path: str, line: int, place: Place = "tests", sure: Confidence = "certain"
) -> Fact:
    return Fact("tests.engine", of, (Evidence(path, line),), place, sure)
