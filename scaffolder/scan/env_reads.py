"""Which environment variables code reads: directly, by a library, by a function of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from scaffolder.scan.env_syntax import (
    KINDS,
    at_start,
    casts_of,
    default_of,
    demanded,
    first,
    is_environ,
    is_getter,
    kind_of_default,
    literal,
    memberships,
    names_of_environ,
    prefix_of,
    shown,
)
from scaffolder.scan.env_wrappers import Wrapper, argument, wrapper_of
from scaffolder.scan.objects import Objects, assignments, entries, lines
from scaffolder.scan.python import Module, dotted, keyword

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_CLASSES = {
    "environ.Env": "environ",
    "environ.FileAwareEnv": "environ",
    "environs.Env": "environs",
    "environs.FileAwareEnv": "environs",
    "decouple.Config": "decouple",
    "decouple.AutoConfig": "decouple",
    "starlette.config.Config": "starlette",
}
_FIXED = {"db": "DATABASE_URL", "dj_db_url": "DATABASE_URL", "cache": "CACHE_URL"}
_NO_READ = frozenset({"read_env", "read_envfile", "prefixed", "seal", "get_value", "parse_value"})


@dataclass(frozen=True, slots=True)
class Read:
    """A variable that code reads. default: its text, None where there is none or it is computed."""

    name: str
    required: bool
    module: Module = field(repr=False, compare=False)
    node: ast.AST = field(repr=False, compare=False)
    kind: str = "str"
    default: str | None = None
    has_default: bool = False

    @property
    def line(self) -> int:
        """Where it stands in the file."""
        return lines(self.node)[0]


@dataclass
class EnvReads:
    """All reads of some modules. `by_node`: id of the expression -> what it reads."""

    objects: Objects
    reads: list[Read] = field(default_factory=list)
    by_node: dict[int, Read] = field(default_factory=dict)
    _wrappers: dict[tuple[str, str], Wrapper] = field(default_factory=dict)
    _readers: dict[tuple[str, str], tuple[str, dict[str, ast.expr]]] = field(default_factory=dict)

    @classmethod
    def of(cls, objects: Objects, modules: Iterable[Module]) -> EnvReads:
        """Read the modules; functions and readers that one of them has serve the others too."""
        found = cls(objects)
        listed = list(modules)
        for module in listed:
            found._find_readers(module)
        for module in listed:
            found._direct(module)
        for _ in range(3):  # a function that calls a function that reads
            before = len(found._wrappers)
            found._wrapped(listed)
            if len(found._wrappers) == before:
                break
        found._refused(listed)
        return found

    # Environment objects of libraries: environs, django-environ, decouple, Starlette

    def _find_readers(self, module: Module) -> None:
        tops = {origin.split(".")[0] for origin in module.aliases.values()}
        if tops.isdisjoint(("environ", "environs", "decouple", "starlette")):
            return
        for target, value, _ in assignments(module):
            if isinstance(value, ast.Call) and isinstance(target, ast.Name):
                library = _CLASSES.get(module.qualified(value.func))
                if library:
                    self._readers[module.path, target.id] = (library, dict(entries(value)))

    def _reader(self, module: Module, name: str) -> tuple[str, dict[str, ast.expr]] | None:
        if module.aliases.get(name) == "decouple.config":
            return "decouple", {}
        if module.aliases.get(name) == "environs.env":
            return "environs", {}
        origin, own = self.objects.follow(module, module.aliases.get(name, name))
        found = self._readers.get((origin.path, own)) or self._readers.get((module.path, name))
        if found is None and name not in module.aliases:
            for star in self.objects.stars(module):
                found = found or self._reader(star, name)
        return found

    def _of_library(self, module: Module, node: ast.Call) -> Read | None:
        """`env("X")`, `env.bool("X", False)`, `config("X", default=1, cast=int)`."""
        name = dotted(node.func)
        reader_name, _, method = name.partition(".")
        if not reader_name or "." in method or isinstance(node.func, ast.Call):
            return None
        reader = self._reader(module, reader_name)
        if reader is None or method in _NO_READ or (method == "get" and reader[0] != "decouple"):
            return None
        library, scheme = reader
        named = node.args[0] if node.args else keyword(node, "var") or keyword(node, "name")
        variable = literal(module, named) if named is not None else _FIXED.get(method)
        if variable is None:
            return None
        default = default_of(node, library)
        declared = scheme.get(variable)
        if default is None and isinstance(declared, ast.Tuple) and len(declared.elts) > 1:
            default = declared.elts[1]
        cast_name = dotted(keyword(node, "cast") or (declared and first(declared))) or method
        kind = KINDS.get(cast_name.rpartition(".")[2], "str")
        variable = prefix_of(module, node) + variable
        return self._read(module, node, variable, default, default is None, kind)

    # os.environ and os.getenv

    def _direct(self, module: Module) -> None:
        if not self._may_read(module):
            return
        environs, getters = names_of_environ(module)
        casts = casts_of(module)
        for node in module.all(ast.Call):
            read = self._of_library(module, node)
            if read is not None:
                self._keep(read, casts)
            elif node.args and is_getter(module, node, environs, getters):
                default = node.args[1] if len(node.args) > 1 else keyword(node, "default")
                self._subject(module, node, node.args[0], default, False, casts)
        for subscript in module.all(ast.Subscript):
            loaded = isinstance(subscript.ctx, ast.Load)
            if loaded and is_environ(module, subscript.value, environs):
                self._subject(module, subscript, subscript.slice, None, True, casts)
        for compare, name in memberships(module, environs):
            self._keep(self._read(module, compare, name, None, False, "str"), casts)

    def _may_read(self, module: Module) -> bool:
        """Most modules never see the environment."""
        origins = module.aliases.values()
        if any(
            each == "os" or each.startswith(("os.", "decouple.", "environs.")) for each in origins
        ):
            return True
        if any(path == module.path for path, _ in self._readers):
            return True
        names = {name for _, name in self._readers}
        last = {each.rpartition(".")[2] for each in origins}
        return not names.isdisjoint(last) or (bool(names) and any(self.objects.stars(module)))

    def _subject(
        self,
        module: Module,
        node: ast.expr,
        subject: ast.expr,
        default: ast.expr | None,
        fails: bool,
        casts: dict[int, str],
    ) -> None:
        """A read by a literal name; by a parameter it makes the function a wrapper instead."""
        name = literal(module, subject)
        if name is not None:
            fails = fails and default is None
            self._keep(self._read(module, node, name, default, fails, "str"), casts)
        else:
            self._wrap(module, node, subject, default, fails)

    def _read(
        self,
        module: Module,
        node: ast.AST,
        name: str,
        default: ast.expr | None,
        fails: bool,
        kind: str,
    ) -> Read | None:
        if not NAME.match(name):
            return None
        needed = fails and (module.on_import(node) or at_start(module, node))
        none = isinstance(default, ast.Constant) and default.value is None
        kind = kind if kind != "str" else kind_of_default(default)
        given = default is not None and not none
        return Read(name, needed, module, node, kind, shown(default, module), given)

    def _keep(self, read: Read | None, casts: dict[int, str]) -> None:
        if read is None or id(read.node) in self.by_node:
            return
        if read.kind == "str" and id(read.node) in casts:
            read = Read(
                read.name, read.required, read.module, read.node, casts[id(read.node)],
                read.default, read.has_default,
            )  # fmt: skip
        self.by_node[id(read.node)] = read
        self.reads.append(read)

    # Functions that read for others

    def _wrap(
        self,
        module: Module,
        node: ast.expr,
        subject: ast.expr,
        default: ast.expr | None,
        fails: bool,
    ) -> None:
        found = wrapper_of(module, node, subject, default, fails)
        if found is not None:
            key = (module.path, found[0])
            known = self._wrappers.get(key)
            # Of several reads in a function one that gets along without the variable decides.
            calm = known is not None and not known.raises
            self._wrappers[key] = replace(found[1], raises=found[1].raises and not calm)

    def _wrapped(self, modules: list[Module]) -> None:
        known = {name for _, name in self._wrappers}
        for module in modules:
            mine = {n for n in known if n in module.aliases or (module.path, n) in self._wrappers}
            mine |= {n for n, o in module.aliases.items() if o.rpartition(".")[2] in known}
            if not mine and not (known and any(self.objects.stars(module))):
                continue
            for node in module.all(ast.Call):
                wrapper = self._wrapper(module, node)
                if wrapper is not None:
                    self._through(module, node, wrapper)

    def _wrapper(self, module: Module, node: ast.Call) -> Wrapper | None:
        name = dotted(node.func)
        if isinstance(node.func, ast.Attribute) and name.split(".")[0] in ("self", "cls"):
            return self._wrappers.get((module.path, node.func.attr))
        if not name or isinstance(node.func, ast.Call):
            return None
        origin, own = self.objects.resolve(module, node.func)
        found = self._wrappers.get((origin.path, own.rpartition(".")[2]))
        if found is None and name not in module.aliases and "." not in name:
            for star in self.objects.stars(module):
                found = found or self._wrappers.get((star.path, name))
        return found

    def _through(self, module: Module, node: ast.Call, wrapper: Wrapper) -> None:
        subject = argument(node, wrapper.position, wrapper.parameter)
        if subject is None or id(node) in self.by_node:
            return
        default = None
        if wrapper.default_parameter is not None:
            default = argument(node, wrapper.default_position, wrapper.default_parameter)
        if default is subject:
            default = None
        name = literal(module, subject)
        if name is None:
            self._wrap(module, node, subject, default, wrapper.raises)
            return
        fails = wrapper.raises and default is None and not wrapper.own_default
        full = wrapper.template.replace("{}", name)
        self._keep(self._read(module, node, full, default, fails, wrapper.kind), casts_of(module))

    # `X = os.environ.get("X")` and `if not X: raise`

    def _refused(self, modules: list[Module]) -> None:
        bound = {
            (module.path, target.id): self.by_node[id(node.value)]
            for module in {read.module.path: read.module for read in self.reads}.values()
            for node in module.tree.body
            if isinstance(node, ast.Assign) and id(node.value) in self.by_node
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for module in modules:
            for node in module.tree.body:
                for name in demanded(node):
                    read = bound.get((module.path, name))
                    if read is not None and not read.has_default:
                        index = self.reads.index(read)
                        new = Read(read.name, True, module, read.node, read.kind)
                        self.reads[index] = self.by_node[id(read.node)] = new
