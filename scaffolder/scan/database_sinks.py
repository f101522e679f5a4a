"""Where code opens its database: engines, pools, Flask's and Django's settings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from scaffolder.scan.database_drivers import ENGINE_OF_DRIVER, OPENS
from scaffolder.scan.database_syntax import PARTS
from scaffolder.scan.database_urls import Evaluator
from scaffolder.scan.database_value import Value, engine_of
from scaffolder.scan.env_reads import Read
from scaffolder.scan.env_syntax import literal
from scaffolder.scan.objects import around, assignments, entries
from scaffolder.scan.python import Module, dotted, keyword, text_of
from scaffolder.scan.variables import Variables

_URL_KEYWORDS = ("url", "dsn", "conninfo", "connection_string", "db_url", "host", "name_or_url")
_FLASK = "SQLALCHEMY_DATABASE_URI"
_OTHERS = re.compile(r"^_?(?:Dev|Develop|Development|Test|Tests|Testing|Local|CI)(?=[A-Z_]|$)")
_DJANGO_PARTS = {
    "HOST": "host",
    "PORT": "port",
    "NAME": "name",
    "USER": "user",
    "PASSWORD": "password",
}


@dataclass(frozen=True, slots=True)
class Opening:
    """A place that opens a database: what it is given, and the driver or kind of the call."""

    value: Value
    driver: str
    line: int
    module: Module = field(repr=False)
    django: bool = False
    call: bool = False
    """SQLAlchemy's own create_engine."""


def openings(known: Variables, evaluator: Evaluator) -> Iterator[Opening]:
    """All of shipped code; those of classes and functions for tests are left out."""
    if known.django is not None:
        yield from _django(known, evaluator)
    for module in known.modules:
        if not _opens(module):
            continue
        evaluator.bindings.index(module)
        for call in module.all(ast.Call):
            name = module.qualified(call.func)
            if name in OPENS:
                yield from _of_call(module, call, OPENS[name], evaluator)
    tree = known.repository.tree
    for module in known.modules:
        for node, expression in _flask(module) if _FLASK in (tree.text(module.path) or "") else ():
            evaluator.bindings.index(module)
            if not any(_OTHERS.match(c.name) for c in _classes(module, node)):
                for value in evaluator.values(module, expression):
                    yield Opening(value, "", getattr(node, "lineno", 1), module, call=True)


def _opens(module: Module) -> bool:
    names = {name.split(".")[0] for name in OPENS}
    return any(origin.split(".")[0] in names for origin in module.aliases.values())


def _classes(module: Module, node: ast.AST) -> list[ast.ClassDef]:
    return [each for each in around(module, node, ast.ClassDef) if isinstance(each, ast.ClassDef)]


def _of_call(
    module: Module, call: ast.Call, driver: str, evaluator: Evaluator
) -> Iterator[Opening]:
    """The URL that a call is given, or its parts as keywords."""
    pairs = [(each.arg, each.value) for each in call.keywords if each.arg]
    parts = _keywords(module, pairs, evaluator) if driver not in ("", "async") else {}
    if "host" in parts and len(parts) > 1:
        engine = ENGINE_OF_DRIVER.get(driver, "")
        scheme = {"postgres": "postgresql", "mysql": "mysql"}.get(engine, engine)
        value = Value(module, call, scheme, None, tuple(parts.items()))
        yield Opening(value, driver, call.lineno, module)
        return
    first = call.args[0] if call.args else None
    for name in _URL_KEYWORDS:
        first = first if first is not None else keyword(call, name)
    found = evaluator.values(module, first)
    own = module.qualified(call.func).endswith(".create_engine")
    for value in found:
        yield Opening(value, driver, call.lineno, module, call=own)
    if not found and driver in ENGINE_OF_DRIVER and driver != "sqlite3":
        yield Opening(Value(module, call), driver, call.lineno, module)


def _keywords(
    module: Module, pairs: list[tuple[str, ast.expr]], evaluator: Evaluator
) -> dict[str, Read | str]:
    """Parts of `connect(host=..., user=...)`."""
    found: dict[str, Read | str] = {}
    for name, expression in pairs:
        part = PARTS.get(name.lower())
        value = evaluator.part(module, expression) if part else None
        if part and value is not None:
            found[part] = value
    return found


def _flask(module: Module) -> Iterator[tuple[ast.AST, ast.expr]]:
    """What is bound to SQLALCHEMY_DATABASE_URI, as a name, a key, or a keyword."""
    for target, value, node in assignments(module):
        key = text_of(target.slice) if isinstance(target, ast.Subscript) else dotted(target)
        if (key or "").rpartition(".")[2] == _FLASK:
            yield node, value
    for call in module.all(ast.Call):
        given = keyword(call, _FLASK)
        if given is not None:
            yield call, given
    for table in module.all(ast.Dict):
        yield from ((table, value) for key, value in entries(table) if key == _FLASK)


def _django(known: Variables, evaluator: Evaluator) -> Iterator[Opening]:
    """DATABASES of production's settings, with all branches."""
    for module in known.django.chain if known.django else ():
        evaluator.bindings.index(module)
        for node, expression in _databases(module):
            for value, driver in _of_default(module, expression, evaluator):
                chosen = value.selector or evaluator.selector(module, node)
                line = getattr(node, "lineno", 1)
                yield Opening(replace(value, selector=chosen), driver, line, module, django=True)


def _databases(module: Module) -> Iterator[tuple[ast.stmt, ast.expr]]:
    """Expressions for the default database: dictionaries or calls."""
    for target, value, node in assignments(module):
        if dotted(target) == "DATABASES" and isinstance(value, ast.Dict):
            for key, inner in zip(value.keys, value.values, strict=True):
                if key is not None and literal(module, key) == "default":
                    yield node, inner
        elif _is_default(target):
            yield node, value
    for call in module.all(ast.Call):
        function = call.func
        updates = isinstance(function, ast.Attribute) and function.attr == "update"
        if updates and call.args and _is_default(function.value):  # type: ignore[attr-defined]
            yield ast.copy_location(ast.Expr(call.args[0]), call), call.args[0]


def _is_default(node: ast.expr) -> bool:
    """`DATABASES["default"]`."""
    within = isinstance(node, ast.Subscript) and dotted(node.value) == "DATABASES"
    return within and text_of(node.slice) == "default"  # type: ignore[attr-defined]


def _of_default(
    module: Module, node: ast.expr, evaluator: Evaluator, depth: int = 0
) -> Iterator[tuple[Value, str]]:
    if isinstance(node, ast.Name) and depth < 3:
        for origin, bound in evaluator.bindings.values(node.id, module):
            yield from _of_default(origin, bound, evaluator, depth + 1)
    elif isinstance(node, ast.IfExp):
        yield from _of_default(module, node.body, evaluator, depth + 1)
        yield from _of_default(module, node.orelse, evaluator, depth + 1)
    elif isinstance(node, ast.Dict):
        yield from _of_table(module, node, evaluator)
    elif isinstance(node, ast.Call):
        if dotted(node.func) == "dict":
            keys: list[ast.expr | None] = [ast.Constant(k.arg) for k in node.keywords]
            table = ast.Dict(keys, [k.value for k in node.keywords])
            yield from _of_table(module, ast.copy_location(table, node), evaluator)
        else:
            yield from ((value, "") for value in _of_url_call(module, node, evaluator))


def _of_table(module: Module, node: ast.Dict, evaluator: Evaluator) -> Iterator[tuple[Value, str]]:
    given = {text_of(k) or "": v for k, v in zip(node.keys, node.values, strict=True) if k}
    parts: dict[str, object] = {}
    for key, part in _DJANGO_PARTS.items():
        found = evaluator.part(module, given.get(key))
        if found is not None:
            parts[part] = found
    backend = given.get("ENGINE")
    for text, selector in _backends(module, backend, evaluator):
        engine = _engine_of_backend(text)
        if engine is None:
            continue
        scheme = {"postgres": "postgresql"}.get(engine, engine)
        used = () if engine == "sqlite" else tuple(parts.items())
        yield Value(module, node, scheme, None, used, selector=selector), ""  # type: ignore[arg-type]


def _backends(module: Module, node: ast.expr | None, evaluator: Evaluator):  # type: ignore[no-untyped-def]
    """Texts of ENGINE: a literal, both of a condition, or a variable's default and examples."""
    if isinstance(node, ast.IfExp):
        yield from _backends(module, node.body, evaluator)
        yield from _backends(module, node.orelse, evaluator)
        return
    found = evaluator.part(module, node)
    if isinstance(found, str):
        yield found, None
    elif found is not None:
        rows = evaluator.known.examples.values.get(found.name, ())
        for text in dict.fromkeys([*(row.value for row in rows), found.default or ""]):
            if _engine_of_backend(text):
                yield text, (found, text)


def _engine_of_backend(text: str) -> str | None:
    last = text.rpartition(".")[2] if "." in text else text
    return engine_of(last.removesuffix("_psycopg2").lower())


def _of_url_call(module: Module, node: ast.Call, evaluator: Evaluator) -> list[Value]:
    """`env.db()`, `dj_database_url.config(default=...)`, `dj_database_url.parse(url)`."""
    read = evaluator.known.env.by_node.get(id(node))
    if read is not None:
        return evaluator.values(module, node)
    name = module.qualified(node.func)
    if name.endswith("dj_database_url.parse"):
        return evaluator.values(module, node.args[0] if node.args else keyword(node, "url"))
    if name.endswith("dj_database_url.config"):
        given = keyword(node, "env") or (node.args[0] if node.args else None)
        named = given is not None and not dotted(given).endswith("DEFAULT_ENV")
        variable = literal(module, given) if named and given is not None else "DATABASE_URL"
        default = keyword(node, "default")
        return [evaluator.url_variable(module, node, variable, default)] if variable else []
    return evaluator.values(module, node)
