"""Which database engine the team's tests run on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scaffolder.scan.engines import named, of_image, of_settings, of_url, text_engines
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
_SETTING = re.compile(r"(DATABASE|SQLALCHEMY|DB)_?(URL|URI|DSN|CONNECTION)|^DATABASE$|^DB_URL|DSN$")
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
_CI = (
    ".github/workflows/",
    ".gitlab-ci",
    ".circleci/",
    ".travis.yml",
    "azure-pipelines",
    "bitbucket",
)
_RUNS_TESTS = re.compile(
    r"pytest|manage\.py\s+test|unittest|\btox\b|\bnox\b|make\s+\w*test|test\w*\.sh|python -m test"
)
_INI = re.compile(r"^\s*(?:D:|R:)?([A-Z][A-Z0-9_]*)\s*=\s*(\S+)")


def engine(repository: Repository, tests: list[Module]) -> Iterator[Fact]:
    """At most one fact from the tests themselves, else one from the settings and CI."""
    found = list(_in_tests(repository, tests)) or list(
        _in_files(repository.tree, repository.directory)
    )
    names = {fact.value for fact in found}
    service = _service(repository.tree)
    if len(names) == 1:
        yield from found[:1]
        return
    if names:  # a choice: what CI has is what counts
        yield from _settled(found, service)
        return
    yield from _by_settings(repository, tests, service)


def _settled(found: list[Fact], service: Fact | None) -> Iterator[Fact]:
    chosen = service if service and service.value in {fact.value for fact in found} else None
    if chosen is not None:
        yield chosen


def _in_tests(repository: Repository, tests: list[Module]) -> Iterator[Fact]:
    ci = "\n".join(text for _, text in _ci(repository.tree))
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
        if name == "DATABASES" or _SETTING.search(name.upper()):
            yield node.value
    for word in module.all(ast.keyword):
        if word.arg and _SETTING.search(word.arg.upper()):
            yield word.value


def _set(module: Module) -> Iterator[ast.expr]:
    """Variables of the environment, and the settings in a dict."""
    for name in ("setenv", "setdefault", "setitem"):
        for call in module.called.get(name, ()):
            if any(_SETTING.search(text_of(each) or "") for each in call.args[:-1]):
                yield call.args[-1]
    for pair in module.all(ast.Dict):
        for key, value in zip(pair.keys, pair.values, strict=True):
            if _SETTING.search(text_of(key) or ""):
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
                if isinstance(each, ast.Assign) and _SETTING.search(dotted(each.targets[0])):
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
            of = of_url(found[2].strip("\"'")) if found and _SETTING.search(found[1]) else None
            if of is not None:
                yield _fact(of, path, number)


def _uses_database(repository: Repository) -> bool:
    """Whether anything that ships or tests it imports what talks to a database."""
    modules = [*repository.shipped(), *repository.python.with_role("test", "migration")]
    return any(name.partition(".")[0] in _TALKS for m in modules for name, _ in m.imported) or any(
        True for m in modules for _ in text_engines(m)
    )


def _by_settings(
    repository: Repository, tests: list[Module], service: Fact | None
) -> Iterator[Fact]:
    """What the application's settings give, where the tests leave them as they are."""
    own = manifest(repository.tree, repository.directory)
    for name, special in _settings_modules(repository, own):
        found = of_settings(repository, name)
        if found is None:
            continue
        of, module, line = found
        if not special or _chosen_in_ci(repository.tree, module):
            if service is not None and service.value != of:
                yield service
                return
            if service is None and _services(repository.tree):  # a matrix of several
                return
        place: Place = "tests" if special else "settings"
        yield _fact(of, module.path, line, place, "certain" if special else "likely")
        return
    if not _uses_database(repository):
        yield Fact("tests.engine", "none", (Evidence(tests[0].path),), "tests", "likely")
        return
    if service is not None:
        yield service
        return
    if _services(repository.tree):
        return
    shipped = [(of, m.path, line) for m in repository.shipped() for of, line in text_engines(m)]
    if len({of for of, _, _ in shipped}) == 1:
        of, path, line = shipped[0]
        yield _fact(of, path, line, "settings", "likely")


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
    for path in tree.named("*.yml", "*.yaml", "Makefile", "*.sh", below="."):
        if path.startswith(_CI) or not path.endswith(("yml", "yaml")):
            found = re.search(
                r"manage\.py test\b[^\n]*--settings[= ]([\w.]+)", tree.text(path) or ""
            )
            if found:
                yield found[1], True
    manage = repository.python.by_path.get(join(repository.directory, "manage.py"))
    for call in manage.called.get("setdefault", ()) if manage else ():
        texts = [text_of(each) for each in call.args]
        if len(texts) == 2 and texts[0] == "DJANGO_SETTINGS_MODULE" and texts[1]:
            yield texts[1], False


def _ci(tree: Tree) -> Iterator[tuple[str, str]]:
    for path in tree.files:
        if path.startswith(_CI):
            text = tree.text(path) or ""
            if _RUNS_TESTS.search(text):
                yield path, text


def _chosen_in_ci(tree: Tree, module: Module) -> bool:
    """Whether CI sets a variable that the settings read."""
    names = {"DATABASE_URL"} if "dj_database_url" in module.aliases else set()
    for called in ("getenv", "get", "db", "env", "config", "str", "envbool"):
        for call in module.called.get(called, ()):
            names |= {text for each in call.args[:1] if (text := text_of(each))}
    words = {name for name in names if name.isupper()}
    if not words:
        return False
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, sorted(words)))})\b\s*[:=]")
    return any(
        "DB" in each[1] or "DATABASE" in each[1]
        for _, text in _ci(tree)
        for each in pattern.finditer(text)
    )


def _service(tree: Tree) -> Fact | None:
    """The one engine of the services in CI's configuration that runs tests."""
    found = _services(tree)
    return found[0] if len({fact.value for fact in found}) == 1 else None


def _services(tree: Tree) -> list[Fact]:
    found = []
    for path, text in _ci(tree):
        for number, line in enumerate(text.split("\n"), 1):
            of = of_image(line)
            if of is None and path == ".travis.yml":
                listed = re.match(r"\s*-\s*(postgresql|mysql|mongodb)\s*$", line)
                of = {"postgresql": "postgres"}.get(listed[1], listed[1]) if listed else None
            if of is not None:
                found.append(_fact(of, path, number, "ci", "likely"))
    return found


def _fact(
    of: str, path: str, line: int, place: Place = "tests", sure: Confidence = "certain"
) -> Fact:
    return Fact("tests.engine", of, (Evidence(path, line),), place, sure)
