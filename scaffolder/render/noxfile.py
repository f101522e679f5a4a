"""A noxfile that the team has already: what to add to it, and adding it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from scaffolder.render.git import git
from scaffolder.render.merge import Step

NAME = "noxfile.py"
IMPORT = "import runpy"
LINE = 'runpy.run_path("parity_nox.py")'


def loads_sessions(root: Path) -> bool:
    """Whether the noxfile names parity_nox.py already, in more than a comment."""
    if not (root / NAME).is_file():
        return False
    return _names_it((root / NAME).read_text(encoding="utf-8", errors="replace"))


def same_names(root: Path, names: Iterable[str]) -> list[str]:
    """Sessions of the team's own that are named as one of the harness's: only one would run."""
    try:
        tree = ast.parse((root / NAME).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return []
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    found = {node.name for node in functions if node.decorator_list}
    return sorted(found & set(names))


def is_clean(root: Path) -> bool:
    """Whether the noxfile is committed as it is: only then an edit of ours can be undone."""
    return bool(git("ls-files", "--", NAME, cwd=root)) and not git(
        "status", "--porcelain", "--", NAME, cwd=root
    )


def loading(root: Path) -> Step | None:
    """The step that adds the two lines.

    None when they are not needed, the noxfile can't be read as Python, or is not committed.
    """
    if loads_sessions(root) or not is_clean(root):
        return None
    before = (root / NAME).read_bytes()
    try:
        changed = with_sessions(before.decode("utf-8", errors="surrogateescape"))
    except SyntaxError:
        return None
    after = changed.encode("utf-8", errors="surrogateescape")
    return Step(NAME, "changed", before, after, "two lines added: it loads parity_nox.py")


def with_sessions(source: str) -> str:
    """The noxfile with an import more, and the call at its end. Raises SyntaxError."""
    if _names_it(source):
        return source
    newline = "\r\n" if "\r\n" in source else "\n"
    lines = source.splitlines(keepends=True)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += newline
    body = ast.parse(source).body
    if not _imports_runpy(body):
        lines.insert(_first_import(body), IMPORT + newline)
    return "".join(lines) + f"{newline}# Sessions of the parity harness{newline}{LINE}{newline}"


def _names_it(source: str) -> bool:
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return "parity_nox" in source
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    texts = [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and id(node) not in docstrings
    ]
    imported = [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]
    imported += [str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)]
    return any("parity_nox" in one for one in [*texts, *imported] if isinstance(one, str))


def _imports_runpy(body: list[ast.stmt]) -> bool:
    return any(
        isinstance(node, ast.Import)
        and any(name.name == "runpy" and not name.asname for name in node.names)
        for node in body
    )


def _first_import(body: list[ast.stmt]) -> int:
    """Index of the line before which an import may stand: after docstring and `__future__`."""
    for number, node in enumerate(body):
        docstring = number == 0 and isinstance(node, ast.Expr)
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not docstring and not future:
            decorators: list[ast.expr] = getattr(node, "decorator_list", [])
            return min([node.lineno, *(one.lineno for one in decorators)]) - 1
    return (body[-1].end_lineno or 0) if body else 0
