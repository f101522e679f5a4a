"""Which applications a repository holds: by names and a text search, before anything is parsed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from scaffolder.scan.facts import Evidence
from scaffolder.scan.layout import Layout, layout
from scaffolder.scan.python import role_of
from scaffolder.scan.repository import Application
from scaffolder.scan.tree import Tree, is_below, join

_MANIFEST = re.compile(
    r"(?:^|/)(?:pyproject\.toml|setup\.py|setup\.cfg|Pipfile|poetry\.lock|uv\.lock|pdm\.lock"
    r"|requirements[^/]*\.(?:txt|in)|requirements/[^/]+\.(?:txt|in))$"
)
_NOT_SHIPPED = re.compile(
    r"\{\{|\{%|(?:^|/)(?:tests?|docs?|examples?|samples?|benchmarks?|e2e|cookiecutters?|templates?"
    r"|project_template|tutorials?|demos?|node_modules|vendor|third_party|fixtures?"
    r"|docs_src|conftest\.py|noxfile\.py)(?:/|$)"
)
"""No application of this repository: tests, documentation, and templates of other projects."""
_MADE = re.compile(
    r"\b(?P<made>FastAPI|Starlette|Litestar|Flask|APIFlask|OpenAPI|Quart|Sanic|Robyn|Bottle|FlaskApp"
    r"|AsyncApp|Application|App|API|Configurator|get_wsgi_application|get_asgi_application)\("
)
_BEFORE = re.compile(
    r"(?:^|[^\w.])(?:(?:fastapi|flask|starlette|litestar|sanic|quart|falcon|falcon\.asgi|web|tornado"
    r"\.web|aiohttp\.web|connexion|starlette\.applications|fastapi\.applications|pyramid\.config)\.)?\Z"
)
"""What may stand before the class: nothing, or its module."""
_FROM = {
    "FastAPI": "fastapi", "Starlette": "starlette", "Litestar": "litestar", "Flask": "flask",
    "APIFlask": "apiflask", "OpenAPI": "flask_openapi3", "Quart": "quart", "Sanic": "sanic",
    "Robyn": "robyn", "Bottle": "bottle", "FlaskApp": "connexion", "AsyncApp": "connexion",
    "Application": "aiohttp tornado", "App": "falcon connexion", "API": "falcon",
    "Configurator": "pyramid", "get_wsgi_application": "django", "get_asgi_application": "django",
}  # fmt: skip
"""Class -> the packages that it comes from."""
_IMPORTS = re.compile(
    r"^[ \t]*(?:from|import)[ \t]+(?P<from>fastapi|flask|starlette|litestar|quart|sanic|aiohttp"
    r"|tornado|falcon|pyramid|connexion|apiflask|bottle|flask_openapi3|robyn|django|ninja"
    r"|rest_framework)\b",
    re.MULTILINE,
)
_PLACEHOLDER = re.compile(r"\{\{\s*(?:cookiecutter\.|project_name|copier__)")
"""In the Python of a template for other projects."""
_LIBRARY = re.compile(r"Topic :: Software Development :: Libraries|Framework :: \w+")
_DATABASE = re.compile(
    r"^[ \t]*(?:from|import)[ \t]+(?:sqlalchemy|sqlmodel|flask_sqlalchemy|psycopg2?|asyncpg"
    r"|tortoise|peewee|databases|aiomysql|pymysql|MySQLdb|django\.db)\b",
    re.MULTILINE,
)
_SETTINGS = re.compile(r"^INSTALLED_APPS\b", re.MULTILINE)
_DEFINES = re.compile(r"class \w+\((?:FastAPI|Flask|Starlette|Litestar|Sanic|Quart)\)")


@dataclass(slots=True)
class _Candidate:
    """What speaks for one folder with a manifest."""

    directory: str
    made: list[Evidence] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    database: bool = False
    manage: list[str] = field(default_factory=list)


def applications(tree: Tree) -> tuple[Application, ...]:
    """The most likely first; nothing is parsed, every Python text is read once."""
    texts = {path: text for path in _python(tree) if (text := tree.text(path)) is not None}
    texts = {path: text for path, text in texts.items() if not _PLACEHOLDER.search(text)}
    found = _candidates(tree, texts)
    ready = []
    for candidate in found:
        inner = [other.directory for other in found if other is not candidate]
        own = [path for path in texts if _owner(path, candidate.directory, inner)]
        entries = [e.path for e in candidate.made] + candidate.settings + candidate.manage
        shape = layout(tree, candidate.directory, {path: texts[path] for path in own}, entries)
        if shape is not None and shape.packages:
            ready.append(_application(tree, candidate, shape, len(own)))
    return tuple(sorted(ready, key=lambda each: (-each.score, each.directory)))


def _python(tree: Tree) -> Iterator[str]:
    return (path for path in tree.files if path.endswith(".py") and not _NOT_SHIPPED.search(path))


def _candidates(tree: Tree, texts: dict[str, str]) -> list[_Candidate]:
    manifests = _manifests(tree)
    found: dict[str, _Candidate] = {}
    databases: dict[str, list[str]] = defaultdict(list)
    for path, text in texts.items():
        if role_of(path) in ("test", "migration"):
            continue
        line, django = _line_of_object(path, text), bool(_SETTINGS.search(text))
        directory = _nearest(path, manifests)
        manage = path.endswith("manage.py") and "execute_from_command_line" in text
        if line or django or manage:
            candidate = found.setdefault(directory, _Candidate(directory))
            candidate.made += [Evidence(path, line)] if line else []
            candidate.settings += [path] if django else []
            candidate.manage += [path] if manage else []
        elif _DATABASE.search(text):
            databases[directory].append(path)
    for directory, paths in databases.items():
        if directory in found:
            found[directory].database = True
        elif _runs(tree, directory) and not any(is_below(each, directory) for each in found):
            found[directory] = _Candidate(directory, [Evidence(paths[0])], database=True)
    return [
        each
        for each in found.values()
        if (each.made or each.settings) and not _is_library(tree, each)
    ]


def _is_library(tree: Tree, candidate: _Candidate) -> bool:
    """A distribution that says so, and that nothing here starts."""
    prefix = "" if candidate.directory == "." else f"{candidate.directory}/"
    started = ("wsgi.py", "asgi.py", "docker-compose.yml", "compose.yaml", "compose.yml")
    if any(f"{prefix}{name}" in tree for name in started):
        return False
    if candidate.manage or _runs(tree, candidate.directory):
        return False
    names = ("setup.py", "setup.cfg", "pyproject.toml")
    texts = [tree.text(join(candidate.directory, name)) or "" for name in names]
    return any(_LIBRARY.search(text) for text in texts)


def _line_of_object(path: str, text: str) -> int | None:
    """The line where an application object is made, of a framework that the file imports."""
    imported = {match["from"] for match in _IMPORTS.finditer(text)}
    if not imported:
        return None
    if role_of(path) == "tooling" and not path.endswith("/setup.py"):
        return None  # setup.py below a package is a module like any other
    for match in _MADE.finditer(text):
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if imported.isdisjoint(_FROM[match["made"]].split()) or not _BEFORE.search(before):
            continue
        if "#" not in before and "class " not in before and "def " not in before:
            return text.count("\n", 0, match.start()) + 1
    subclass = _DEFINES.search(text)
    return text.count("\n", 0, subclass.start()) + 1 if subclass else None


def _manifests(tree: Tree) -> set[str]:
    """Folders that hold a manifest; `requirements/base.txt` is one of the folder above it."""
    folders = set()
    for path in tree.files:
        if _MANIFEST.search(path) and not _NOT_SHIPPED.search(path.rpartition("/")[0] + "/"):
            folder = path.rpartition("/")[0]
            if path.endswith("setup.py") and "setup(" not in (tree.text(path) or ""):
                continue  # a module of that name
            folders.add((folder.removesuffix("requirements").rstrip("/")) or ".")
    return folders


def _nearest(path: str, manifests: set[str]) -> str:
    """The closest folder above a file that holds a manifest, else the root."""
    folder = path.rpartition("/")[0]
    while folder:
        if folder in manifests:
            return folder
        folder = folder.rpartition("/")[0]
    return "."


def _owner(path: str, directory: str, others: Iterable[str]) -> bool:
    """Whether a file belongs to a candidate, and not to one further inside."""
    if not is_below(path, directory):
        return False
    return not any(
        other != "." and is_below(other, directory) and is_below(path, other) for other in others
    )


def _runs(tree: Tree, directory: str) -> bool:
    """Whether something starts what lies here: an image or a process file."""
    names = ("Dockerfile", "Containerfile", "Procfile", "fly.toml")
    prefix = "" if directory == "." else f"{directory}/"
    return any(f"{prefix}{name}" in tree for name in names)


def _application(tree: Tree, candidate: _Candidate, shape: Layout, files: int) -> Application:
    score = 10 * bool(candidate.made) + 10 * bool(candidate.settings)
    score += 8 * candidate.database + 4 * _runs(tree, candidate.directory)
    score += min(files, 200) // 20
    score -= 3 * candidate.directory.count("/")
    evidence = [*candidate.made, *map(Evidence, candidate.manage + candidate.settings)]
    return Application(
        candidate.directory, shape.source, shape.packages, tuple(dict.fromkeys(evidence))[:6], score
    )
