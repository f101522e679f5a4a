"""Routes, the one that says that the application is healthy, and the OpenAPI document's."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scaffolder.scan.facts import Confidence, Evidence, Fact
from scaffolder.scan.names import Names
from scaffolder.scan.python import Module, dotted, keyword, text_of
from scaffolder.scan.repository import Repository
from scaffolder.scan.route import Route
from scaffolder.scan.routers import Routers
from scaffolder.scan.urlconf import UrlConf

_WORDS = (
    re.compile(r"^_*health(?:z|[-_]?checks?)?$"),
    re.compile(r"^_*(?:live(?:z|ness)?|alive|heartbeat|lbheartbeat)$"),
    re.compile(r"^_*ready(?:z|ness)?$|^_*readiness$"),
    re.compile(r"^_*ping$"),
    re.compile(r"^_*(?:status|up)$"),
)
"""The last part of a path that says so, best first."""
_NAMES = re.compile(r"^(?:get_|api_|read_)?_*(?:health(?:z|_?check)?|is_alive|liveness)(?:_view)?$")
_DOCUMENTS = {"flasgger.Swagger": "/apispec_1.json", "flask_restx.Api": "/swagger.json"}
_MOST = 2000


def detect(repository: Repository) -> Iterator[Fact]:
    """Routes as far as their paths are literal; the health route needs no login."""
    names = Names(repository)
    modules = list(repository.shipped())
    routes = Routers(names, modules).read()
    for root in _roots(repository):
        routes += UrlConf(names).read(root)
    for route in routes[:_MOST]:
        sure: Confidence = "certain" if route.sure else "guess"
        evidence = (Evidence(route.module, route.line),)
        if route.path.isprintable():
            yield Fact("app.route", f"{route.method} {route.path}", evidence, "code", sure)
    yield from _health(routes)
    yield from _schema(repository, names, modules, routes)


def _roots(repository: Repository) -> list[str]:
    """What ROOT_URLCONF names in any settings module; where none does, `<package>.urls`."""
    found = {
        module.constants["ROOT_URLCONF"]: None
        for module in repository.python.with_role("app", "tooling")
        if "ROOT_URLCONF" in module.constants
    }
    known = (f"{package}.urls" for package in repository.application.packages)
    asked = [module for module in repository.shipped() if _names_root(module)]
    return list(found) or (list(known) if asked else [])


def _names_root(module: Module) -> bool:
    """Whether settings bind ROOT_URLCONF to something that is computed."""
    return any(
        isinstance(node, ast.Assign) and dotted(node.targets[0]) == "ROOT_URLCONF"
        for node in module.tree.body
    )


def _health(routes: list[Route]) -> Iterator[Fact]:
    """The best of the routes that look like it; paths with parameters don't."""
    ranked = []
    for route in routes:
        if route.method != "GET" or not route.open or not route.sure or "{" in route.path:
            continue
        last = route.path.rstrip("/").rpartition("/")[2].lower()
        rank = next((n for n, word in enumerate(_WORDS) if word.match(last)), None)
        if rank is None and "/health" in route.path.lower():
            rank = 0
        if rank is None and _NAMES.match(route.name.lower()):
            rank = 1
        if rank is not None:
            ranked.append((rank, route.path.count("/"), len(route.path), route.path, route))
    if ranked:
        route = min(ranked, key=lambda each: each[:4])[4]
        sure: Confidence = "certain" if "health" in route.path.lower() else "likely"
        evidence = (Evidence(route.module, route.line),)
        yield Fact("app.health", route.path, evidence, "code", sure)


def _schema(
    repository: Repository, names: Names, modules: list[Module], routes: list[Route]
) -> Iterator[Fact]:
    for module in modules:
        for call, name in module.calls("fastapi.FastAPI", "apiflask.APIFlask"):
            given = keyword(call, "openapi_url") or keyword(call, "spec_path")
            path = "/openapi.json" if given is None else names.text(given, module)
            if path:
                yield _schema_fact(path, module, call.lineno, name == "fastapi.FastAPI")
        yield from _documents(repository, names, module)
    for route in routes:
        if route.name in ("SpectacularAPIView", "SpectacularJSONAPIView"):
            evidence = (Evidence(route.module, route.line),)
            yield Fact("app.schema", route.path, evidence, "code", "certain")


def _documents(repository: Repository, names: Names, module: Module) -> Iterator[Fact]:
    """Where frameworks other than FastAPI put their document."""
    for call, _ in module.calls("litestar.Litestar", "litestar.app.Litestar"):
        given = keyword(call, "openapi_config")
        if not (isinstance(given, ast.Constant) and given.value is None):
            yield _schema_fact("/schema/openapi.json", module, call.lineno, given is None)
    for maker, path in _DOCUMENTS.items():
        for call, _ in module.calls(maker):
            yield _schema_fact(path, module, call.lineno, False)
    for call, _ in module.calls("flask_smorest.Api"):
        configured = _smorest(names, repository)
        if configured:
            yield _schema_fact(configured, module, call.lineno, False)


def _smorest(names: Names, repository: Repository) -> str | None:
    """`OPENAPI_URL_PREFIX` and `OPENAPI_JSON_PATH`; without the first there is no document."""
    texts = {"OPENAPI_URL_PREFIX": "", "OPENAPI_JSON_PATH": "openapi.json"}
    for module in repository.shipped():
        for node in module.all(ast.Assign):
            target = node.targets[0]
            name = text_of(target.slice) if isinstance(target, ast.Subscript) else None
            name = target.id if isinstance(target, ast.Name) else name
            if name in texts:
                texts[name] = names.text(node.value, module) or texts[name]
    prefix = texts["OPENAPI_URL_PREFIX"].rstrip("/")
    found = bool(texts["OPENAPI_URL_PREFIX"])
    return (
        f"/{prefix.lstrip('/')}/{texts['OPENAPI_JSON_PATH']}".replace("//", "/") if found else None
    )


def _schema_fact(path: str, module: Module, line: int, certain: bool) -> Fact:
    sure: Confidence = "certain" if certain else "likely"
    return Fact("app.schema", path, (Evidence(module.path, line),), "code", sure)
