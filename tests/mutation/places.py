"""The places of a harness that judge, and the harness rewritten so that each can be switched off.

A place is a statement that makes a check red, or a comparison that leads to it. Every one gets a
name; `instrumented` puts a question to mutants.py before it, so that one process can try them all.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

JUDGES = (
    "support/app/application.py",
    "support/app/migrate.py",
    "support/journeys/changes.py",
    "support/journeys/client.py",
    "support/journeys/compare.py",
    "support/journeys/journey.py",
    "support/journeys/outcome.py",
    "support/run/cases.py",
    "support/source/column_types.py",
    "support/source/imports.py",
    "support/source/schema_drift.py",
    "support/source/sql_literals.py",
)
"""Support modules that decide whether something is wrong."""
PROBLEMS: tuple[str, ...] = (
    "difference",
    "_matcher",
    "_recent",
    "_mapping",
    "_list",
    "shown_differently",
)
PROBLEMS += ("_complaint", "apply_file")
"""Functions that return what is wrong, or None."""
AGREEING = ("same", "same_kind", "fits", "_holds", "_numeric_holds", "is_reported")
"""Functions that return True where all is well."""
NAMES = ("problem", "problems", "found")
"""Variables that hold what is wrong."""
CALLS = ("fail", "assert_unchanged", "check_accepted", "check_stored", "check_visible")
HEADER = "from mutation import mutants as _mutants\n"


@dataclass(frozen=True, slots=True)
class Place:
    """`file` as the blueprint is called; `text`: the first line of the statement."""

    name: str
    file: str
    text: str


def judging(harness: Path) -> Iterator[Path]:
    """The files of a harness that hold places."""
    yield from sorted([*harness.glob("check_*.py"), *harness.glob("journey_*.py")])
    yield from (harness / name for name in JUDGES if (harness / name).is_file())


def blueprint(path: Path, harness: Path) -> str:
    """All journeys come from one template."""
    name = path.relative_to(harness).as_posix()
    return "journey.py" if name.startswith("journey_") else name


def instrumented(source: str, file: str) -> tuple[str, list[Place]]:
    """The source with a question before each place; and the places in their order."""
    tree = ast.parse(source)
    rewriter = _Rewriter(file)
    rewriter.visit(tree)
    later = 1 + max(
        (
            number
            for number, node in enumerate(tree.body)
            if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        ),
        default=0 if ast.get_docstring(tree) else -1,
    )
    tree.body[later:later] = ast.parse(HEADER).body
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n", rewriter.places


class _Rewriter(ast.NodeTransformer):
    def __init__(self, file: str) -> None:
        self.file = file
        self.places: list[Place] = []
        self._functions: list[str] = []
        self._numbers: Counter[str] = Counter()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self._functions.append(node.name)
        self.generic_visit(node)
        self._functions.pop()
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        if isinstance(node.test, ast.Compare) and _is_narrowing(node):
            return node
        name = self._place(node, ast.unparse(node.test))
        raises = ast.Raise(ast.Call(ast.Name("AssertionError"), [node.msg] if node.msg else [], []))
        ask = ast.BoolOp(ast.And(), [ast.UnaryOp(ast.Not(), node.test), _ask("fires", name)])
        return ast.If(ask, [raises], [])

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        if node.exc is None or ast.unparse(node.exc).startswith(("ValueError", "KeyError")):
            return node
        return ast.If(_ask("fires", self._place(node)), [node], [])

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        value = node.value
        if isinstance(value, ast.Yield) and self.file.endswith("schema_drift.py"):
            return ast.If(_ask("fires", self._place(node)), [node], [])
        if not isinstance(value, ast.Call):
            return node
        called = ast.unparse(value.func).rpartition(".")[2]
        if called == "fail":
            return ast.If(_ask("fires", self._place(node)), [node], [])
        if called == "cases":
            found = ast.UnaryOp(ast.Not(), value.args[0])
            ask = ast.BoolOp(ast.Or(), [found, _ask("fires", self._place(node))])
            return ast.If(ask, [node], [])
        return self._call(node) if called in CALLS else node

    def _call(self, node: ast.Expr) -> ast.AST:
        """A call that complains by itself: it has fired when it raises."""
        name = self._place(node)
        noted = [ast.Expr(_ask("fires", name)), ast.Raise()]
        handler = ast.ExceptHandler(ast.Name("AssertionError"), None, noted)
        ask = ast.UnaryOp(ast.Not(), _ask("is_off", name))
        return ast.If(ask, [ast.Try([node], [handler], [], [])], [])

    def visit_Return(self, node: ast.Return) -> ast.AST:
        function = self._functions[-1] if self._functions else ""
        if node.value is None or _is(node.value, None) or _is(node.value, True):
            return node
        if function in PROBLEMS:
            node.value = _ask("problem", self._place(node), node.value)
        elif function in AGREEING:
            node.value = _ask("agrees", self._place(node), node.value)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        (target,) = node.targets if len(node.targets) == 1 else (None,)
        if isinstance(target, ast.Subscript) and ast.unparse(target.value) in NAMES:
            return ast.If(_ask("fires", self._place(node)), [node], [])
        if isinstance(target, ast.Name) and target.id == "problem" and self._judges(node.value):
            node.value = _ask("problem", self._place(node), node.value)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        named = ast.unparse(node.target) == "problem"
        if named and node.value is not None and self._judges(node.value):
            node.value = _ask("problem", self._place(node), node.value)
        return node

    def _judges(self, value: ast.expr) -> bool:
        """Texts that describe a wait judge nothing."""
        return not _is(value, None) and not self.file.endswith("application.py")

    def _place(self, node: ast.stmt, text: str = "") -> str:
        function = ".".join(self._functions)
        self._numbers[function] += 1
        name = f"{self.file}:{function}:{self._numbers[function]}"
        said = (text or ast.unparse(node)).splitlines()[0]
        self.places.append(Place(name, self.file, said[:100]))
        return name


def _is_narrowing(node: ast.Assert) -> bool:
    """`assert x is not None` without a word is for the type checker."""
    return node.msg is None and "is not None" in ast.unparse(node.test)


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _ask(question: str, name: str, *given: ast.expr) -> ast.Call:
    asked = ast.Attribute(ast.Name("_mutants"), question)
    return ast.Call(asked, [ast.Constant(name), *given], [])
