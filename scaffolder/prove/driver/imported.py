"""Which distributions the application's code imports, and which of them a lock could lack."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name


@dataclass(slots=True)
class Use:
    """Modules that import something when they are loaded, and those that do so later, if at all."""

    loading: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Needed:
    """A distribution that only the code asks for, with the modules that it brings."""

    name: str
    modules: tuple[str, ...]
    use: Use


def candidates(source: Path, packages: Iterable[str], site: Path) -> list[Needed]:
    """What nothing else brings: each that is imported inside of functions only; and of those that
    are imported at once, the one that fewest modules import, since the others fail the sooner.
    """
    uses = imports(source, packages)
    installed = list(distributions(path=[str(site)]))
    brought = {name for one in installed if not _is_own(one) for name in _requires(one)}
    found: list[Needed] = []
    for one in installed:
        name = canonicalize_name(one.metadata["Name"] or "")
        modules = tuple(sorted(set(_modules(one)) & set(uses)))
        if modules and name not in brought:
            use = Use()
            for module in modules:
                use.loading |= uses[module].loading
                use.later |= uses[module].later
            found.append(Needed(name, modules, use))
    found.sort(key=lambda one: (len(one.use.loading), one.name))
    at_once = [one for one in found if one.use.loading]
    return [one for one in found if not one.use.loading] + at_once[:1]


def imports(source: Path, packages: Iterable[str]) -> dict[str, Use]:
    """Top-level names that the packages import; neither the standard library nor each other."""
    own = set(packages)
    found: dict[str, Use] = {}
    for package in own:
        for path in [source / f"{package}.py", *sorted((source / package).rglob("*.py"))]:
            if not path.is_file():
                continue
            for name, later in _imported(path):
                if name not in own and name not in sys.stdlib_module_names:
                    use = found.setdefault(name, Use())
                    (use.later if later else use.loading).add(path.relative_to(source).as_posix())
    return found


def _imported(path: Path) -> Iterator[tuple[str, bool]]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, later = waiting.pop()
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], later) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0], later
        inner = later or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        waiting += [(child, inner) for child in ast.iter_child_nodes(node)]


def _modules(one: Distribution) -> Iterator[str]:
    for file in one.files or ():
        first = file.parts[0]
        if len(file.parts) > 1 and not first.endswith((".dist-info", ".data")) and first != "..":
            yield first
        elif len(file.parts) == 1 and first.endswith(".py"):
            yield first[:-3]


def _is_own(one: Distribution) -> bool:
    """The project itself asks for all that it imports: it is installed from its folder."""
    return '"dir_info"' in (one.read_text("direct_url.json") or "")


def _requires(one: Distribution) -> Iterator[str]:
    for text in one.requires or ():
        try:
            needed = Requirement(text)
        except InvalidRequirement:
            continue
        if needed.marker is None or "extra" not in str(needed.marker):
            yield canonicalize_name(needed.name)
