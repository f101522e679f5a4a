"""The layout of the package: layers, small modules, no cycles."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "scaffolder"
MODULES = sorted(PACKAGE.rglob("*.py"))
LAYERS = [
    "catalog",
    "spec",
    "scan",
    "plan",
    "draft",
    "render",
    "observe",
    "demo",
    "prove",
    "audit",
    "report",
]
"""Each imports only from those before it; cli/ may import all."""
COMMON = {"scaffolder", "scaffolder.errors"}
MAX_LINES = 300


def imports(file: Path) -> Iterator[str]:
    """Names of the modules that a file imports anywhere, also inside of functions."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield str(node.module)


def name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def own(file: Path) -> set[str]:
    """Modules of the package that a file imports."""
    known = {name(module) for module in MODULES}
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "scaffolder":
            below = {f"{node.module}.{alias.name}" for alias in node.names} & known
            found |= below or {str(node.module)}
    return found


def layer(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def test_there_are_modules_to_look_at() -> None:
    assert len(MODULES) > 20


@pytest.mark.parametrize("file", MODULES, ids=name)
def test_a_folder_imports_only_from_folders_above_it(file: Path) -> None:
    mine = layer(name(file))
    if mine not in LAYERS:
        return
    allowed = LAYERS[: LAYERS.index(mine) + 1]

    wrong = {m for m in own(file) if m not in COMMON and layer(m) not in allowed}

    assert wrong == set()


@pytest.mark.parametrize("file", MODULES, ids=name)
def test_copier_is_imported_in_render_alone(file: Path) -> None:
    roots = {module.split(".")[0] for module in imports(file)}

    assert "copier" not in roots or layer(name(file)) == "render"


@pytest.mark.parametrize("file", MODULES, ids=name)
def test_a_module_is_small(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("file", MODULES, ids=name)
def test_printing_and_exiting_belong_to_the_command_line(file: Path) -> None:
    if layer(name(file)) == "cli" or file.name == "__main__.py":
        return
    calls = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    }

    assert not calls & {"print", "exit", "sys.exit", "quit", "click.echo", "os._exit"}


@pytest.mark.parametrize("file", MODULES, ids=name)
def test_no_except_is_broad(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            caught = "" if node.type is None else ast.unparse(node.type)
            broad = {"", "Exception", "BaseException"}
            assert not broad & set(caught.strip("()").split(", ")), f"line {node.lineno}"


def test_there_is_no_import_cycle() -> None:
    graph = {name(file): own(file) for file in MODULES}
    done: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join([*path, module])
        if module not in done:
            for other in sorted(graph.get(module, set())):
                walk(other, (*path, module))
            done.add(module)

    for module in graph:
        walk(module, ())
