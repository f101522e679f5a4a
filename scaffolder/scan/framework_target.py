"""What a server is pointed at: `module:object`, or a factory."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scaffolder.scan.facts import Confidence, Evidence, Fact
from scaffolder.scan.names import Names
from scaffolder.scan.objects import Function, assignments, functions, lines
from scaffolder.scan.python import Module, dotted, text_of
from scaffolder.scan.repository import Repository
from scaffolder.scan.tree import join
from scaffolder.scan.variables import Variables

_CLASSES = re.compile(
    r"(?:fastapi|litestar|flask|apiflask|flask_openapi3|connexion|quart|sanic|aiohttp|falcon|starlette)"
    r"\.(?:[\w.]+\.)?(?:FastAPI|Litestar|Flask|APIFlask|OpenAPI|FlaskApp|Quart|Sanic|Application|App"
    r"|API|Starlette)\Z"
)
_FACTORY = re.compile(
    r"(?:create|make|build|get|init)_?(?:app|application|api|asgi|server)\w*\Z|app_factory\Z"
)
_WORD = re.compile(r"(?<![\w./:-])[A-Za-z_][\w.]*:[A-Za-z_]\w*(?:\(\))?(?![\w./:])")
_NAMES = ("app", "application", "api", "asgi", "server", "asgi_app", "wsgi")
# `__main__` runs the server by itself: it is no place to point another one at.
_FILES = ("asgi", "wsgi", "main", "app", "server", "application", "autoapp", "api", "__init__")


def targets(repository: Repository, known: Variables, framework: str) -> Iterator[Fact]:
    """app.target: one fact, `likely` where a convention had to choose."""
    if framework == "django":
        yield from _django(repository, known)
        return
    run = list(_run_by_code(repository))
    found = list(_objects(repository))
    named = _named_by_commands(repository, [*found, *_factories(repository)])
    if named is not None:
        yield named
        return
    for text, where in run[:1]:
        yield Fact("app.target", text, (where,), "code")
    if run:
        return
    if not found:
        found = list(_factories(repository))
    if found:
        best = min(found, key=_rank)
        close = [each for each in found if _rank(each)[:3] == _rank(best)[:3]]
        sure: Confidence = "certain" if len(found) == 1 else "likely"
        sure = "guess" if len({each[0] for each in close}) > 1 else sure
        yield Fact("app.target", best[0], (best[1],), "code", sure)


def _named_by_commands(repository: Repository, found: list[tuple[str, Evidence]]) -> Fact | None:
    """The one of several that an image, a process file or a script points a server at."""
    words: set[str] = set()
    for path in repository.tree.named("Dockerfile*", "Procfile", "*compose*.y*ml", "*.sh"):
        words |= set(_WORD.findall(repository.tree.text(path) or ""))
    plain = {word.removesuffix("()"): word for word in sorted(words)}
    rows = {
        plain[name]: where for text, where in found if (name := text.removesuffix("()")) in plain
    }
    rows |= _handed_on(repository, set(plain.values()) - rows.keys(), found)
    if len(rows) != 1:
        return None
    text, where = rows.popitem()
    return Fact("app.target", text, (where,), "code")


def _handed_on(
    repository: Repository, words: set[str], found: list[tuple[str, Evidence]]
) -> dict[str, Evidence]:
    """`manage:app`, where manage.py has `from shop import app`: an object that was found."""
    names, known = Names(repository), {text for text, _ in found}
    rows = {}
    for word in sorted(words):
        place, _, attribute = word.partition(":")
        module = names.module(place)
        origin = module.aliases.get(attribute, "") if module else ""
        if module and ":".join(origin.rsplit(".", 1)) in known:
            rows[word] = Evidence(module.path)
    return rows


def _rank(row: tuple[str, Evidence]) -> tuple[int, int, int, str]:
    """Modules and names by convention first, then those further up."""
    module, _, name = row[0].partition(":")
    last = module.rpartition(".")[2]
    file = "__init__" if row[1].path.endswith("__init__.py") else last
    by_file = _FILES.index(file) if file in _FILES else len(_FILES)
    by_name = _NAMES.index(name) if name in _NAMES else len(_NAMES)
    return (0 if name in _NAMES or "(" in name else 1, by_file, by_name + module.count("."), row[0])


def module_name(repository: Repository, module: Module) -> str:
    """Dotted, as seen from the source folder."""
    source = repository.application.source
    path = module.path.removesuffix(".py").removesuffix("/__init__")
    path = path if source == "." else path.removeprefix(f"{source}/")
    return path.replace("/", ".")


def _django(repository: Repository, known: Variables) -> Iterator[Fact]:
    """WSGI_APPLICATION, else ASGI_APPLICATION, of the settings; else the modules of these names."""
    chain = known.django.chain if known.django else ()
    for wanted in ("WSGI_APPLICATION", "ASGI_APPLICATION"):
        for module in chain:
            for target, value, node in assignments(module):
                text = text_of(value)
                if dotted(target) == wanted and text and "." in text:
                    name, _, attribute = text.rpartition(".")
                    where = (Evidence(module.path, node.lineno),)
                    yield Fact("app.target", f"{name}:{attribute}", where, "settings", "likely")
                    return
    for name in ("wsgi.py", "asgi.py"):
        for module in repository.shipped():
            if module.path.rpartition("/")[2] == name and "application" in _top(module):
                where = (Evidence(module.path),)
                text = f"{module_name(repository, module)}:application"
                yield Fact("app.target", text, where, "code", "likely")
                return


def _top(module: Module) -> set[str]:
    return {dotted(target) for target, _, _ in assignments(module)}


def _run_by_code(repository: Repository) -> Iterator[tuple[str, Evidence]]:
    """`uvicorn.run("shop.main:app")`."""
    for module in repository.shipped():
        for call, _ in module.calls("uvicorn.run", "granian.Granian", "hypercorn.run"):
            text = text_of(call.args[0]) if call.args else None
            if text and re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", text):
                factory = any(each.arg == "factory" for each in call.keywords)
                text = _seen_from_source(repository, module, text)
                yield text + ("()" if factory else ""), Evidence(module.path, call.lineno)


def _seen_from_source(repository: Repository, module: Module, text: str) -> str:
    """`main:app` in a script that is started from another folder is the module beside it."""
    name, _, attribute = text.partition(":")
    path = f"{name.replace('.', '/')}.py"
    known = repository.python.by_path
    beside = known.get(join(module.path.rpartition("/")[0] or ".", path))
    if beside is None or join(repository.application.source, path) in known:
        return text
    return f"{module_name(repository, beside)}:{attribute}"


def _makes(repository: Repository, module: Module, node: ast.expr) -> bool:
    """Whether an expression makes an application, or calls a factory of the project."""
    if not isinstance(node, ast.Call):
        return False
    if _CLASSES.match(module.qualified(node.func)):
        return True
    name = dotted(node.func).rpartition(".")[2]
    return bool(_FACTORY.match(name)) and not isinstance(node.func, ast.Call)


def _objects(repository: Repository) -> Iterator[tuple[str, Evidence]]:
    """Module-level names that are bound to an application."""
    for module in repository.shipped():
        for node in module.tree.body if not module.path.endswith("/__main__.py") else ():
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(target, ast.Name) and _makes(repository, module, node.value):
                    where = Evidence(module.path, node.lineno)
                    yield f"{module_name(repository, module)}:{target.id}", where


def _factories(repository: Repository) -> Iterator[tuple[str, Evidence]]:
    """Functions that return an application and can be called without arguments."""
    for module in repository.shipped():
        for function in functions(module):
            if not _FACTORY.match(function.name) or module.in_function(function):
                continue
            if _needs_arguments(function) or not _returns_application(module, function):
                continue
            where = Evidence(module.path, function.lineno)
            yield f"{module_name(repository, module)}:{function.name}()", where


def _needs_arguments(function: Function) -> bool:
    arguments = function.args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    keyword_only = any(default is None for default in arguments.kw_defaults)
    return positional > len(arguments.defaults) or keyword_only


def _returns_application(module: Module, function: Function) -> bool:
    first, last = lines(function)
    if _CLASSES.match(module.qualified(function.returns)) if function.returns else False:
        return True
    return any(
        first <= call.lineno <= last and _CLASSES.match(module.qualified(call.func))
        for call in module.all(ast.Call)
    )
