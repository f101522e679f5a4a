"""Routes of Django: urlpatterns, include() and the routers of REST framework."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from scaffolder.scan.names import Names
from scaffolder.scan.python import Module, dotted, text_of
from scaffolder.scan.route import METHODS, Route

_DEPTH = 8
_GENERIC = {
    "CreateAPIView": ("POST",),
    "ListAPIView": ("GET",),
    "RetrieveAPIView": ("GET",),
    "DestroyAPIView": ("DELETE",),
    "UpdateAPIView": ("PUT", "PATCH"),
    "ListCreateAPIView": ("GET", "POST"),
    "RetrieveUpdateAPIView": ("GET", "PUT", "PATCH"),
    "RetrieveDestroyAPIView": ("GET", "DELETE"),
    "RetrieveUpdateDestroyAPIView": ("GET", "PUT", "PATCH", "DELETE"),
    "CreateView": ("GET", "POST"),
    "UpdateView": ("GET", "POST"),
    "DeleteView": ("GET", "POST"),
    "FormView": ("GET", "POST"),
    "LoginView": ("GET", "POST"),
}
_MIXINS = {
    "ModelViewSet": ("list", "create", "retrieve", "update", "destroy"),
    "ReadOnlyModelViewSet": ("list", "retrieve"),
    "ListModelMixin": ("list",),
    "CreateModelMixin": ("create",),
    "RetrieveModelMixin": ("retrieve",),
    "UpdateModelMixin": ("update",),
    "DestroyModelMixin": ("destroy",),
}
_ENTRIES = ("path", "re_path", "url")
_LOGIN = re.compile(r"login_required|permission_required|staff_member|LoginRequired|Permission")
_OPEN = ("AllowAny",)


@dataclass
class UrlConf:
    """Routes below the root of the URLs."""

    names: Names
    routes: list[Route] = field(default_factory=list)
    _busy: set[tuple[str, str]] = field(default_factory=set)

    def read(self, root: str) -> list[Route]:
        """All routes of a module with `urlpatterns`."""
        module = self.names.module(root)
        if module is not None:
            self._module(module, "/", 0)
        return self.routes

    def _module(self, module: Module, prefix: str, depth: int) -> None:
        if depth > _DEPTH or (module.path, prefix) in self._busy:
            return
        self._busy.add((module.path, prefix))
        for node in module.tree.body:
            for value in _patterns(node):
                self._list(module, value, prefix, depth)

    def _list(self, module: Module, value: ast.expr, prefix: str, depth: int) -> None:
        for each in _flat(module, value, 0):
            if isinstance(each, ast.Call):
                self._entry(module, each, prefix, depth)
            else:
                self._router(module, each, prefix)

    def _entry(self, module: Module, call: ast.Call, prefix: str, depth: int) -> None:
        kind = dotted(call.func).rpartition(".")[2]
        if len(call.args) < 2:
            return
        route = self.names.text(call.args[0], module)
        if route is None:
            return
        path = prefix + (_of_path(route) if kind == "path" else _of_regex(route))
        view = call.args[1]
        if isinstance(view, ast.Call) and dotted(view.func).rpartition(".")[2] == "include":
            self._include(module, view, path, depth)
        elif dotted(view).endswith(".urls"):
            return  # the admin's, or an API object's own
        else:
            self._view(module, call, view, path)

    def _include(self, module: Module, view: ast.Call, path: str, depth: int) -> None:
        given = view.args[0] if view.args else None
        if isinstance(given, ast.Tuple) and given.elts:
            given = given.elts[0]
        name = text_of(given) or (module.qualified(given) if given is not None else "")
        if isinstance(given, ast.List):
            self._list(module, given, path, depth + 1)
        elif given is not None and name.endswith(".urls") and text_of(given) is None:
            self._router(module, given, path)
            inner = self.names.module(name)
            if inner is not None:
                self._module(inner, path, depth + 1)
        else:
            inner = self.names.module(name)
            if inner is not None:
                self._module(inner, path, depth + 1)
            elif name.startswith(("health_check", "watchman", "django_alive")):
                self.routes.append(Route("GET", path, name, module.path, view.lineno))

    def _view(self, module: Module, call: ast.Call, view: ast.expr, path: str) -> None:
        while isinstance(view, ast.Call) and dotted(view.func).rpartition(".")[2] != "as_view":
            if not view.args:
                return
            view = view.args[0]  # csrf_exempt(view)
        named = view.func.value if isinstance(view, ast.Call) else view  # type: ignore[attr-defined]
        where = self.names.variable(module, named)
        name = dotted(named).rpartition(".")[2]
        methods, free = self._methods(where)
        for method in methods:
            self.routes.append(Route(method, path, name, module.path, call.lineno, free))

    def _methods(self, where: tuple[str, str] | None) -> tuple[tuple[str, ...], bool]:
        """The methods of a view, and whether it needs no login, as far as can be seen."""
        module = self.names.repository.python.by_path.get(where[0]) if where else None
        if module is None or where is None:
            return _GENERIC.get(where[1] if where else "", ("GET",)), True
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef) and node.name == where[1]:
                return _of_class(node), not _guarded(node)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == where[1]:
                return _of_function(node, module), not _guarded(node)
        return ("GET",), True

    def _router(self, module: Module, urls: ast.expr, prefix: str) -> None:
        """`router.urls` of REST framework: what was registered there."""
        router = (
            self.names.variable(module, urls.value) if isinstance(urls, ast.Attribute) else None
        )
        home = self.names.repository.python.by_path.get(router[0]) if router else None
        if router is None or home is None:
            return
        slash = (
            ""
            if any(
                isinstance(each.value, ast.Constant) and each.value.value is False
                for each in home.all(ast.keyword)
                if each.arg == "trailing_slash"
            )
            else "/"
        )
        for call in home.called.get("register", ()):
            owner = dotted(call.func).rpartition(".")[0]
            route = self.names.text(call.args[0], home) if len(call.args) > 1 else None
            if owner == router[1] and route is not None:
                base = prefix + _of_regex(route)
                self._view_set(home, call, base, slash)

    def _view_set(self, module: Module, call: ast.Call, base: str, slash: str) -> None:
        where = self.names.variable(module, call.args[1])
        home = self.names.repository.python.by_path.get(where[0]) if where else None
        classes = home.all(ast.ClassDef) if home else []
        node = next((each for each in classes if where and each.name == where[1]), None)
        actions = {a for b in node.bases for a in _MIXINS.get(_last(b), ())} if node else set()
        if node is not None:
            actions |= {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
        free = node is None or not _guarded(node)
        bare = base.rstrip("/")
        for action, method, one in (
            ("list", "GET", False),
            ("create", "POST", False),
            ("retrieve", "GET", True),
            ("update", "PUT", True),
            ("update", "PATCH", True),
            ("destroy", "DELETE", True),
        ):
            if action in actions:
                path = f"{bare}/{{id}}{slash}" if one else f"{bare}{slash}"
                route = Route(method, path, action, module.path, call.lineno, free)
                self.routes.append(route)


def _flat(module: Module, value: ast.expr, depth: int) -> Iterator[ast.expr]:
    """`path(...)` and `router.urls` of lists, sums, `*names` and `i18n_patterns(...)`."""
    if depth > _DEPTH:
        return
    entry = isinstance(value, ast.Call) and dotted(value.func).rpartition(".")[2] in _ENTRIES
    if entry or (isinstance(value, ast.Attribute) and value.attr == "urls"):
        yield value
    else:
        for part in _parts(module, value):
            yield from _flat(module, part, depth + 1)


def _parts(module: Module, value: ast.expr) -> list[ast.expr]:
    if isinstance(value, ast.List | ast.Tuple):
        return value.elts
    if isinstance(value, ast.BinOp):
        return [value.left, value.right]
    if isinstance(value, ast.Call):
        return value.args
    if isinstance(value, ast.Starred):
        return [value.value]
    if isinstance(value, ast.IfExp):
        return [value.body]
    bound = [node for node in module.tree.body if isinstance(node, ast.Assign)]
    name = value.id if isinstance(value, ast.Name) else ""
    return [node.value for node in bound if name and dotted(node.targets[0]) == name]


def _patterns(node: ast.stmt) -> Iterator[ast.expr]:
    """The values that a statement gives to `urlpatterns`, also below `if settings.DEBUG`."""
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if dotted(target) == "urlpatterns" and node.value is not None:
            yield node.value
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        called = dotted(node.value.func)
        if called == "urlpatterns.append":
            yield ast.List(node.value.args)
        elif called == "urlpatterns.extend":
            yield node.value


def _of_class(node: ast.ClassDef) -> tuple[str, ...]:
    own = [
        each.name.upper()
        for each in node.body
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name in METHODS
    ]
    if own:
        return tuple(own)
    return next((_GENERIC[_last(b)] for b in node.bases if _last(b) in _GENERIC), ("GET",))


def _of_function(node: ast.FunctionDef | ast.AsyncFunctionDef, module: Module) -> tuple[str, ...]:
    for each in node.decorator_list:
        name = dotted(each).rpartition(".")[2]
        if name == "require_POST":
            return ("POST",)
        if name in ("require_GET", "require_safe"):
            return ("GET",)
        if isinstance(each, ast.Call) and name in ("api_view", "require_http_methods"):
            listed = each.args[0] if each.args else None
            texts = [text_of(e) or "" for e in getattr(listed, "elts", ())]
            return tuple(text.upper() for text in texts if text.lower() in METHODS) or ("GET",)
    last = node.end_lineno or node.lineno
    writes = any(
        each.attr == "POST" and node.lineno <= each.lineno <= last
        for each in module.all(ast.Attribute)
    ) or any(
        each.value == "POST" and node.lineno <= each.lineno <= last
        for each in module.all(ast.Constant)
    )
    return ("GET", "POST") if writes else ("GET",)


def _guarded(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    named = [dotted(each) for each in node.decorator_list]
    if isinstance(node, ast.ClassDef):
        named += [dotted(base) for base in node.bases]
        for each in node.body:
            if isinstance(each, ast.Assign) and dotted(each.targets[0]) == "permission_classes":
                elements = getattr(each.value, "elts", ())
                return not any(_last(element) in _OPEN for element in elements)
    return any(_LOGIN.search(name) for name in named)


def _last(node: ast.AST) -> str:
    return dotted(node).rpartition(".")[2]


def _of_path(route: str) -> str:
    """`orders/<int:pk>/` -> `orders/{pk}/`."""
    return re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", r"{\1}", route)


def _of_regex(route: str) -> str:
    """`^orders/(?P<pk>\\d+)/$` -> `orders/{pk}/`."""
    route = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"{\1}", route)
    route = route.removeprefix("^").removesuffix("$").removesuffix(r"\Z")
    return route.replace("\\.", ".").replace("\\-", "-").replace("/?", "/").replace("\\/", "/")
