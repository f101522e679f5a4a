"""What a command without names means by the project file: its default groups, all its extras."""

from __future__ import annotations

from scaffolder.scan.manifest import manifest, strings, table
from scaffolder.scan.paths import is_file, parents
from scaffolder.scan.tree import Tree, join


def default_groups(tree: Tree, directory: str) -> list[str]:
    """The groups that uv installs unless it is told otherwise, as far as they exist."""
    found = manifest(tree, directory)
    groups = set(table(found.data, "dependency-groups"))
    if "dev-dependencies" in found.tool("uv"):
        groups.add("dev")
    named = found.tool("uv").get("default-groups", ["dev"])
    return sorted(groups) if named == "all" else [each for each in strings(named) if each in groups]


def extras(tree: Tree, directory: str) -> list[str]:
    """The extras of the project."""
    found = manifest(tree, directory)
    return sorted(table(found.project, "optional-dependencies") or found.tool("poetry", "extras"))


def scripts(tree: Tree, directory: str) -> set[str]:
    """Names of the console scripts that the project installs."""
    found = manifest(tree, directory)
    return {*table(found.project, "scripts"), *found.tool("poetry", "scripts")}


def nearest(tree: Tree, directory: str, name: str) -> str | None:
    """A file in a folder, or in the next one above that has it."""
    return next(
        (path for each in parents(directory) if is_file(tree, path := join(each, name))), None
    )
