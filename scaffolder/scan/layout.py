"""Where the import packages of an application lie, and which of them ship."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from scaffolder.scan.build_config import Build, build_config
from scaffolder.scan.python import role_of
from scaffolder.scan.tree import Tree, is_below

_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+(\w+)|import[ \t]+(\w[\w., \t]*))", re.MULTILINE)
_RELATIVE = re.compile(r"^[ \t]*from[ \t]+\.", re.MULTILINE)
_SETTINGS_MODULE = re.compile(
    r"DJANGO_SETTINGS_MODULE['\"]\s*,\s*(?:[\w.]+\([^)]*,\s*)?['\"]([\w.]+)"
)
_NAMED = re.compile(r"(?:from_object|import_string|config_from_object)\(\s*['\"](\w+)")
_STARTED = re.compile(
    r"(?:python[\d.]*\s+-m|celery\s+(?:-A|--app)[ =]|FLASK_APP=|-A|--app)\s*([A-Za-z_]\w*)"
    r"|(?<![\w./-])([A-Za-z_]\w*)(?:\.\w+)*:[A-Za-z_]\w*(?:\(\))?(?![\w./])"
    r"|\bgunicorn\b[^\n]*?\s([A-Za-z_]\w*)(?:\.\w+)+\b"
    r"|(?:fastapi\s+run|FLASK_APP=)\s*(?:\./)?([A-Za-z_]\w*)(?:/\w+)*\.py\b"
)
_COMMENT = re.compile(r"^[ \t]*#.*", re.MULTILINE)
_STARTS = ("Dockerfile*", "*.Dockerfile", "Procfile", "*compose*.y*ml", "*.sh", ".flaskenv")
_NEVER = frozenset(
    {"tests", "test", "testing", "docs", "doc", "migrations", "alembic", "scripts", "script"}
    | {"examples", "example", "benchmarks", "tools", "bin", "ci", "e2e", "static", "templates"}
    | {"manage", "setup", "conftest", "noxfile", "fabfile", "frontend", "deploy", "node_modules"}
    | {"gunicorn_conf", "gunicorn_config", "build", "dist", "venv", "env", "requirements", "docker"}
)


@dataclass(frozen=True, slots=True)
class Layout:
    """source: the folder of the packages, seen from the root; packages: their top-level names."""

    source: str
    packages: tuple[str, ...]


def layout(
    tree: Tree, directory: str, texts: Mapping[str, str], entries: Iterable[str]
) -> Layout | None:
    """Source and packages of the application in a folder.

    texts: its Python files; entries: those that make application objects, or Django's settings.
    """
    entries = [path for path in entries if path in texts]
    imports = {path: _imported(text) for path, text in texts.items()}
    build = build_config(tree, directory)
    started = _started(tree, directory)
    source = _source(directory, texts, imports, entries, build, started)
    if source is None:
        return None
    names = _names(source, texts)
    shipped = _shipped(names, imports, texts, entries, {*build.packages, *started})
    return Layout(source, tuple(sorted(shipped)))


def _imported(text: str) -> frozenset[str]:
    """First names of absolute imports."""
    found = set()
    for origin, plain in _IMPORT.findall(text):
        if origin:
            found.add(origin)
        else:
            found |= {part.strip().split(" ")[0].split(".")[0] for part in plain.split(",")}
    return frozenset(found | set(_NAMED.findall(text)))


def _source(
    directory: str,
    texts: Mapping[str, str],
    imports: Mapping[str, frozenset[str]],
    entries: list[str],
    build: Build,
    started: set[str],
) -> str | None:
    """The folder from which most absolute imports resolve; what the build says counts more."""
    folders = _folders(directory, entries, texts)
    if not folders:
        return None
    if build.root in folders and not _started_below(build.root, folders, texts, started):
        return build.root
    votes = dict.fromkeys(folders, 0)
    for folder in folders:
        names = {n for n, paths in _names(folder, texts).items() if _may_ship(n, paths)}
        votes[folder] += 5 * (not started.isdisjoint(names))
        for path, found in imports.items():
            ours = is_below(path, folder) and role_of(path) != "test"
            votes[folder] += ours and not found.isdisjoint(names)
    managed = {path.rpartition("/")[0] or "." for path in entries if path.endswith("manage.py")}
    best = max(votes.values())
    chain = _above_packages(entries[0], texts)
    # Many imports resolve from two folders where a name is there twice: the package chain decides.
    close = [folder for folder in folders if votes[folder] >= 0.8 * best]
    for preferred in (*sorted(managed), chain):
        if preferred in close:
            return preferred
    return max(folders, key=lambda folder: (votes[folder], folder.count("/")))


def _started_below(
    root: str, folders: list[str], texts: Mapping[str, str], started: set[str]
) -> bool:
    """Whether what production starts is there in a folder below, and not where the build says."""
    if not started.isdisjoint(_names(root, texts)):
        return False
    below = [folder for folder in folders if folder != root and is_below(folder, root)]
    return any(not started.isdisjoint(_names(folder, texts)) for folder in below)


def _folders(directory: str, entries: list[str], texts: Mapping[str, str]) -> list[str]:
    """The folder, and those between it and the entries; outermost first."""
    found = {directory: None}
    for path in entries:
        parents = [str(parent) for parent in PurePosixPath(path).parents]
        found |= {each: None for each in reversed(parents) if is_below(each, directory)}
    # A module that imports its neighbours by `from . import` lies in a package.
    inside = {
        path.rpartition("/")[0] or "." for path, text in texts.items() if _RELATIVE.search(text)
    }
    return [each for each in found if each == directory or each not in inside]


def _above_packages(path: str, texts: Mapping[str, str]) -> str:
    """The first folder above a file that is no package."""
    folder = path.rpartition("/")[0]
    while folder and f"{folder}/__init__.py" in texts:
        folder = folder.rpartition("/")[0]
    return folder or "."


def _names(folder: str, texts: Mapping[str, str]) -> dict[str, list[str]]:
    """Importable top-level names of a folder, with their files."""
    prefix = "" if folder == "." else f"{folder}/"
    found: dict[str, list[str]] = {}
    for path in texts:
        if path.startswith(prefix):
            name = path[len(prefix) :].split("/")[0].removesuffix(".py")
            if name.isidentifier() and name != "__init__":
                found.setdefault(name, []).append(path)
    return found


def _shipped(
    names: dict[str, list[str]],
    imports: Mapping[str, frozenset[str]],
    texts: Mapping[str, str],
    entries: list[str],
    named: set[str],
) -> set[str]:
    """Names that are built or started (`named`), or imported by what is."""
    able = {name for name, paths in names.items() if _may_ship(name, paths)}
    seeds = able & named
    seeds |= {name for name in able if not set(entries).isdisjoint(names[name])}
    seeds |= able & _django_apps(names, texts, entries)
    seeds |= able & {"wsgi", "asgi"}
    found: set[str] = set()
    while seeds:
        name = seeds.pop()
        found.add(name)
        for path in names[name]:
            if role_of(path) != "test":
                seeds |= (imports[path] & able) - found
    return found


def _may_ship(name: str, paths: list[str]) -> bool:
    if name.lower() in _NEVER or name.startswith("test_") or name.endswith("_test"):
        return False
    return any(role_of(path) in ("app", "tooling") for path in paths)


def _django_apps(
    names: dict[str, list[str]], texts: Mapping[str, str], entries: list[str]
) -> set[str]:
    """Top-level names that settings mention in quotes, as INSTALLED_APPS and ROOT_URLCONF do."""
    text = "\n".join(texts[path] for path in entries if "INSTALLED_APPS" in texts[path])
    text += "\n".join(f"'{m}'" for path in entries for m in _SETTINGS_MODULE.findall(texts[path]))
    return {name for name in names if re.search(rf"['\"]{name}(?:\.[\w.]+)?['\"]", text)}


def _started(tree: Tree, directory: str) -> set[str]:
    """First names of modules that images, process files and shell scripts start."""
    found: set[str] = set()
    for path in tree.named(*_STARTS):
        if path.count("/") <= directory.count("/") + 3:
            text = _COMMENT.sub("", tree.text(path) or "")
            for match in _STARTED.finditer(text):
                found |= {group for group in match.groups() if group}
    return found
