"""Every SQL statement of the source must be one that the migrated schema understands."""

from __future__ import annotations

import ast
import inspect
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import psycopg
from psycopg.pq import DiagnosticField, ExecStatus

from support.database.cluster import Database
from support.source.sql_files import constants, imported, sql_files
from support.source.sql_python import OTHER_ENGINES, Finder, Literal
from support.source.sql_strings import Strings, assigned
from support.source.sql_text import is_dynamic, kind, numbered, split, style, with_literals

TEMPORARY = re.compile(r"CREATE\s+TEMP(?:ORARY)?\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)", re.I)
# The types of parameters, which the driver would send: 42P18 undetermined, 42725 ambiguous.
NEEDS_TYPES = {"42P18", "42725"}
SYNTAX_ERROR = "42601"


@dataclass(frozen=True)
class Statement:
    """One statement with placeholders as $1; `path` is relative to the repository."""

    path: str
    line: int
    function: str
    sql: str
    fills_in: bool = False  # the driver puts values into the text itself (psycopg2, Django)


@dataclass
class Literals:
    """What was found; `not_covered` holds (path:line, why)."""

    statements: list[Statement] = field(default_factory=list)
    not_covered: list[tuple[str, str]] = field(default_factory=list)


def find(repository: Path, settings: ModuleType) -> Literals:
    """SQL of the packages that ship, of the .sql files in them, and of SQL_FILES."""
    directory = (repository / settings.DIRECTORY).resolve()
    excluded = {(directory / e["path"]).resolve(): e["reason"] for e in settings.SQL_EXCLUDE}
    files = sql_files(directory, settings)
    trees = {file: _tree(file) for file in files if file.suffix == ".py"}
    shared = constants([tree for tree in trees.values() if tree is not None])
    lock = directory / settings.INSTALL["lock"]
    fills_in = settings.ORM == "django" or (
        lock.is_file() and "psycopg2" in lock.read_text("utf-8")
    )
    found = Literals()
    for file in files:
        path = file.relative_to(repository.resolve()).as_posix()
        reason = next((excluded[p] for p in (file, *file.parents) if p in excluded), None)
        tree = trees.get(file)
        if reason is None and file in trees and tree is None:
            reason = "is not Python that the harness's interpreter can read"
        if reason is None and tree is not None and imported(tree) & OTHER_ENGINES:
            reason = "is made for another database engine"
        if reason is not None:
            found.not_covered.append((path, reason))
        elif tree is not None:
            _sort(path, _in_python(tree, shared), fills_in, found)
        else:
            _sort(path, _in_script(file), fills_in, found)
    return found


def prepare(database: Database, statements: list[Statement]) -> dict[str, str]:
    """PostgreSQL's complaint by case (`path:function`, `#2` for the second one there)."""
    seen: Counter[str] = Counter()
    problems: dict[str, str] = {}
    with database.connect() as connection:
        for statement in statements:
            place = f"{statement.path}:{statement.function}"
            seen[place] += 1
            case = place if seen[place] == 1 else f"{place}#{seen[place]}"
            complaint = _complaint(connection, statement)
            if complaint:
                where = f"{statement.path}:{statement.line}"
                problems[case] = f"{case}: {complaint}\n{where}\n{inspect.cleandoc(statement.sql)}"
    return problems


def _complaint(connection: psycopg.Connection, statement: Statement) -> str | None:
    """Parsed without parameter types, so that PostgreSQL infers them."""
    state, message = _parse(connection, statement.sql)
    if state == SYNTAX_ERROR and statement.fills_in:
        again, _ = _parse(connection, with_literals(statement.sql))
        state = "" if not again or again.startswith("22") else state
    return None if not state or state in NEEDS_TYPES else message


def _parse(connection: psycopg.Connection, sql: str) -> tuple[str, str]:
    result = connection.pgconn.prepare(b"", sql.encode())
    if result.status == ExecStatus.COMMAND_OK:
        return "", ""
    fields = (DiagnosticField.MESSAGE_PRIMARY, DiagnosticField.MESSAGE_HINT)
    texts = [(result.error_field(name) or b"").decode(errors="replace") for name in fields]
    state = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
    return state, ". ".join(text for text in texts if text)


def _tree(file: Path) -> ast.Module | None:
    try:
        return ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):  # the check of imports says so where it matters
        return None


def _in_python(tree: ast.Module, shared: dict[str, str]) -> list[Literal]:
    finder = Finder(Strings(shared, [assigned(tree)]))
    finder.visit(tree)
    return finder.found


def _in_script(file: Path) -> Iterator[Literal]:
    text = file.read_text("utf-8", errors="replace")
    name = ""
    for lines, sql in split(text):
        named = re.findall(r"--\s*name:\s*([\w-]+)", sql)
        name = named[-1] if named else name
        yield Literal(lines + 1, name or "script", sql)


def _sort(
    path: str, literals: list[Literal] | Iterator[Literal], fills_in: bool, to: Literals
) -> None:
    """Into statements to prepare and what is not covered."""
    literals = list(literals)
    of = style("\n".join(literal.sql for literal in literals))
    temporary = {name for literal in literals for name in TEMPORARY.findall(literal.sql)}
    for literal in literals:
        for lines, sql in split(literal.sql):
            place = f"{path}:{literal.line + lines}"
            why = literal.why
            if kind(sql) != "query":
                why = "defines or administrates, cannot be prepared"
            elif is_dynamic(sql):
                why = why or "put together at run time"
            elif temporary & set(re.findall(r"\w+", sql)):
                why = why or "uses a temporary table"
            if why is not None:
                to.not_covered.append((place, why))
                continue
            own = style(sql)
            text = numbered(sql, own if own != "question" or of == "question" else "none")
            to.statements.append(Statement(path, literal.line, literal.function, text, fills_in))
