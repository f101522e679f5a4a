"""What an expression says about a database: a whole URL, its parts, or a literal."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace

from scaffolder.scan import database_syntax as syntax
from scaffolder.scan.bindings import Bindings
from scaffolder.scan.database_syntax import held, last_name, scheme_of_field, within
from scaffolder.scan.database_value import SCHEME, Value, engine_of
from scaffolder.scan.env_reads import Read
from scaffolder.scan.env_syntax import shown
from scaffolder.scan.objects import Function, around, lines
from scaffolder.scan.python import Module, dotted, text_of
from scaffolder.scan.text_templates import Template, rendered
from scaffolder.scan.variables import Variables

_BUILDERS = re.compile(r"(?:URL(?:\.create)?|\w*Dsn\.build|MultiHostUrl\.build|Url\.build)\Z")
_DEPTH = 7


@dataclass
class Evaluator:
    """Follows names to what was bound to them, in the modules that read the environment."""

    known: Variables
    bindings: Bindings

    @classmethod
    def of(cls, known: Variables) -> Evaluator:
        """With the bindings of all modules that read the environment."""
        return cls(known, Bindings.of(known))

    # Whole URLs

    def values(self, module: Module, node: ast.AST | None, depth: int = 0) -> list[Value]:
        """Every database that an expression can mean."""
        if node is None or depth > _DEPTH:
            return []
        read = self.known.env.by_node.get(id(node))
        if read is not None:
            return self._of_read(module, node, read, depth)
        if isinstance(node, ast.BoolOp):
            return self._any_of(module, node.values, depth)
        if isinstance(node, ast.IfExp):
            return self._any_of(module, [node.body, node.orelse], depth)
        inner = held(node)
        if inner is not None:
            return self.values(module, inner, depth + 1)
        template = self._expanded(module, rendered(node))
        if template is not None and "://" in template[0]:
            value = self._composed(module, node, *template, depth)
            return [value] if value else []
        if template is not None and len(template[1]) == 1 and template[0] == "\0":
            return self.values(module, template[1][0], depth + 1)  # f"{URL}"
        if isinstance(node, ast.Call):
            return self._of_call(module, node, depth)
        return self._named(module, node, depth)

    def _any_of(self, module: Module, nodes: list[ast.expr], depth: int) -> list[Value]:
        """Alternatives; where one of them can't be followed, the others are not all there is."""
        each_found = [self.values(module, each, depth + 1) for each in nodes]
        partial = not all(each_found)
        return [
            replace(value, partial=value.partial or partial)
            for found in each_found
            for value in found
        ]

    def _of_read(self, module: Module, node: ast.AST, read: Read, depth: int) -> list[Value]:
        match = SCHEME.match(read.default or "")
        scheme = match["scheme"] if match else self._composed_default(module, node, read, depth)
        if scheme is not None and engine_of(scheme) is None:
            return []  # redis://
        return [Value(module, node, scheme, read)]

    def _composed_default(
        self, module: Module, node: ast.AST, read: Read, depth: int
    ) -> str | None:
        """The scheme of a default that is put together: `getenv("X", f"postgresql://{user}...")`."""
        if not isinstance(node, ast.Call) or len(node.args) < 2 or read.default is not None:
            return None
        found = self.values(module, node.args[1], depth + 1)
        return next((each.scheme for each in found if each.scheme), None)

    def _of_call(self, module: Module, node: ast.Call, depth: int) -> list[Value]:
        name = dotted(node.func)
        last = node.func.attr if isinstance(node.func, ast.Attribute) else name
        if _BUILDERS.search(name) and (node.keywords or len(node.args) > 1):
            return [self._built(module, node, depth)]
        if last in ("replace", "sub", "set", "removeprefix") and isinstance(
            node.func, ast.Attribute
        ):
            inner = node.args[-1] if last == "sub" and node.args else node.func.value
            found = self.values(module, inner, depth + 1)
            return [replace(each, changed=True) for each in found]
        if last in ("unicode_string", "get_secret_value", "render_as_string", "strip", "__str__"):
            inner = node.func.value if isinstance(node.func, ast.Attribute) else node
            return self.values(module, inner, depth + 1)
        returned = self._returned(module, node, depth)
        if returned:
            return returned
        for argument in node.args[:1]:  # str(url), make_url(url), MultiHostUrl(url)
            return self.values(module, argument, depth + 1)
        return []

    def _returned(self, module: Module, node: ast.Call, depth: int) -> list[Value]:
        """What a function of the project gives back."""
        name = dotted(node.func).rpartition(".")[2]
        found: list[Value] = []
        for origin, function in self.bindings.functions_of(name, module, node.func):
            found += self._of_function(origin, function, depth)
        return found

    def _of_function(self, module: Module, function: Function, depth: int) -> list[Value]:
        first, last = lines(function)
        found: list[Value] = []
        for node in module.all(ast.Return):
            if first <= node.lineno <= last:
                found += self.values(module, node.value, depth + 1)
        for assign in module.all(ast.Assign):  # self.URL = ... of a model validator
            if first <= assign.lineno <= last and isinstance(assign.targets[0], ast.Attribute):
                found += self.values(module, assign.value, depth + 1)
        return [
            each if each.selector else replace(each, selector=self.selector(each.module, each.node))
            for each in found
        ]

    def _named(self, module: Module, node: ast.AST, depth: int) -> list[Value]:
        name = last_name(node)
        if not name:
            return []
        found: list[Value] = []
        for value in self.bindings.own(module, node):
            found += self.values(module, value, depth + 1)
        if found:  # a variable of the module may be called as another field
            return found
        for read in self.bindings.reads(name, module, node):
            scheme = scheme_of_field(self.bindings.annotations.get(read.name), read)
            found.append(Value(module, read.node, scheme, read))
        for origin, function in self.bindings.functions_of(name, module, node):
            found += self._of_function(origin, function, depth + 1)
        if name in self.bindings.fields:
            return found
        for origin, value in self.bindings.values(name, module, node):
            if value is not node:
                found += self.values(origin, value, depth + 1)
        return found

    def url_variable(
        self, module: Module, node: ast.AST, name: str, default: ast.expr | None
    ) -> Value:
        """A variable that a library reads by itself, such as dj_database_url."""
        text = shown(default, module)
        given = default is not None
        read = Read(name, False, module, node, "url", text, given)
        match = SCHEME.match(text or "")
        scheme = match["scheme"] if match else None
        if scheme is None and given:
            template = rendered(default)
            scheme = template[0].partition("://")[0] if template else None
        return Value(module, node, scheme if engine_of(scheme) else None, read)

    # Parts

    def _expanded(self, module: Module, template: Template | None) -> Template | None:
        """Parts that are composed themselves, or hold the scheme, put in their place."""
        if template is None or len(template[1]) < 2:
            return template
        text, holes = "", list[ast.expr]()
        pieces = template[0].split("\0")
        for number, hole in enumerate(template[1]):
            inner = self._inner_template(module, hole)
            text += pieces[number] + (inner[0] if inner else "\0")
            holes += inner[1] if inner else [hole]
        return text + pieces[-1], holes

    def _inner_template(self, module: Module, hole: ast.expr, depth: int = 0) -> Template | None:
        """What a hole is composed of itself, through up to three names."""
        found = self.part(module, hole)
        text = (found.default if isinstance(found, Read) else found) or ""
        if "://" in text:
            return text, []
        name = last_name(hole) if depth < 3 else ""
        for origin, value in self.bindings.values(name, module) if name else ():
            inner = rendered(value)
            if isinstance(value, ast.Name | ast.Attribute):
                inner = self._inner_template(origin, value, depth + 1)
            if inner is not None and len(inner[1]) > 1:
                return inner
        return None

    def _composed(
        self, module: Module, node: ast.AST, text: str, holes: list[ast.expr], depth: int
    ) -> Value | None:
        """`postgresql://{user}:{password}@{host}:{port}/{name}`, holes as NUL characters."""
        left, _, rest = text.partition("://")
        numbers = iter(range(len(holes)))
        pieces: dict[str, str] = {"scheme": left}
        authority, _, path = rest.partition("/")
        userinfo, _, hostport = authority.rpartition("@")
        pieces["user"], _, pieces["password"] = userinfo.partition(":")
        pieces["host"], _, pieces["port"] = hostport.partition(":")
        pieces["name"] = path.partition("?")[0]
        filled: dict[str, Read | str] = {}
        for part in syntax.POSITIONS:
            piece = pieces[part]
            inside = [holes[next(numbers)] for _ in range(piece.count("\0"))]
            if piece == "\0":
                found = self.part(module, inside[0], depth + 1)
                if found is not None:
                    filled[part] = found
            elif not inside and piece:
                filled[part] = piece
            elif part == "scheme" and inside:
                filled[part] = piece.split("\0")[0].rstrip("+")
        return self._value(module, node, filled)

    def _value(self, module: Module, node: ast.AST, filled: dict[str, Read | str]) -> Value | None:
        scheme = filled.pop("scheme", None)
        chosen = None
        if isinstance(scheme, Read):
            chosen, scheme = scheme, scheme.default
        if not scheme or engine_of(scheme) is None:
            return None
        selector = (chosen, scheme) if chosen else self.selector(module, node)
        parts = tuple((part, value) for part, value in filled.items())
        return Value(module, node, scheme, None, parts, selector=selector)

    def _built(self, module: Module, node: ast.Call, depth: int) -> Value:
        """`URL.create("postgresql", host=...)`, `PostgresDsn.build(scheme=..., user=...)`."""
        filled: dict[str, Read | str] = {}
        for part, expression in syntax.parts_of(node).items():
            found = self.part(module, expression, depth + 1)
            if found is not None:
                filled[part] = found
        if "Postgres" in dotted(node.func):
            filled.setdefault("scheme", "postgresql")
        return self._value(module, node, filled) or Value(module, node)

    def part(self, module: Module, node: ast.AST | None, depth: int = 0) -> Read | str | None:
        """The variable, or the literal, that a part of a connection comes from."""
        if node is None or depth > _DEPTH:
            return None
        read = self.known.env.by_node.get(id(node))
        if read is not None:
            return read
        if isinstance(node, ast.Constant):
            return str(node.value) if node.value not in (None, "") else None
        inner = held(node)
        if inner is not None:
            return self.part(module, inner, depth + 1)
        if isinstance(node, ast.BoolOp):
            found = [self.part(module, each, depth + 1) for each in node.values]
            return next((each for each in found if isinstance(each, Read)), None)
        if isinstance(node, ast.IfExp):
            return self.part(module, node.body, depth + 1) or self.part(
                module, node.orelse, depth + 1
            )
        template = rendered(node)
        if template is not None and len(template[1]) == 1 and template[0].strip("/") == "\0":
            return self.part(module, template[1][0], depth + 1)
        return self._part_by_name(module, node, depth)

    def _part_by_name(self, module: Module, node: ast.AST, depth: int) -> Read | str | None:
        name = last_name(node)
        if name in self.bindings.fields:
            reads = self.bindings.reads(name, module, node)
            if not reads:
                return None
            computed = reads[0].has_default and reads[0].default is None
            bound = [v for _, v in self.bindings.values(name, module)] if computed else []
            known = (self.known.env.by_node.get(id(value)) for value in bound)
            return next(filter(None, known), reads[0])  # `X: str = config("X", default="...")`
        for origin, value in self.bindings.values(name, module, node) if name else ():
            if value is not node:
                found = self.part(origin, value, depth + 1)
                if found is not None:
                    return found
        if isinstance(node, ast.Call):  # quote_plus(x), str(x), x.get_secret_value()
            inner = node.args[0] if node.args else getattr(node.func, "value", None)
            return self.part(module, inner, depth + 1)
        return None

    def selector(self, module: Module, node: ast.AST) -> tuple[Read, str] | None:
        """`if os.getenv("DB") == "postgres":` around a node, the node in its body."""
        for block in around(module, node, ast.If):
            if not isinstance(block, ast.If) or not within(block.body, node):
                continue
            for test in syntax.equalities(block.test):
                text = text_of(test.comparators[0])
                read = self.part(module, test.left) if text else None
                if text and isinstance(read, Read):
                    return read, text
        return None
