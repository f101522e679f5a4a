"""What an expression says about a database: a whole URL, its parts, or a literal."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from scaffolder.scan.env_reads import Read
from scaffolder.scan.env_syntax import shown
from scaffolder.scan.objects import around, lines
from scaffolder.scan.python import Module, dotted, keyword, text_of
from scaffolder.scan.variables import Variables

ENGINES = {
    "postgres": "postgres", "postgresql": "postgres", "postgis": "postgres", "pgsql": "postgres",
    "psql": "postgres", "cockroachdb": "postgres", "asyncpg": "postgres", "psycopg": "postgres",
    "mysql": "mysql", "mariadb": "mariadb", "sqlite": "sqlite", "sqlite3": "sqlite",
    "mongodb": "mongodb", "mssql": "mssql", "oracle": "oracle", "mysql2": "mysql",
    "postgresql_psycopg2": "postgres", "spatialite": "sqlite", "timescale": "postgres",
}  # fmt: skip
PARTS = {
    "host": "host", "hostname": "host", "server": "host", "port": "port", "user": "user",
    "username": "user", "password": "password", "passwd": "password", "database": "name",
    "dbname": "name", "db": "name", "path": "name", "name": "name",
}  # fmt: skip
_SCHEME = re.compile(r"(?P<scheme>[a-z][a-z0-9]*(?:\+[a-z0-9_]+)?)://")
_BUILDERS = re.compile(r"(?:URL(?:\.create)?|\w*Dsn\.build|MultiHostUrl\.build|Url\.build)\Z")
_POSITIONS = ("scheme", "user", "password", "host", "port", "name")
_DEPTH = 7


def engine_of(scheme: str | None) -> str | None:
    """`postgresql+asyncpg` -> postgres; None for what is no database."""
    return ENGINES.get((scheme or "").partition("+")[0].removesuffix("gis") or "") or ENGINES.get(
        (scheme or "").partition("+")[0]
    )


@dataclass(frozen=True, slots=True)
class Value:
    """A database as an expression gives it. `url`: the variable that holds the whole URL."""

    module: Module = field(repr=False)
    node: ast.AST = field(repr=False)
    scheme: str | None = None
    url: Read | None = None
    parts: tuple[tuple[str, Read | str], ...] = ()
    changed: bool = False
    """The code exchanges something in the URL, such as the scheme."""
    selector: tuple[Read, str] | None = None

    @property
    def engine(self) -> str | None:
        """By the scheme."""
        return engine_of(self.scheme)

    @property
    def reads(self) -> list[Read]:
        """All variables in it."""
        return [
            *([self.url] if self.url else []),
            *(r for _, r in self.parts if isinstance(r, Read)),
        ]


@dataclass
class Evaluator:
    """Follows names to what was bound to them, in the modules that read the environment."""

    known: Variables
    _fields: dict[str, list[Read]] = field(default_factory=dict)
    _dsn: dict[str, str] = field(default_factory=dict)
    _bound: dict[str, list[tuple[Module, ast.expr]]] = field(default_factory=dict)
    _functions: dict[str, list[tuple[Module, ast.AST]]] = field(default_factory=dict)
    _indexed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for each in self.known.models.fields:
            self._fields.setdefault(each.name, []).extend(each.reads[:1])
            if each.annotation.endswith("Dsn"):
                self._dsn[each.reads[0].name] = each.annotation
        for path in dict.fromkeys(read.module.path for read in self.known.reads):
            self.index(self.known.repository.python.by_path[path])
        for each in self.known.models.fields:
            self.index(each.module)

    def index(self, module: Module) -> None:
        """Remember what a module binds to names, attributes and keys."""
        if module.path in self._indexed:
            return
        self._indexed.add(module.path)
        for node in [*module.all(ast.Assign), *module.all(ast.AnnAssign)]:
            if node.value is None:
                continue
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                name = _target(target)
                if name and _names(node.value) != name:
                    self._bound.setdefault(name, []).append((module, node.value))
        for table in module.all(ast.Dict):
            for key, value in zip(table.keys, table.values, strict=True):
                name = text_of(key) or ""
                if name and name not in PARTS and not name.isspace():
                    self._bound.setdefault(name, []).append((module, value))
        for kind in (ast.FunctionDef, ast.AsyncFunctionDef):
            for function in module.all(kind):
                for name in _filled_by(function):
                    self._functions.setdefault(name, []).append((module, function))

    # Whole URLs

    def values(self, module: Module, node: ast.AST | None, depth: int = 0) -> list[Value]:
        """Every database that an expression can mean."""
        if node is None or depth > _DEPTH:
            return []
        read = self.known.env.by_node.get(id(node))
        if read is not None:
            return self._of_read(module, node, read)
        if isinstance(node, ast.BoolOp):
            return [v for each in node.values for v in self.values(module, each, depth + 1)]
        if isinstance(node, ast.IfExp):
            both = [*self.values(module, node.body, depth + 1)]
            return both + self.values(module, node.orelse, depth + 1)
        if isinstance(node, ast.Await | ast.NamedExpr | ast.FormattedValue):
            return self.values(module, node.value, depth + 1)
        template = rendered(module, node)
        if template is not None and "://" in template[0]:
            value = self._composed(module, node, *template, depth)
            return [value] if value else []
        if template is not None and len(template[1]) == 1 and template[0] == "\0":
            return self.values(module, template[1][0], depth + 1)  # f"{URL}"
        if isinstance(node, ast.Call):
            return self._of_call(module, node, depth)
        return self._named(module, node, depth)

    def _of_read(self, module: Module, node: ast.AST, read: Read) -> list[Value]:
        match = _SCHEME.match(read.default or "")
        return [Value(module, node, match["scheme"] if match else None, read)]

    def _of_call(self, module: Module, node: ast.Call, depth: int) -> list[Value]:
        name = dotted(node.func)
        last = name.rpartition(".")[2]
        if _BUILDERS.search(name) and (node.keywords or len(node.args) > 1):
            return [self._built(module, node, depth)]
        if last in ("replace", "sub", "set", "removeprefix") and isinstance(
            node.func, ast.Attribute
        ):
            inner = node.args[-1] if last == "sub" and node.args else node.func.value
            found = self.values(module, inner, depth + 1)
            return [replace(each, changed=True) for each in found]
        if last in ("unicode_string", "get_secret_value", "render_as_string", "strip", "__str__"):
            inner = node.func.value if isinstance(node.func, ast.Attribute) else node
            return self.values(module, inner, depth + 1)
        returned = self._returned(module, node, depth)
        if returned:
            return returned
        for argument in node.args[:1]:  # str(url), make_url(url), MultiHostUrl(url)
            return self.values(module, argument, depth + 1)
        return []

    def _returned(self, module: Module, node: ast.Call, depth: int) -> list[Value]:
        """What a function of the project gives back."""
        name = dotted(node.func).rpartition(".")[2]
        found: list[Value] = []
        for origin, function in self._functions.get(name, ()):
            found += self._of_function(origin, function, depth)
        return found

    def _of_function(self, module: Module, function: ast.AST, depth: int) -> list[Value]:
        first, last = lines(function)
        found: list[Value] = []
        for node in module.all(ast.Return):
            if first <= node.lineno <= last:
                found += self.values(module, node.value, depth + 1)
        for assign in module.all(ast.Assign):  # self.URL = ... of a model validator
            if first <= assign.lineno <= last and isinstance(assign.targets[0], ast.Attribute):
                found += self.values(module, assign.value, depth + 1)
        return [
            each if each.selector else replace(each, selector=self.selector(each.module, each.node))
            for each in found
        ]

    def _named(self, module: Module, node: ast.AST, depth: int) -> list[Value]:
        name = _key(node)
        if not name:
            return []
        found = [
            Value(module, read.node, _dsn_scheme(self._dsn.get(read.name), read), read)
            for read in self._fields.get(name, ())
        ]
        for origin, function in self._functions.get(name, ()):
            found += self._of_function(origin, function, depth + 1)
        bound = self._bound.get(name, ())
        here = [pair for pair in bound if pair[0] is module] or bound
        for origin, value in here if not self._fields.get(name) else ():
            if value is not node:
                found += self.values(origin, value, depth + 1)
        return found

    def url_variable(
        self, module: Module, node: ast.AST, name: str, default: ast.expr | None
    ) -> Value:
        """A variable that a library reads by itself, such as dj_database_url."""
        text = shown(default, module)
        given = default is not None
        read = Read(name, False, module, node, "url", text, given)
        match = _SCHEME.match(text or "")
        scheme = match["scheme"] if match else None
        if scheme is None and given:
            template = rendered(module, default)
            scheme = template[0].partition("://")[0] if template else None
        return Value(module, node, scheme if engine_of(scheme) else None, read)

    # Parts

    def _composed(
        self, module: Module, node: ast.AST, text: str, holes: list[ast.expr], depth: int
    ) -> Value | None:
        """`postgresql://{user}:{password}@{host}:{port}/{name}`, holes as NUL characters."""
        left, _, rest = text.partition("://")
        numbers = iter(range(len(holes)))
        pieces: dict[str, str] = {"scheme": left}
        authority, _, path = rest.partition("/")
        userinfo, _, hostport = authority.rpartition("@")
        pieces["user"], _, pieces["password"] = userinfo.partition(":")
        pieces["host"], _, pieces["port"] = hostport.partition(":")
        pieces["name"] = path.partition("?")[0]
        filled: dict[str, Read | str] = {}
        for part in _POSITIONS:
            piece = pieces[part]
            inside = [holes[next(numbers)] for _ in range(piece.count("\0"))]
            if piece == "\0":
                found = self.part(module, inside[0], depth + 1)
                if found is not None:
                    filled[part] = found
            elif not inside and piece:
                filled[part] = piece
            elif part == "scheme" and inside:
                filled[part] = piece.split("\0")[0].rstrip("+")
        return self._value(module, node, filled)

    def _value(self, module: Module, node: ast.AST, filled: dict[str, Read | str]) -> Value | None:
        scheme = filled.pop("scheme", None)
        chosen = None
        if isinstance(scheme, Read):
            chosen, scheme = scheme, scheme.default
        if not scheme or engine_of(scheme) is None:
            return None
        selector = (chosen, scheme) if chosen else self.selector(module, node)
        parts = tuple((part, value) for part, value in filled.items())
        return Value(module, node, scheme, None, parts, selector=selector)

    def _built(self, module: Module, node: ast.Call, depth: int) -> Value:
        """`URL.create("postgresql", host=...)`, `PostgresDsn.build(scheme=..., user=...)`."""
        given: dict[str, ast.expr] = dict(zip(_POSITIONS, node.args, strict=False))
        for each in node.keywords:
            key = {"drivername": "scheme"}.get(each.arg or "", PARTS.get(each.arg or "", each.arg))
            if key in _POSITIONS:
                given[str(key)] = each.value
        filled: dict[str, Read | str] = {}
        for part, expression in given.items():
            found = self.part(module, expression, depth + 1)
            if found is not None:
                filled[part] = found
        if "Postgres" in dotted(node.func):
            filled.setdefault("scheme", "postgresql")
        return self._value(module, node, filled) or Value(module, node)

    def part(self, module: Module, node: ast.AST | None, depth: int = 0) -> Read | str | None:
        """The variable, or the literal, that a part of a connection comes from."""
        if node is None or depth > _DEPTH:
            return None
        read = self.known.env.by_node.get(id(node))
        if read is not None:
            return read
        if isinstance(node, ast.Constant):
            return str(node.value) if node.value not in (None, "") else None
        if isinstance(node, ast.BoolOp):
            found = [self.part(module, each, depth + 1) for each in node.values]
            return next((each for each in found if isinstance(each, Read)), None)
        if isinstance(node, ast.IfExp):
            return self.part(module, node.body, depth + 1) or self.part(
                module, node.orelse, depth + 1
            )
        template = rendered(module, node)
        if template is not None and len(template[1]) == 1 and template[0].strip("/") == "\0":
            return self.part(module, template[1][0], depth + 1)
        return self._part_by_name(module, node, depth)

    def _part_by_name(self, module: Module, node: ast.AST, depth: int) -> Read | str | None:
        name = _key(node)
        if name and (reads := self._fields.get(name)):
            return reads[0]
        bound = self._bound.get(name, []) if name else []
        for origin, value in [pair for pair in bound if pair[0] is module] or bound:
            if value is not node:
                found = self.part(origin, value, depth + 1)
                if found is not None:
                    return found
        if isinstance(node, ast.Call):  # quote_plus(x), str(x), x.get_secret_value()
            inner = node.args[0] if node.args else getattr(node.func, "value", None)
            return self.part(module, inner, depth + 1)
        return None

    def keywords(
        self, module: Module, pairs: Iterable[tuple[str, ast.expr]]
    ) -> dict[str, Read | str]:
        """Parts of `connect(host=..., user=...)` or of Django's dictionary."""
        found: dict[str, Read | str] = {}
        for name, expression in pairs:
            part = PARTS.get(name.lower())
            value = self.part(module, expression) if part else None
            if part and value is not None:
                found[part] = value
        return found

    def selector(self, module: Module, node: ast.AST) -> tuple[Read, str] | None:
        """`if os.getenv("DB") == "postgres":` around a node, the node in its body."""
        for block in around(module, node, ast.If):
            if not isinstance(block, ast.If) or not _within(block.body, node):
                continue
            for test in _tests(block.test):
                text = text_of(test.comparators[0])
                read = self.part(module, test.left) if text else None
                if text and isinstance(read, Read):
                    return read, text
        return None


def rendered(module: Module, node: ast.AST) -> tuple[str, list[ast.expr]] | None:
    """The text of an expression with NUL for what is filled in; None for what is no text."""
    if isinstance(node, ast.Constant):
        return (node.value, []) if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        text, holes = "", []
        for each in node.values:
            if isinstance(each, ast.FormattedValue):
                text, holes = text + "\0", [*holes, each.value]
            elif isinstance(each, ast.Constant):
                text += str(each.value)
        return text, holes
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = (rendered(module, e) or ("\0", [e]) for e in (node.left, node.right))
        return left[0] + right[0], [*left[1], *right[1]]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _percent(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "format" and text_of(node.func.value):
            return _formatted(text_of(node.func.value) or "", node)
    return None


def _percent(node: ast.BinOp) -> tuple[str, list[ast.expr]] | None:
    text = text_of(node.left)
    if text is None:
        return None
    named = re.findall(r"%\((\w+)\)[sd]", text)
    if named and isinstance(node.right, ast.Dict):
        table = {text_of(k): v for k, v in zip(node.right.keys, node.right.values, strict=True)}
        if all(name in table for name in named):
            return re.sub(r"%\(\w+\)[sd]", "\0", text), [table[name] for name in named]
        return None
    holes = list(node.right.elts) if isinstance(node.right, ast.Tuple) else [node.right]
    text = re.sub(r"%[sd]", "\0", text)
    return (text, holes) if text.count("\0") == len(holes) else None


def _formatted(text: str, node: ast.Call) -> tuple[str, list[ast.expr]] | None:
    holes: list[ast.expr] = []
    for number, name in enumerate(re.findall(r"\{(\w*)\}", text)):
        position = int(name) if name.isdigit() else number
        found = keyword(node, name) if name and not name.isdigit() else None
        if found is None and position < len(node.args) and (not name or name.isdigit()):
            found = node.args[position]
        if found is None:
            return None
        holes.append(found)
    return re.sub(r"\{\w*\}", "\0", text), holes


def _target(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    return (text_of(node.slice) or "") if isinstance(node, ast.Subscript) else ""


def _names(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _key(node: ast.AST) -> str:
    """The last name: of `settings.DB_HOST`, `values.get("DB_HOST")`, `config["DB_HOST"]`."""
    if isinstance(node, ast.Name | ast.Attribute):
        return _target(node)
    if isinstance(node, ast.Subscript):
        return text_of(node.slice) or ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "get" and node.args:
            return text_of(node.args[0]) or ""
        if node.func.attr == "get_secret_value":
            return _key(node.func.value)
    return ""


def _filled_by(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Names under which a function's result is known: its own, or the fields that it validates."""
    validator = False
    for each in function.decorator_list:
        name = dotted(each).rpartition(".")[2]
        if name in ("validator", "field_validator") and isinstance(each, ast.Call):
            validator = True
            yield from (text for node in each.args if (text := text_of(node)))
        elif name in ("root_validator", "model_validator"):
            validator = True
    if not validator:
        yield function.name


def _within(body: list[ast.stmt], node: ast.AST) -> bool:
    line = lines(node)[0]
    return bool(body) and lines(body[0])[0] <= line <= lines(body[-1])[1]


def _tests(node: ast.expr) -> Iterator[ast.Compare]:
    for each in node.values if isinstance(node, ast.BoolOp) else [node]:
        if isinstance(each, ast.Compare) and isinstance(each.ops[0], ast.Eq):
            yield each


def _dsn_scheme(annotation: str | None, read: Read) -> str | None:
    match = _SCHEME.match(read.default or "")
    if match:
        return match["scheme"]
    return {"PostgresDsn": "postgresql", "MySQLDsn": "mysql", "MongoDsn": "mongodb"}.get(
        annotation or ""
    )
