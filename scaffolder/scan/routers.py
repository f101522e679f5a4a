"""Routes of frameworks with routers: FastAPI, Starlette, Litestar, Flask and its relatives."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from scaffolder.scan.names import Names
from scaffolder.scan.python import Module, dotted, keyword, text_of
from scaffolder.scan.route import (
    METHODS,
    Definition,
    Route,
    asks_login,
    braces,
    controllers,
    expanded,
    joined,
    loops,
    methods,
    needs_login,
)

_APPS = re.compile(r"(?:FastAPI|Flask|Starlette|Litestar|Quart|Sanic|OpenAPI)$")
_APP_NAMES = re.compile(r"^_?(?:\w+_)?(?:app|application|server)_?$")
_ROUTERS = {"APIRouter", "Blueprint", "APIBlueprint", "Namespace", "Router", "Api", "DishkaRouter"}
_DEPTH = 8


@dataclass(slots=True)
class _Router:
    kind: str
    prefix: str | None
    open: bool = True
    parents: list[tuple[tuple[str, str], str | None]] = field(default_factory=list)
    """(parent, prefix at the place where it is included)."""


@dataclass
class Routers:
    """All routers of an application with what includes what."""

    names: Names
    modules: list[Module]
    known: dict[tuple[str, str], _Router] = field(default_factory=dict)

    def read(self) -> list[Route]:
        """Each route under each of its prefixes."""
        for module in self.modules:
            self._routers(module)
        for module in self.modules:
            self._includes(module)
        return [route for module in self.modules for route in self._routes(module)]

    def _routers(self, module: Module) -> None:
        bound = [(node.targets[0], node.value) for node in module.all(ast.Assign)]
        bound += [(node.target, node.value) for node in module.all(ast.AnnAssign) if node.value]
        for target, value in bound:
            if not isinstance(value, ast.Call) or not dotted(target):
                continue
            kind = module.qualified(value.func).rpartition(".")[2]
            if _APPS.search(kind) or kind in _ROUTERS:
                router = self._router(module, value, kind)
                self.known.setdefault((module.path, dotted(target)), router)

        for argument in module.all(ast.arg):
            kind = dotted(argument.annotation).rpartition(".")[2]
            if _APPS.search(kind):
                self.known.setdefault((module.path, argument.arg), _Router(kind, ""))

    def _router(self, module: Module, call: ast.Call, kind: str) -> _Router:
        word = {"Namespace": "path", "Router": "path"}.get(kind, "prefix")
        given = keyword(call, "url_prefix") or keyword(call, word)
        prefix: str | None = ""
        if given is not None:
            prefix = self.names.text(given, module)
        elif kind == "Namespace" and call.args:
            prefix = f"/{text_of(call.args[0]) or ''}"
        if kind == "Api" and call.args:  # flask-restx: on an application or a blueprint
            parent = self.names.variable(module, call.args[0])
            return _Router(kind, prefix, True, [(parent, "")] if parent else [])
        guards = [keyword(call, "dependencies"), keyword(call, "decorators")]
        return _Router(kind, prefix, not any(asks_login(each) for each in guards))

    def _includes(self, module: Module) -> None:
        stand_for = loops(module)
        for called, word in (
            ("include_router", "prefix"),
            ("register_blueprint", "url_prefix"),
            ("add_namespace", "path"),
        ):
            for call in module.called.get(called, ()):
                if not isinstance(call.func, ast.Attribute) or not call.args:
                    continue
                parent = self.names.variable(module, call.func.value)
                given = keyword(call, word)
                if called == "add_namespace" and len(call.args) > 1:
                    given = call.args[1]
                prefix = self.names.text(given, module) if given is not None else ""
                replaces = given is not None and called != "include_router"
                for child in expanded(call.args[0], stand_for):
                    self._include(module, parent, child, prefix, replaces)

        for each in module.all(ast.keyword):
            where = self.names.variable(module, each.value) if each.arg == "router" else None
            if where in self.known and not self.known[where].parents:  # create_app(router=router)
                self.known[where].parents.append((("", "app"), ""))

    def _include(
        self,
        module: Module,
        parent: tuple[str, str] | None,
        child: ast.expr,
        prefix: str | None,
        replaces: bool,
    ) -> None:
        where = self.names.variable(module, child)
        router = self.known.get(where) if where else None
        if router is not None:
            if replaces:  # Flask: what the registration says holds, not what the blueprint says
                router.prefix = ""
            router.parents.append((parent or ("", ""), prefix))

    def prefixes(self, where: tuple[str, str], depth: int = 0) -> list[tuple[str, bool, bool]]:
        """(prefix, whether all of it is known, whether no login was seen) of a router."""
        router = self.known.get(where)
        if router is None or depth > _DEPTH:  # what a parameter brings is an application
            return [("", depth <= _DEPTH and bool(_APP_NAMES.match(where[1])), True)]
        own = router.prefix or ""
        known = router.prefix is not None
        if not router.parents:
            return [
                (
                    own,
                    known and (bool(_APPS.search(router.kind)) or router.kind == "Api"),
                    router.open,
                )
            ]
        found = []
        for parent, added in router.parents:
            for before, sure, open_ in self.prefixes(parent, depth + 1):
                path = joined(joined(before, added or ""), own)
                found.append((path, sure and known and added is not None, open_ and router.open))
        return list(dict.fromkeys(found))

    def _routes(self, module: Module) -> Iterator[Route]:
        prefixes = controllers(module)
        nodes: list[Definition] = [*module.all(ast.FunctionDef), *module.all(ast.AsyncFunctionDef)]
        nodes += module.all(ast.ClassDef)
        for node in sorted(nodes, key=lambda each: each.lineno):
            for each in node.decorator_list:
                if isinstance(each, ast.Call):
                    yield from self._decorated(module, node, each, prefixes)
        yield from self._added(module)

    def _decorated(
        self,
        module: Module,
        node: Definition,
        call: ast.Call,
        prefixes: dict[int, str],
    ) -> Iterator[Route]:
        path = self._path(call, module)
        if path is None:
            return
        open_ = not needs_login(node)
        if isinstance(call.func, ast.Name):  # Litestar: @get("/orders")
            name = module.qualified(call.func)
            if name.startswith("litestar.") and name.rpartition(".")[2] in METHODS:
                full = joined(prefixes.get(id(node), ""), path)
                method = name.rpartition(".")[2].upper()
                yield Route(method, braces(full), node.name, module.path, node.lineno, open_)
            return
        if not isinstance(call.func, ast.Attribute):
            return
        where = self.names.variable(module, call.func.value)
        if where is None or (where not in self.known and not _APP_NAMES.match(where[1])):
            return
        for prefix, sure, without in self.prefixes(where):
            for method in methods(call.func.attr, call, node):
                full = braces(joined(prefix, path))
                free = open_ and without
                yield Route(method, full, node.name, module.path, node.lineno, free, sure)

    def _path(self, call: ast.Call, module: Module) -> str | None:
        given = call.args[0] if call.args else keyword(call, "path") or keyword(call, "rule")
        if given is None:
            return ""
        if isinstance(given, ast.List | ast.Tuple) and given.elts:
            given = given.elts[0]
        return self.names.text(given, module)

    def _added(self, module: Module) -> Iterator[Route]:
        """`add_url_rule`, `add_api_route`, `add_route`, `add_resource`, and Starlette's Route."""
        for name in ("add_url_rule", "add_api_route", "add_route", "Route", "add_resource"):
            for call in module.called.get(name, ()):
                late = name == "add_resource" and len(call.args) > 1
                given = call.args[1] if late else (call.args[0] if call.args else None)
                path = self.names.text(given, module)
                if path is None or not path.startswith("/"):
                    continue
                found: list[tuple[str, bool, bool]] = [("", True, True)]
                if isinstance(call.func, ast.Attribute):
                    where = self.names.variable(module, call.func.value)
                    found = self.prefixes(where) if where else [("", False, True)]
                for prefix, sure, free in found:
                    full = braces(joined(prefix, path))
                    for method in methods("route", call, None):
                        yield Route(method, full, "", module.path, call.lineno, free, sure)
