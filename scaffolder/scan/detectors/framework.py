"""The application itself: where it lies, its framework and ORM, and what a server is pointed at."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from scaffolder.scan.facts import Confidence, Evidence, Fact
from scaffolder.scan.framework_target import targets
from scaffolder.scan.python import Module, dotted
from scaffolder.scan.repository import Repository
from scaffolder.scan.variables import Variables, variables

FRAMEWORKS = {
    "fastapi": ("FastAPI",),
    "litestar": ("Litestar",),
    "flask": ("Flask",),
    "apiflask": ("APIFlask",),
    "flask_openapi3": ("OpenAPI",),
    "connexion": ("App", "FlaskApp", "FlaskApi"),
    "quart": ("Quart",),
    "sanic": ("Sanic",),
    "aiohttp": ("Application",),
    "tornado": ("Application",),
    "falcon": ("App", "API"),
    "pyramid": ("Configurator",),
    "starlette": ("Starlette",),
}
"""Top-level package -> classes whose object is an application; frameworks on top come first."""
_BASE = {"apiflask": "flask", "flask_openapi3": "flask", "connexion": "flask", "quart": "flask"}
_ORMS = (
    (
        "sqlalchemy",
        ("sqlalchemy.orm", "sqlalchemy.ext.declarative", "sqlmodel", "flask_sqlalchemy"),
    ),
    ("sqlalchemy", ("sqlalchemy.ext.asyncio", "advanced_alchemy", "flask_sqlalchemy_lite")),
    ("sqlalchemy", ("litestar.contrib.sqlalchemy", "litestar.plugins.sqlalchemy", "sqlalchemy")),
    ("tortoise", ("tortoise",)),
    ("peewee", ("peewee", "playhouse")),
    ("mongo", ("beanie", "mongoengine", "odmantic", "motor", "pymongo", "flask_mongoengine")),
)

RUNS_SERVER = ("uvicorn.run", "hypercorn.run", "granian.Granian", "waitress.serve")
"""Calls that run a web server in this process."""


def detect(repository: Repository) -> Iterator[Fact]:
    """app.directory, app.source, app.package, app.framework, app.orm, app.target, app.settings."""
    yield from _places(repository)
    known = variables(repository)
    framework = _framework(repository, known)
    if framework is not None:
        yield framework
    yield from _orm(repository, known)
    yield from _settings(known)
    yield from targets(repository, known, framework.value if framework else "none")
    yield from _started_by_code(repository)


def _places(repository: Repository) -> Iterator[Fact]:
    application = repository.application
    evidence = application.evidence or (Evidence(application.directory),)
    yield Fact("app.directory", application.directory, evidence[:2], "code")
    yield Fact("app.source", application.source, evidence[:2], "code")
    prefix = "" if application.source == "." else f"{application.source}/"
    for package in application.packages:
        path = prefix + package.replace(".", "/")
        files = [f"{path}/__init__.py", f"{path}.py", path]
        found = next((file for file in files if file in repository.python.by_path), path)
        yield Fact("app.package", package, (Evidence(found),), "code")


def _framework(repository: Repository, known: Variables) -> Fact | None:
    """The one whose objects shipped code makes; the most of them where there are several."""
    if known.django is not None:
        return Fact("app.framework", "django", known.django.named[:2], "settings")
    found: dict[str, list[Evidence]] = {}
    for module in repository.shipped():
        for name, where in _objects(module):
            found.setdefault(name, []).append(where)
    if not found:
        return None
    order = list(FRAMEWORKS)
    weight = Counter({_BASE.get(name, name): 0 for name in found})
    for name, places in found.items():
        weight[_BASE.get(name, name)] += len(places)
    # An application that is mounted in another one, such as Starlette's, is the smaller part.
    served = min(found, key=lambda name: order.index(name))
    chosen = _BASE.get(served, served)
    places = [
        each for name, rows in found.items() if _BASE.get(name, name) == chosen for each in rows
    ]
    sure: Confidence = "certain" if len(weight) == 1 or chosen == "fastapi" else "likely"
    return Fact("app.framework", chosen, tuple(places[:3]), "code", sure)


def _objects(module: Module) -> Iterator[tuple[str, Evidence]]:
    """(top-level package, where) for each object or subclass of an application class."""
    if FRAMEWORKS.keys().isdisjoint({o.split(".")[0] for o in module.aliases.values()}):
        return
    for call in module.all(ast.Call):
        name = module.qualified(call.func)
        top, _, last = name.partition(".")
        if last.rpartition(".")[2] in FRAMEWORKS.get(top, ()):
            yield top, Evidence(module.path, call.lineno)
    for node in module.all(ast.ClassDef):
        for base in node.bases:
            top, _, last = module.qualified(base).partition(".")
            if last.rpartition(".")[2] in FRAMEWORKS.get(top, ()):
                yield top, Evidence(module.path, node.lineno)


def _orm(repository: Repository, known: Variables) -> Iterator[Fact]:
    """By what shipped code imports; Django's own where it has models."""
    places: dict[str, list[Evidence]] = {}
    for module in repository.shipped():
        for name, node in module.imported:
            for orm, prefixes in _ORMS:
                if name.startswith(prefixes) and _is(name, prefixes):
                    places.setdefault(orm, []).append(Evidence(module.path, node.lineno))
                    break
            if known.django is not None and name.startswith("django.db"):
                places.setdefault("django", []).append(Evidence(module.path, node.lineno))
    if known.django is not None:
        places = {"django": places.get("django") or list(known.django.named)}
    for orm in ("sqlalchemy", "django", "tortoise", "peewee", "mongo"):
        if orm in places:
            yield Fact("app.orm", orm, tuple(places[orm][:3]), "code")
            return


def _is(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def _settings(known: Variables) -> Iterator[Fact]:
    """Django's settings; those of images are read by their own detector too."""
    if known.django is None:
        return
    if known.django.how != "image":
        sure: Confidence = "certain" if known.django.how == "wsgi" else "likely"
        yield Fact("app.settings", known.django.name, known.django.named[:2], "code", sure)


def _started_by_code(repository: Repository) -> Iterator[Fact]:
    """`python -m pkg`, where `__main__` runs the server itself."""
    source = repository.application.source
    for module in repository.shipped():
        if not module.path.endswith("__main__.py"):
            continue
        for call in module.all(ast.Call):
            name = module.qualified(call.func)
            if name in RUNS_SERVER or (
                name.endswith(".run") and dotted(call.func) in ("app.run", "web.run_app")
            ):
                parts = module.path.removesuffix("/__main__.py").split("/")
                parts = parts if source == "." else parts[source.count("/") + 1 :]
                command = f"python -m {'.'.join(parts)}"
                where = (Evidence(module.path, call.lineno),)
                yield Fact("app.start", command, where, "code", "likely")
                return
