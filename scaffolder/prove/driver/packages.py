"""Which installed distributions the application's own code imports, or starts by their programs."""

from __future__ import annotations

import ast
import os
import shlex
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from types import ModuleType

from support.install.environment import Environment

LEFT_OUT = {"__pycache__", "node_modules", "site-packages", "tests", "test", "venv"}
Installed = dict[str, tuple[str, ...]]


def imported(settings: ModuleType, directory: Path, environment: Environment) -> Installed:
    """Distribution -> the names that it brings, as `import` knows them; sorted.

    Code that can't be read here (a newer Python's, say) imports nothing.
    """
    folders = sorted(environment.path.glob("lib/python*/site-packages"))
    own = {name.partition(".")[0] for name in settings.PACKAGES}
    names = {name for path in sources(directory) for name in imports(path)}
    programs = set(commands(settings))
    found: Installed = {}
    for one in metadata.distributions(path=[str(folder) for folder in folders]):
        brings = tops(one)
        scripts = {entry.name for entry in one.entry_points if entry.group == "console_scripts"}
        asked = any(is_of(name, brings) for name in names) or scripts & programs
        if asked and brings and not own & set(brings):
            found[one.metadata["Name"]] = brings
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def sources(directory: Path) -> Iterator[Path]:
    """Python files of the application, and of its migrations; no tests, no environments."""
    for folder, below, files in os.walk(directory):
        below[:] = [name for name in below if name not in LEFT_OUT and not name.startswith(".")]
        yield from (Path(folder, name) for name in files if name.endswith(".py"))


def imports(path: Path) -> Iterator[str]:
    """Absolute names that a file imports anywhere, also within functions."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def commands(settings: ModuleType) -> Iterator[str]:
    """Words of the application's commands: programs, and what `python -m` starts."""
    texts = [settings.START, *settings.DATABASE["migrate"], *settings.PREPARE]
    texts += [program["run"] for program in settings.WORKERS]
    for text in filter(None, texts):
        yield from shlex.split(text)


def tops(one: metadata.Distribution) -> tuple[str, ...]:
    """`yaml`, or `google.cloud` where several distributions share `google`."""
    files = [file.parts for file in one.files or () if file.suffix in (".py", ".so", ".pyd")]
    packages = {parts[:-1] for parts in files if parts[-1] == "__init__.py"}
    found = {
        top_package(parts, packages) if len(parts) > 1 else parts[0].partition(".")[0]
        for parts in files
        if ".." not in parts and all(part.isidentifier() for part in parts[:-1])
    }
    return tuple(sorted(found - {"", "__pycache__"}))


def top_package(parts: Sequence[str], packages: set[tuple[str, ...]]) -> str:
    """The outermost folder that is a package of this distribution."""
    for length in range(1, len(parts)):
        if tuple(parts[:length]) in packages:
            return ".".join(parts[:length])
    return ".".join([*parts[:-1], parts[-1].partition(".")[0]])


def is_of(name: str, brings: Sequence[str]) -> bool:
    """Whether an imported name lies in one of a distribution's."""
    return any(name == top or name.startswith(f"{top}.") for top in brings)
