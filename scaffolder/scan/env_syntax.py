"""How reading the environment looks in Python: names, defaults, casts, and what is refused."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scaffolder.scan.objects import Function, around, assignments, functions
from scaffolder.scan.python import Module, dotted, keyword, text_of

KINDS = {"int": "int", "float": "float", "bool": "bool", "list": "list", "dict": "json"}
KINDS |= {"json": "json", "url": "url", "db": "url", "db_url": "url", "dj_db_url": "url"}
KINDS |= {"Csv": "list", "strtobool": "bool", "CommaSeparatedStrings": "list", "tuple": "list"}
_STARTUP = re.compile(
    r"(?:from_env\w*|load_(?:config|settings|env)\w*|get_(?:config|settings)|create_app|make_app"
    r"|build_app|create_application)\Z"
)
_SETTINGS_CLASS = re.compile(r"(?:Settings|Config|Configuration|Environment|Env)\Z")
_TRUTH = frozenset({"true", "1", "yes", "on", "t", "y", "false", "0", "no", "off"})


def shown(node: ast.expr | None, module: Module | None = None) -> str | None:
    """The text of a literal default; None for none and for what is computed."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = shown(node.operand)
        return None if inner is None else f"-{inner}"
    if isinstance(node, ast.Constant):
        return None if node.value is None or node.value is ... else str(node.value)
    if isinstance(node, ast.Name) and module is not None:
        return module.constants.get(node.id)
    return text_of(node)


def names_of_environ(module: Module) -> tuple[set[str], set[str]]:
    """Local names of os.environ, and of its `get`."""
    environs: set[str] = set()
    getters: set[str] = set()
    for target, value, _ in assignments(module):
        if isinstance(target, ast.Name) and isinstance(value, ast.Attribute | ast.Name):
            name = module.qualified(value)
            if name == "os.environ":
                environs.add(target.id)
            elif name in ("os.environ.get", "os.getenv"):
                getters.add(target.id)
    for function in functions(module):
        environs |= set(_environ_parameters(module, function))
    return environs, getters


def _environ_parameters(module: Module, function: Function) -> Iterator[str]:
    """`environ: Mapping[str, str] = os.environ`; without the default the name has to say it."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    defaults = function.args.defaults
    for argument, default in zip(reversed(arguments), reversed(defaults), strict=False):
        if isinstance(default, ast.Attribute) and module.qualified(default) == "os.environ":
            yield argument.arg
    for argument in arguments:
        if argument.arg == "environ" and "Mapping" in dotted(plain(argument.annotation)):
            yield argument.arg


def memberships(module: Module, environs: set[str]) -> Iterator[tuple[ast.Compare, str]]:
    """`"X" in os.environ`."""
    for node in module.all(ast.Compare):
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
            name = text_of(node.left)
            if name and is_environ(module, node.comparators[0], environs):
                yield node, name


def default_of(node: ast.Call, library: str) -> ast.expr | None:
    """The default in `env("X", 1)` or `env("X", default=1)`; a type there is a cast."""
    default = keyword(node, "default")
    if default is None and len(node.args) > 1:
        cast = isinstance(node.args[1], ast.Name) and node.args[1].id in KINDS | {"str": ""}
        if cast or (library == "starlette" and len(node.args) < 3):
            return None
        return node.args[-1]
    return default


def plain(node: ast.expr | None) -> ast.expr | None:
    """A type without what stands in brackets."""
    return node.value if isinstance(node, ast.Subscript) else node


def is_environ(module: Module, node: ast.expr, environs: set[str]) -> bool:
    if isinstance(node, ast.Name) and node.id in environs:
        return True
    if not isinstance(node, ast.Name | ast.Attribute):
        return False
    return module.qualified(node) == "os.environ"


def is_getter(module: Module, node: ast.Call, environs: set[str], getters: set[str]) -> bool:
    """Whether a call asks the environment for one variable."""
    asks = isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop")
    if asks and is_environ(module, node.func.value, environs):  # type: ignore[attr-defined]
        return True
    return dotted(node.func) in getters or module.qualified(node.func) == "os.getenv"


def literal(module: Module, node: ast.expr) -> str | None:
    text = text_of(node)
    if text is None and isinstance(node, ast.Name):
        return module.constants.get(node.id)
    return text


def first(node: ast.expr) -> ast.expr:
    return node.elts[0] if isinstance(node, ast.Tuple) and node.elts else node


def kind_of_default(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        return type(node.value).__name__
    return "list" if isinstance(node, ast.List | ast.Tuple) else "str"


def prefix_of(module: Module, node: ast.AST) -> str:
    """Of `with env.prefixed("APP_"):` around a call."""
    found = ""
    for block in around(module, node, ast.With):
        for item in block.items if isinstance(block, ast.With) else ():
            call = item.context_expr
            if isinstance(call, ast.Call) and dotted(call.func).endswith(".prefixed") and call.args:
                found = (text_of(call.args[0]) or "") + found
    return found


def casts_of(module: Module) -> dict[int, str]:
    """Expressions that a cast stands around: `int(os.getenv("X"))`, `os.getenv("X") == "1"`."""
    found: dict[int, str] = {}
    for node in module.all(ast.Call):
        if len(node.args) == 1 and isinstance(node.func, ast.Name) and node.func.id in KINDS:
            found[id(node.args[0])] = KINDS[node.func.id]
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "split":
            found[id(node.func.value)] = "list"
    for compare in module.all(ast.Compare):
        left = compare.left
        if isinstance(left, ast.Call) and dotted(left.func).endswith((".lower", ".upper")):
            left = left.func.value if isinstance(left.func, ast.Attribute) else left
        values = {text_of(each) for each in _members(compare.comparators[0])}
        if values and {str(value).lower() for value in values} <= _TRUTH:
            found[id(left)] = "bool"
    return found


def _members(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]


def at_start(module: Module, node: ast.AST) -> bool:
    """In a function that every start calls: of a settings class, or a factory."""
    if id(node) in module.scopes.guarded:
        return False
    functions = around(module, node, ast.FunctionDef, ast.AsyncFunctionDef)
    names = [each.name for each in functions if isinstance(each, ast.FunctionDef)]
    if any(_STARTUP.match(name) for name in names[:1]):
        return True
    classes = around(module, node, ast.ClassDef)
    owner = classes[0].name if classes and isinstance(classes[0], ast.ClassDef) else ""
    return names[:1] == ["__init__"] and bool(_SETTINGS_CLASS.search(owner))


def tests_absence(node: ast.expr) -> bool:
    """`not x`, `x is None`, `x == ""`, `x not in os.environ`."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return isinstance(node.operand, ast.Name)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        other = node.comparators[0]
        absent = isinstance(other, ast.Constant) and other.value in (None, "")
        if isinstance(node.ops[0], ast.NotIn):
            return dotted(other).rpartition(".")[2] == "environ"
        return absent and isinstance(node.ops[0], ast.Is | ast.Eq)
    return False


def demanded(node: ast.stmt) -> Iterator[str]:
    """Names without which a statement of the module's top level raises."""
    tests: list[ast.expr] = []
    if isinstance(node, ast.Assert):
        yield from (n for n in [dotted(node.test)] if n)
    elif isinstance(node, ast.If) and any(isinstance(each, ast.Raise) for each in node.body):
        joined = isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.Or)
        tests = node.test.values if joined and isinstance(node.test, ast.BoolOp) else [node.test]
    for test in tests:
        if tests_absence(test):
            inner = test.operand if isinstance(test, ast.UnaryOp) else test
            yield dotted(inner.left if isinstance(inner, ast.Compare) else inner)
