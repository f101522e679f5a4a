"""Settings classes of pydantic: the variables of their fields, with prefix, aliases and nesting."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from scaffolder.scan.env_reads import Read
from scaffolder.scan.env_syntax import shown
from scaffolder.scan.objects import Objects
from scaffolder.scan.python import Module, dotted, keyword, text_of
from scaffolder.scan.settings_classes import Class, classes, mark_used, order

_OTHERS = re.compile(r"^_?(?:Dev|Develop|Development|Test|Testing|Local|CI)(?=[A-Z_]|$)")
"""Classes that only development and tests use."""
_KINDS = {"int": "int", "float": "float", "bool": "bool", "PositiveInt": "int", "EmailStr": "email"}
_KINDS |= {"list": "json", "List": "json", "dict": "json", "Dict": "json", "set": "json"}
_KINDS |= {"SecretStr": "secret", "PostgresDsn": "url", "RedisDsn": "url", "AnyUrl": "url"}
_KINDS |= {"AnyHttpUrl": "url", "HttpUrl": "url", "MySQLDsn": "url", "MongoDsn": "url"}
_KINDS |= {"UUID": "uuid", "timedelta": "seconds", "Decimal": "float", "NonNegativeInt": "int"}


@dataclass(frozen=True, slots=True)
class Field:
    """A field that variables fill; `owner` is the class that it stands in."""

    name: str
    owner: str
    annotation: str
    reads: tuple[Read, ...]
    default: ast.expr | None
    module: Module


@dataclass
class SettingsModels:
    """The settings classes of some modules: their fields, and the .env files that they read."""

    fields: list[Field] = field(default_factory=list)
    env_files: list[tuple[str, str, int]] = field(default_factory=list)
    """(file as written, path and line of where it is named)."""

    @classmethod
    def of(cls, objects: Objects, modules: Iterable[Module]) -> SettingsModels:
        """Fields of settings classes that an object is made of."""
        listed = list(modules)
        table = classes(objects, listed)
        settings = [each for each in table.values() if each.version]
        mark_used(objects, listed, table)
        found = cls()
        done: set[tuple[str, str, str]] = set()
        for each in settings:
            if each.used and not _OTHERS.match(each.node.name):
                for made in _fields(each, objects, table):
                    key = (made.owner, made.name, ",".join(read.name for read in made.reads))
                    if key not in done:
                        done.add(key)
                        found.fields.append(made)
                found.env_files += _env_files(each)
        found.env_files = list(dict.fromkeys(found.env_files))
        return found


def _setting(line: list[Class], name: str) -> ast.expr | None:
    return next((each.config[name] for each in line if name in each.config), None)


def _fields(start: Class, objects: Objects, table: dict[tuple[str, str], Class]) -> Iterator[Field]:
    line = order(start)
    prefix = shown(_setting(line, "env_prefix"), start.module) or ""
    delimiter = shown(_setting(line, "env_nested_delimiter"), start.module)
    exact = isinstance(s := _setting(line, "case_sensitive"), ast.Constant) and s.value is True
    renamed = _renamed(_setting(line, "fields"))
    seen: set[str] = set()
    for each in line:
        for node in each.node.body:
            made = _named(node, each.version or start.version)
            if made is None or made[0] in seen:
                continue
            name, annotation, value = made
            seen.add(name)
            inner = _inner(annotation, each.module, objects, table)
            if inner is not None:
                if delimiter and not inner.version:
                    yield from _nested(
                        start, inner, prefix + name + delimiter, delimiter, exact, objects, table
                    )
                continue
            given = renamed.get(name) or _aliases(annotation, value, start.version)
            variables = given or [prefix + name]
            if not exact:
                variables = [variable.upper() for variable in variables]
            version = each.version or start.version
            yield _field(each, node, name, annotation, value, variables, version)


def _nested(
    start: Class,
    inner: Class,
    prefix: str,
    delimiter: str,
    exact: bool,
    objects: Objects,
    table: dict[tuple[str, str], Class],
    depth: int = 0,
) -> Iterator[Field]:
    """Fields of a model that is the field of a settings class: `DB__HOST`."""
    for each in order(inner):
        for node in each.node.body:
            made = _named(node, 2)
            if made is None:
                continue
            name, annotation, value = made
            deeper = _inner(annotation, each.module, objects, table)
            if deeper is not None and depth < 4:
                yield from _nested(
                    start, deeper, prefix + name + delimiter, delimiter, exact, objects, table,
                    depth + 1,
                )  # fmt: skip
            elif deeper is None:
                variable = prefix + name if exact else (prefix + name).upper()
                yield _field(each, node, name, annotation, value, [variable], 2)


def _named(node: ast.stmt, version: int) -> tuple[str, ast.expr | None, ast.expr | None] | None:
    """Name, annotation and default of a field; None for what is none."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        name = node.target.id
        if name.startswith("_") or "ClassVar" in dotted(_outer(node.annotation)):
            return None
        return None if name == "model_config" else (name, node.annotation, node.value)
    if isinstance(node, ast.Assign) and version == 1 and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
        if not name.startswith("_") and not isinstance(node.value, ast.Lambda):
            return name, None, node.value
    return None


def _outer(node: ast.expr | None) -> ast.expr | None:
    return node.value if isinstance(node, ast.Subscript) else node


def _words(node: ast.expr | None) -> Iterator[str]:
    """Names of types in an annotation, outermost first; texts are looked into as well."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from re.findall(r"[A-Za-z_][\w.]*", node.value)
    elif isinstance(node, ast.Subscript):
        yield from _words(node.value)
        inner = node.slice
        if dotted(node.value).rpartition(".")[2] == "Annotated" and isinstance(inner, ast.Tuple):
            inner = inner.elts[0]
        if dotted(node.value).rpartition(".")[2] != "Literal":
            for each in inner.elts if isinstance(inner, ast.Tuple) else [inner]:
                yield from _words(each)
    elif isinstance(node, ast.BinOp):
        yield from _words(node.left)
        yield from _words(node.right)
    elif isinstance(node, ast.Constant) and node.value is None:
        yield "None"
    elif node is not None and dotted(node):
        yield dotted(node)


def _inner(
    annotation: ast.expr | None,
    module: Module,
    objects: Objects,
    table: dict[tuple[str, str], Class],
) -> Class | None:
    """The model of the project that a field holds; enumerations and lists of models are none."""
    words = [word for word in _words(annotation) if word not in ("Optional", "None", "Annotated")]
    if len(words) != 1:
        return None
    origin, own = objects.follow(module, module.aliases.get(words[0], words[0]))
    found = table.get((origin.path, own))
    if found is None:
        return None
    for each in order(found):
        names = [each.module.qualified(base) for base in each.node.bases]
        if each.version or "pydantic.BaseModel" in names or "pydantic.main.BaseModel" in names:
            return found
    return None


def _call(value: ast.expr | None, annotation: ast.expr | None) -> ast.Call | None:
    """The `Field(...)` of a field, also that in Annotated."""
    if isinstance(value, ast.Call) and dotted(value.func).rpartition(".")[2] == "Field":
        return value
    if isinstance(annotation, ast.Subscript) and isinstance(annotation.slice, ast.Tuple):
        for each in annotation.slice.elts[1:]:
            if isinstance(each, ast.Call) and dotted(each.func).rpartition(".")[2] == "Field":
                return each
    return None


def _aliases(annotation: ast.expr | None, value: ast.expr | None, version: int) -> list[str]:
    """Names that are given; a prefix does not hold for them."""
    call = _call(value, annotation)
    if call is None:
        return []
    for name in ("env",) if version == 1 else ("validation_alias", "alias", "env"):
        given = keyword(call, name)
        if name == "env" and version == 2:
            continue  # version 2 takes no notice of it
        if isinstance(given, ast.Call):  # AliasChoices("a", "b")
            return [text for each in given.args if (text := text_of(each))]
        if isinstance(given, ast.List | ast.Tuple | ast.Set):
            return [text for each in given.elts if (text := text_of(each))]
        text = text_of(given)
        if text is not None:
            return [text]
    return []


def _renamed(node: ast.expr | None) -> dict[str, list[str]]:
    """Version 1: `fields = {"name": {"env": "NAME"}}`."""
    found: dict[str, list[str]] = {}
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            name = text_of(key)
            if name and isinstance(value, ast.Dict):
                for inner, variable in zip(value.keys, value.values, strict=True):
                    text = text_of(variable)
                    if text_of(inner) == "env" and text:
                        found[name] = [text]
    return found


def _field(
    owner: Class,
    node: ast.stmt,
    name: str,
    annotation: ast.expr | None,
    value: ast.expr | None,
    variables: list[str],
    version: int,
) -> Field:
    words = [word.rpartition(".")[2] for word in _words(annotation)]
    default, given = _default(value, annotation)
    optional = version == 1 and ("Optional" in words or "None" in words)
    required = not given and not optional
    kind = next((_KINDS[word] for word in words if word in _KINDS), "str")
    read = Read(
        variables[0] if variables else name, required, owner.module, node, kind,
        shown(default, owner.module), given and not _is_none(default),
    )  # fmt: skip
    reads = tuple(
        replace(read, name=variable, required=required and not number)
        for number, variable in enumerate(variables)
    )
    return Field(name, owner.node.name, words[0] if words else "", reads, default, owner.module)


def _default(value: ast.expr | None, annotation: ast.expr | None) -> tuple[ast.expr | None, bool]:
    """The default, and whether there is one; it may be computed."""
    call = _call(value, annotation)
    if call is None or (value is not None and call is not value):
        return value, value is not None and not _is_dots(value)
    if keyword(call, "default_factory") is not None:
        return keyword(call, "default_factory"), True
    default = call.args[0] if call.args else keyword(call, "default")
    return default, default is not None and not _is_dots(default)


def _is_dots(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _env_files(each: Class) -> list[tuple[str, str, int]]:
    """Files that `env_file` names, one text or several."""
    node = each.config.get("env_file")
    nodes = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
    return [
        (text, each.module.path, getattr(item, "lineno", 1))
        for item in nodes
        if item is not None and (text := shown(item, each.module))
    ]
