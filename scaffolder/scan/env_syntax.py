"""How reading the environment looks in Python: names, defaults, casts, and what is refused."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scaffolder.scan.objects import around, lines
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
    for node in module.all(ast.Assign):
        name = (
            module.qualified(node.value) if isinstance(node.value, ast.Attribute | ast.Name) else ""
        )
        targets = {target.id for target in node.targets if isinstance(target, ast.Name)}
        if name == "os.environ":
            environs |= targets
        elif name in ("os.environ.get", "os.getenv"):
            getters |= targets
    for kind in (ast.FunctionDef, ast.AsyncFunctionDef):
        for function in module.all(kind):
            arguments = function.args
            named = [*arguments.posonlyargs, *arguments.args][-len(arguments.defaults) or None :]
            pairs = zip(named, arguments.defaults, strict=False) if arguments.defaults else ()
            for argument, default in pairs:
                if isinstance(default, ast.Attribute | ast.Name):
                    if module.qualified(default) == "os.environ":
                        environs.add(argument.arg)
            environs |= {
                a.arg
                for a in arguments.args
                if a.arg == "environ" and "Mapping" in dotted(_plain(a.annotation))
            }
    return environs, getters


def _plain(node: ast.expr | None) -> ast.expr | None:
    return node.value if isinstance(node, ast.Subscript) else node


def is_environ(module: Module, node: ast.expr, environs: set[str]) -> bool:
    if isinstance(node, ast.Name) and node.id in environs:
        return True
    if not isinstance(node, ast.Name | ast.Attribute):
        return False
    return module.qualified(node) == "os.environ"


def is_getter(module: Module, node: ast.Call, environs: set[str], getters: set[str]) -> bool:
    """Whether a call asks the environment for one variable."""
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop"):
        if is_environ(module, node.func.value, environs):
            return True
    return dotted(node.func) in getters or module.qualified(node.func) == "os.getenv"


def literal(module: Module, node: ast.expr) -> str | None:
    text = text_of(node)
    if text is None and isinstance(node, ast.Name):
        return module.constants.get(node.id)
    return text


def hole(node: ast.expr) -> tuple[str, str]:
    """The one name in a computed variable name, and its template: `f"APP_{name}"`."""
    if isinstance(node, ast.Name):
        return node.id, "{}"
    if isinstance(node, ast.JoinedStr):
        parts = [each.value if isinstance(each, ast.Constant) else "{}" for each in node.values]
        holes = [dotted(e.value) for e in node.values if isinstance(e, ast.FormattedValue)]
        if len(holes) == 1 and "." not in holes[0]:
            return holes[0], "".join(str(part) for part in parts)
    if isinstance(node, ast.BinOp) and isinstance(node.right, ast.Name):
        prefix = text_of(node.left)
        if prefix is not None:
            return node.right.id, prefix + "{}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
        return dotted(node.func.value), "{}"  # name.upper()
    return "", "{}"


def argument(node: ast.Call, position: int, name: str) -> ast.expr | None:
    given = keyword(node, name)
    if given is None and 0 <= position < len(node.args):
        given = node.args[position]
    return None if isinstance(given, ast.Starred) else given


def first(node: ast.expr) -> ast.expr:
    return node.elts[0] if isinstance(node, ast.Tuple) and node.elts else node


def stands(default: ast.expr | None) -> bool:
    """Whether a default is a value: not None, and no empty text that may be refused later."""
    return default is not None and not (isinstance(default, ast.Constant) and not default.value)


def kind_of_default(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        return type(node.value).__name__
    return "list" if isinstance(node, ast.List | ast.Tuple) else "str"


def kind_of_return(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    name = dotted(_plain(function.returns))
    return KINDS.get(name, "str")


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


def raises(module: Module, function: ast.AST) -> bool:
    """Whether a function refuses a value that is missing."""
    first, last = lines(function)
    for node in module.all(ast.If):
        if first <= node.lineno <= last and any(isinstance(s, ast.Raise) for s in node.body):
            if _tests_absence(node.test):
                return True
    for block in module.all(ast.Try):
        if first <= block.lineno <= last:
            for handler in block.handlers:
                name = dotted(handler.type)
                if name == "KeyError" and any(isinstance(s, ast.Raise) for s in handler.body):
                    return True
    return False


def _tests_absence(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return isinstance(node.operand, ast.Name)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        other = node.comparators[0]
        absent = isinstance(other, ast.Constant) and other.value in (None, "")
        return (absent and isinstance(node.ops[0], ast.Is | ast.Eq)) or isinstance(
            node.ops[0], ast.NotIn
        )
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
        if _tests_absence(test):
            inner = test.operand if isinstance(test, ast.UnaryOp) else test
            yield dotted(inner.left if isinstance(inner, ast.Compare) else inner)
