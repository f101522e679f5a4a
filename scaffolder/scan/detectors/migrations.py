"""How the schema is built: the tool, its command by convention, and plain SQL files."""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterator

from scaffolder.scan.facts import Confidence, Evidence, Fact
from scaffolder.scan.objects import assignments
from scaffolder.scan.python import dotted, text_of
from scaffolder.scan.repository import Repository
from scaffolder.scan.tree import Tree, is_below, join, relative
from scaffolder.scan.variables import variables

_NOT_OURS = re.compile(r"(?:^|/)(?:tests?|docs?|examples?|node_modules)/|\{\{")
_SQL_FOLDER = re.compile(r"(?:^|/)(?:migrations?|schema|sql/migrations|db/migrations)/[^/]+\.sql$")
_SQL_SCHEMA = re.compile(r"(?:^|/)(?:schema|init|init_db|create_tables|database|tables)\.sql$")
_CREATES = re.compile(r"\bcreate\s+(?:table|extension|type|schema)\b", re.IGNORECASE)


def detect(repository: Repository) -> Iterator[Fact]:
    """database.migrations, database.migrate, database.sql-file."""
    found = False
    for part in (_django, _flask_migrate, _alembic, _aerich, _yoyo):
        facts = list(part(repository))
        if facts:
            found = True
            yield from facts
            break
    files = list(_sql_files(repository))
    if not found and len(files) > 1 and all(_SQL_FOLDER.search(path) for path, _ in files):
        where = tuple(Evidence(path) for path, _ in files[:3])
        yield Fact("database.migrations", "sql-files", where, "code", "likely")
    for path, line in files if not found else ():
        yield Fact("database.sql-file", path, (Evidence(path, line),), "code")


def _django(repository: Repository) -> Iterator[Fact]:
    """Migrations of the apps; the command from the folder that the application runs in."""
    known = variables(repository)
    if known.django is None:
        return
    folders = [
        module
        for module in repository.python.with_role("migration")
        if re.search(r"/migrations/\d{4}_\w+\.py$", module.path)
    ]
    manage = [path for path in repository.tree.named("manage.py", below=repository.directory)]
    manage = [path for path in manage if not _NOT_OURS.search(path)]
    if not folders and not manage:
        return
    where = Evidence(folders[0].path) if folders else known.django.named[0]
    yield Fact("database.migrations", "django", (where,), "code")
    if manage:
        path = relative(min(manage, key=lambda each: each.count("/")), repository.directory)
        command = f"python {path} migrate"
        yield Fact("database.migrate", command, (Evidence(manage[0]),), "settings", "likely")


def _flask_migrate(repository: Repository) -> Iterator[Fact]:
    """`Migrate(app, db)` of Flask-Migrate, with a folder of revisions."""
    for module in repository.python.with_role("app", "tooling", "migration"):
        for call, _ in module.calls("flask_migrate.Migrate"):
            where = Evidence(module.path, call.lineno)
            revisions = _revisions(repository)
            if not revisions:
                continue
            yield Fact("database.migrations", "flask-migrate", (where, revisions), "code")
            yield Fact("database.migrate", "flask db upgrade", (where,), "settings", "likely")
            return


def _revisions(repository: Repository) -> Evidence | None:
    """A revision of Alembic: a file that names its `down_revision`."""
    for module in repository.python.modules:
        if not _NOT_OURS.search(module.path):
            names = {dotted(target) for target, _, _ in assignments(module)}
            if {"revision", "down_revision"} <= names:
                return Evidence(module.path)
    return None


def _alembic(repository: Repository) -> Iterator[Fact]:
    """An alembic.ini, or `[tool.alembic]`, with an env.py that Alembic runs."""
    tree, directory = repository.tree, repository.directory
    files = [p for p in tree.named("alembic.ini", below=directory) if not _NOT_OURS.search(p)]
    environments = [
        module.path
        for module in repository.python.modules
        if module.path.endswith("env.py") and "alembic.context" in module.aliases.values()
    ]
    revision = _revisions(repository)
    if not environments and revision is None:
        return
    evidence = tuple(map(Evidence, [*files[:1], *environments[:1]]))
    evidence = evidence or ((revision,) if revision else ())
    yield Fact("database.migrations", "alembic", evidence, "code")
    for path in sorted(files, key=lambda each: (each.count("/"), each))[:1]:
        where = Evidence(path, _line(tree, path, "script_location"))
        command = _alembic_command(tree, path, directory)
        # Where it only runs in a folder of its own, something else is likely to run it.
        sure: Confidence = "guess" if command.startswith("cd ") else "likely"
        yield Fact("database.migrate", command, (where,), "settings", sure)


def _alembic_command(tree: Tree, path: str, directory: str) -> str:
    """From the folder of the application; with `-c` where the file lies elsewhere."""
    seen = relative(path, directory)
    if seen == "alembic.ini":
        return "alembic upgrade head"
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(tree.text(path) or "")
        location = parser.get("alembic", "script_location", fallback="")
    except configparser.Error as error:
        tree.note(path, f"not parsed: {type(error).__name__}")
        location = ""
    here = location.startswith("%(here)s") or ":" in location
    exists = any(is_below(each, join(directory, location)) for each in tree.files)
    if here or (location and exists):
        return f"alembic -c {seen} upgrade head"
    return f"cd {relative(path.rpartition('/')[0], directory)} && alembic upgrade head"


def _aerich(repository: Repository) -> Iterator[Fact]:
    """`[tool.aerich]` in pyproject.toml, or an aerich.ini."""
    tree, directory = repository.tree, repository.directory
    for name, text in (("pyproject.toml", "[tool.aerich]"), ("aerich.ini", "[aerich]")):
        path = join(directory, name)
        line = _line(tree, path, text)
        if line is not None:
            yield Fact("database.migrations", "aerich", (Evidence(path, line),), "settings")
            where = (Evidence(path, line),)
            yield Fact("database.migrate", "aerich upgrade", where, "settings", "likely")
            return


def _yoyo(repository: Repository) -> Iterator[Fact]:
    """A yoyo.ini, or code that imports yoyo."""
    path = join(repository.directory, "yoyo.ini")
    if path in repository.tree.files:
        where = (Evidence(path),)
        yield Fact("database.migrations", "yoyo", where, "settings")
        yield Fact("database.migrate", "yoyo apply --batch", where, "settings", "likely")
        return
    for module in repository.shipped():
        for name, node in module.imported:
            if name.split(".")[0] == "yoyo":
                where = (Evidence(module.path, node.lineno),)
                yield Fact("database.migrations", "yoyo", where, "code")
                return


def _sql_files(repository: Repository) -> Iterator[tuple[str, int | None]]:
    """Plain SQL that makes tables: a folder of migrations, or one schema file that code reads."""
    tree = repository.tree
    named = _named_in_code(repository)
    for path in tree.named("*.sql", below=repository.directory):
        if _NOT_OURS.search(path) or path.endswith(".down.sql"):
            continue
        read_by_code = path.rpartition("/")[2] in named and bool(_SQL_SCHEMA.search(path))
        if _SQL_FOLDER.search(path) or read_by_code:
            match = _CREATES.search(tree.text(path) or "")
            if match or _SQL_FOLDER.search(path):
                text = tree.text(path) or ""
                yield path, text.count("\n", 0, match.start()) + 1 if match else None


def _named_in_code(repository: Repository) -> set[str]:
    """Names of .sql files that shipped code has in a text."""
    return {
        text.rpartition("/")[2]
        for module in repository.shipped()
        for node in module.all(ast.Constant)
        if (text := text_of(node)) and text.endswith(".sql")
    }


def _line(tree: Tree, path: str, text: str) -> int | None:
    if path not in tree.files:
        return None
    found = (number for number, line in enumerate(tree.lines(path), 1) if text in line)
    return next(found, None)
