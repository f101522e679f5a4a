"""What names mean across the modules of an application."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from scaffolder.scan.python import Module, dotted
from scaffolder.scan.repository import Repository
from scaffolder.scan.tree import join

_FOLLOWED = 6


@dataclass(slots=True)
class Names:
    """Modules by their dotted name, and texts by the name that settings give them."""

    repository: Repository
    _texts: dict[str, str | None] = field(default_factory=dict)
    _read: bool = False

    def module(self, name: str) -> Module | None:
        """`app.api.items`, seen from the source folder or (relative imports) from the root."""
        path = name.replace(".", "/")
        for base in (self.repository.application.source, self.repository.directory, "."):
            for end in (".py", "/__init__.py"):
                module = self.repository.python.by_path.get(join(base, path + end))
                if module is not None:
                    return module
        return None

    def variable(self, module: Module, node: ast.AST) -> tuple[str, str] | None:
        """(path, name) of what an expression such as `items.router` was bound to."""
        name = dotted(node)
        if not name:
            return None
        first = name.partition(".")[0]
        if first not in module.aliases:
            return (module.path, name) if "." not in name else None
        return self._where(module.qualified(node))

    def _where(self, name: str) -> tuple[str, str] | None:
        for _ in range(_FOLLOWED):  # a package may only pass a name on
            place, _, last = name.rpartition(".")
            module = self.module(place) if place else None
            if module is None:
                return None
            if last not in module.aliases:
                return module.path, last
            name = module.aliases[last]
        return None

    def text(self, node: ast.expr | None, module: Module) -> str | None:
        """A text with constants put in: `f"{settings.API_V1_STR}/users"`; None where unknown."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.JoinedStr):
            parts = [
                self.text(part.value if isinstance(part, ast.FormattedValue) else part, module)
                for part in node.values
            ]
            return None if None in parts else "".join(part for part in parts if part)
        if isinstance(node, ast.BinOp):
            return self._sum(node, module)
        if isinstance(node, ast.Name | ast.Attribute):
            name = dotted(node)
            if name in module.constants:
                return module.constants[name]
            return self._constants().get(name.rpartition(".")[2]) if name else None
        return None

    def _sum(self, node: ast.expr, module: Module) -> str | None:
        parts: list[str] = []
        while isinstance(node, ast.BinOp):
            right = self.text(node.right, module) if isinstance(node.op, ast.Add) else None
            if right is None:
                return None
            parts.append(right)
            node = node.left
        first = self.text(node, module)
        return None if first is None else "".join([first, *reversed(parts)])

    def _constants(self) -> dict[str, str | None]:
        """Texts that a module or a class of the application binds; None for an unclear name."""
        if not self._read:
            self._read = True
            for module in self.repository.shipped():
                for name, text in module.constants.items():
                    self._remember(name, text)
                for each in module.all(ast.ClassDef):
                    for node in each.body:
                        self._of_class(node)
        return self._texts

    def _of_class(self, node: ast.stmt) -> None:
        target: ast.expr | None = None
        if isinstance(node, ast.AnnAssign):
            target = node.target
        elif isinstance(node, ast.Assign):
            target = node.targets[0]
        value = getattr(node, "value", None)
        is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant) and is_text:
            self._remember(target.id, str(value.value))

    def _remember(self, name: str, text: str) -> None:
        self._texts[name] = text if self._texts.get(name, text) == text else None
