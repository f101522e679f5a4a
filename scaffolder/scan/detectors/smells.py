"""Code that behaves otherwise on another machine: clocks, encodings, errors, files beside it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scaffolder.scan.beside import paths
from scaffolder.scan.facts import Confidence, Evidence, Fact
from scaffolder.scan.python import Module, dotted, keyword, text_of
from scaffolder.scan.repository import Repository
from scaffolder.scan.tree import is_below, join

_NAIVE = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.datetime.now",
    "datetime.datetime.datetime.utcnow",
}
_PATH = {"pathlib.Path", "pathlib.PurePath", "Path"}
_DATA_FOLDERS = ("templates", "static", "locale", "locales", "translations")


def detect(repository: Repository) -> Iterator[Fact]:
    """One fact for each shipped file and kind, with all its places."""
    listed = frozenset(repository.tree.files)
    for module in repository.shipped():
        yield from _fact("code.naive-now", module, sorted(_naive(module)))
        yield from _fact("code.open-encoding", module, sorted(_opened(module)))
        yield from _fact("code.swallowed-error", module, sorted(_swallowed(module)))
        for path, line in paths(module, repository.application.source):
            if path in listed and not path.endswith(".py"):
                evidence = (Evidence(module.path, line),)
                yield Fact("code.package-data", path, evidence, "code")
    yield from _folders(repository)


def _fact(key: str, module: Module, lines: list[int]) -> Iterator[Fact]:
    if lines:
        evidence = tuple(Evidence(module.path, line) for line in dict.fromkeys(lines))
        yield Fact(key, module.path, evidence, "code")


def _naive(module: Module) -> Iterator[int]:
    """`datetime.now()` and `utcnow()`, also handed over without a call."""
    aware = {
        id(call.func)
        for call in module.called.get("now", ())
        if (call.args or call.keywords) and not _is_none(call)
    }
    for node in module.all(ast.Attribute):
        if (
            node.attr in ("now", "utcnow")
            and id(node) not in aware
            and isinstance(node.value, ast.Name | ast.Attribute)
            and module.qualified(node) in _NAIVE
        ):
            yield node.lineno


def _is_none(call: ast.Call) -> bool:
    zone = call.args[0] if call.args else keyword(call, "tz")
    return isinstance(zone, ast.Constant) and zone.value is None


def _opened(module: Module) -> Iterator[int]:
    """Files that are opened as text in whatever encoding the machine has."""
    yield from _by_open(module)
    own = {node.name for kind in _FUNCTIONS for node in module.all(kind)}
    for name, most in (("read_text", 0), ("write_text", 1)):
        for call in module.called.get(name, ()):
            if len(call.args) == most and _plain(call) and _of_a_file(call, own):
                yield call.lineno


def _by_open(module: Module) -> Iterator[int]:
    calls = module.called.get("open", [])
    if not calls:
        return
    own = any(isinstance(each, _FUNCTIONS) and each.name == "open" for each in module.tree.body)
    names = _path_names(module)
    for call in calls:
        built_in = module.qualified(call.func) in ("open", "io.open", "builtins.open")
        if built_in and not own and _is_text(call, 1, 3):
            yield call.lineno
        if _is_path_open(call, module, names) and not built_in:
            yield call.lineno


_FUNCTIONS: tuple[type[ast.FunctionDef], type[ast.AsyncFunctionDef]] = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
)


def _is_text(call: ast.Call, position: int, encoding: int) -> bool:
    """Whether a call surely opens in text mode, and names no encoding."""
    if not _plain(call) or len(call.args) > encoding or (position == 1 and not call.args):
        return False
    given = call.args[position] if len(call.args) > position else keyword(call, "mode")
    if position == 1 and call.args and dotted(call.args[0]) == "os.devnull":
        return False
    if given is None:
        return True
    mode = text_of(given)
    return mode is not None and set(mode) <= set("rwaxt+U")


def _plain(call: ast.Call) -> bool:
    """No encoding, and nothing that could bring one (`*arguments`, `**options`)."""
    stars = any(isinstance(each, ast.Starred) for each in call.args)
    return not stars and all(each.arg not in (None, "encoding") for each in call.keywords)


def _of_a_file(call: ast.Call, own: set[str]) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr in own:
        return False
    return dotted(call.func.value) not in ("self", "cls", "super")


def _is_path_open(call: ast.Call, module: Module, names: set[str]) -> bool:
    opened = call.func.value if isinstance(call.func, ast.Attribute) else None
    return opened is not None and _is_path(opened, module, names) and _is_text(call, 0, 2)


def _is_path(node: ast.expr, module: Module, names: set[str]) -> bool:
    """`Path("x")`, `Path(a) / "b"`, and names that are one wherever the module binds them."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return text_of(node.right) is not None or _is_path(node.left, module, names)
    if isinstance(node, ast.Call):
        return module.qualified(node.func) in _PATH
    return isinstance(node, ast.Name) and node.id in names


def _path_names(module: Module) -> set[str]:
    """Names that are bound to a path: assigned, annotated, or one of a folder's files."""
    paths: set[str] = set()
    others: set[str] = set()
    for node in module.all(ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                (paths if _is_path(node.value, module, set()) else others).add(target.id)
    for argument in module.all(ast.arg):
        annotated = argument.annotation
        is_one = annotated is not None and module.qualified(annotated) in _PATH
        (paths if is_one else others).add(argument.arg)
    for loop in module.all(ast.For):
        if isinstance(loop.target, ast.Name):
            last = dotted(loop.iter).rpartition(".")[2]
            (paths if last in ("glob", "rglob", "iterdir") else others).add(loop.target.id)
    return paths - others


def _swallowed(module: Module) -> Iterator[int]:
    for handler in module.all(ast.ExceptHandler):
        broad = handler.type is None or dotted(handler.type) in ("Exception", "BaseException")
        if broad and all(_passes(each) for each in handler.body):
            yield handler.lineno


def _passes(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and statement.value.value in (..., None)
    )


def _folders(repository: Repository) -> Iterator[Fact]:
    """By convention templates and the like are read at run time: the first file of each folder."""
    sure: Confidence = "likely"
    seen: set[str] = set()
    source = repository.application.source
    packages = [join(source, each.replace(".", "/")) for each in repository.application.packages]
    for path in repository.tree.files:
        parts = path.split("/")
        name = next((each for each in _DATA_FOLDERS if each in parts[:-1]), None)
        if name is None or path.endswith(".py"):
            continue
        folder = "/".join(parts[: parts.index(name) + 1])
        if folder not in seen and any(is_below(folder, package) for package in packages):
            seen.add(folder)
            yield Fact("code.package-data", path, (Evidence(path),), "code", sure)
