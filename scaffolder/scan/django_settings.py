"""Django's settings: which module is production's, and what it takes over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from scaffolder.scan.facts import Evidence
from scaffolder.scan.objects import Objects, assignments
from scaffolder.scan.python import Module, text_of
from scaffolder.scan.repository import Repository
from scaffolder.scan.tree import join

_VARIABLE = "DJANGO_SETTINGS_MODULE"
_IN_TEXT = re.compile(_VARIABLE + r"\s*[=:]\s*[\"']?([A-Za-z_][\w.]*)")
_IMAGES = ("Dockerfile*", "*.Dockerfile", "Procfile")
_OTHERS = re.compile(r"(?:^|[_.])(?:dev|devel|development|local|tests?|testing|ci|debug)(?:$|_)")
_PRODUCTION = ("production", "prod", "deploy", "live", "heroku")
_FOR_ONE_COMMAND = re.compile(_VARIABLE + r"=\S+\s.*\bcollectstatic\b")
"""What collects static files often has settings of its own."""
_SAYS_PRODUCTION = re.compile(r"(?i)\bproduction\b")
_DEVELOPMENT_FILE = re.compile(r"(?i)dev|local|test|ci\b|override")


@dataclass(frozen=True, slots=True)
class DjangoSettings:
    """name: dotted; chain: the module, then those that it takes over; `named`: where, how."""

    name: str
    chain: tuple[Module, ...]
    named: tuple[Evidence, ...]
    how: str
    others: frozenset[str]
    """Paths of settings modules that production does not load."""


def django_settings(repository: Repository, objects: Objects) -> DjangoSettings | None:
    """Production's settings; None where there is no Django project."""
    found = list(_named(repository, objects))
    found = [row for row in found if row[1] in objects.modules]
    if not found:
        lone = _lone(repository, objects)
        found = [lone] if lone else []
    if not found:
        return None
    # Of several stages of an image the last one counts.
    image = [row for row in found if row[0] == "image"][-1:]
    order = ("wsgi", "manage", "build", "lone", "image")
    how, name, _ = (image or sorted(found, key=lambda row: order.index(row[0])))[0]
    name, how = _production_of(name, how, objects)
    if _OTHERS.search(name.rpartition(".")[2]) and how != "image":
        how, name = next(((h, n) for h, n, _ in found if h == "build"), (how, name))
    where = tuple(dict.fromkeys(row[2] for row in found if row[1] == name))
    chain = tuple(_chain(repository, objects.modules[name], objects))
    if not where:
        where = (Evidence(chain[0].path),)
    return DjangoSettings(name, chain, where, how, _not_loaded(repository, chain, objects))


def _named(repository: Repository, objects: Objects) -> Iterator[tuple[str, str, Evidence]]:
    """(how, module, where) for each place that names the settings."""
    for path in repository.tree.named(*_IMAGES):
        if not _DEVELOPMENT_FILE.search(path):
            for number, line in enumerate(repository.tree.lines(path), 1):
                match = _IN_TEXT.search(line)
                if match and not line.lstrip().startswith("#"):
                    how = "build" if _FOR_ONE_COMMAND.search(line) else "image"
                    yield how, match[1], Evidence(path, number)
    for module in repository.python.modules:
        last = module.path.rpartition("/")[2]
        if last in ("wsgi.py", "asgi.py", "manage.py"):
            how = "manage" if last == "manage.py" else "wsgi"
            yield from ((how, name, where) for name, where in _set_in(module))


def _set_in(module: Module) -> Iterator[tuple[str, Evidence]]:
    """`os.environ.setdefault("DJANGO_SETTINGS_MODULE", "x")`, or an assignment."""
    for call in module.all(ast.Call):
        if len(call.args) > 1 and text_of(call.args[0]) == _VARIABLE:
            name = text_of(call.args[1])
            if name:
                yield name, Evidence(module.path, call.lineno)
    for node in module.all(ast.Assign):
        target = node.targets[0]
        if isinstance(target, ast.Subscript) and text_of(target.slice) == _VARIABLE:
            name = text_of(node.value)
            if name:
                yield name, Evidence(module.path, node.lineno)


def _lone(repository: Repository, objects: Objects) -> tuple[str, str, Evidence] | None:
    """The one module that assigns INSTALLED_APPS, where nothing names it."""
    found = []
    for module in repository.shipped():
        for target, _, node in assignments(module):
            if isinstance(target, ast.Name) and target.id == "INSTALLED_APPS":
                found.append((module, node.lineno))
    if len(found) != 1:
        return None
    module, line = found[0]
    names = [name for name, each in objects.modules.items() if each is module]
    return "lone", min(names, key=len), Evidence(module.path, line)


def _production_of(name: str, how: str, objects: Objects) -> tuple[str, str]:
    """The sibling that is named for production, where the one that is named is not."""
    folder, _, last = name.rpartition(".")
    if _OTHERS.search(last) and how != "image":
        for other in _PRODUCTION:
            sibling = f"{folder}.{other}" if folder else other
            if sibling in objects.modules:
                return sibling, "sibling"
        said = [each for each in objects.modules if _says_production(each, folder, objects)]
        if len(said) == 1:
            return said[0], "sibling"
    return name, how


def _says_production(name: str, folder: str, objects: Objects) -> bool:
    """A module of the settings' own folder whose docstring says that it is production's."""
    if not folder or name.rpartition(".")[0] != folder or _OTHERS.search(name.rpartition(".")[2]):
        return False
    text = ast.get_docstring(objects.modules[name].tree) or ""
    return bool(_SAYS_PRODUCTION.search(text.split("\n")[0]))


def _chain(repository: Repository, start: Module, objects: Objects) -> Iterator[Module]:
    """The settings module and what it star-imports, includes, or imports from its own package."""
    seen: set[str] = set()
    waiting = [start]
    package = start.path.rpartition("/")[0]
    while waiting:
        module = waiting.pop(0)
        if module.path in seen:
            continue
        seen.add(module.path)
        yield module
        waiting += objects.stars(module)
        waiting += _included(repository, module)
        for name, _ in module.imported:
            other = objects.modules.get(name)
            if other is not None and other.path.rpartition("/")[0] == package:
                waiting.append(other)


def _included(repository: Repository, module: Module) -> Iterator[Module]:
    """Files that split_settings' `include("components/*.py")` names."""
    folder = module.path.rpartition("/")[0]
    for call, _ in module.calls("split_settings.tools.include"):
        for node in call.args:
            text = text_of(node.args[0] if isinstance(node, ast.Call) and node.args else node)
            pattern = join(folder, text) if text else ""
            for path, other in repository.python.by_path.items():
                if pattern and fnmatchcase(path, pattern):
                    yield other


def _taken_over(module: Module, objects: Objects) -> set[str]:
    """Paths of the modules whose names it takes over by `*`, through others too."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        for each in objects.stars(waiting.pop()):
            if each.path not in found:
                found.add(each.path)
                waiting.append(each)
    return found


def _not_loaded(
    repository: Repository, chain: tuple[Module, ...], objects: Objects
) -> frozenset[str]:
    """Siblings of the settings that production does not load."""
    loaded = {module.path for module in chain}
    first = chain[0].path
    folder = first.rpartition("/")[0]
    found = set()
    for path, module in repository.python.by_path.items():
        if path in loaded or path.rpartition("/")[0] != folder:
            continue
        last = path.rpartition("/")[2].removesuffix(".py")
        own = folder.rpartition("/")[2] in ("settings", "config", "conf", "settings_dir")
        if "settings" in last or (own and _OTHERS.search(last)):
            found.add(path)
        elif not loaded.isdisjoint(_taken_over(module, objects)):
            found.add(path)  # another variant of the same base
    return frozenset(found)
