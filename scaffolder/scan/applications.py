"""Which applications a repository holds."""

from __future__ import annotations

from scaffolder.scan.repository import Application
from scaffolder.scan.tree import Tree


def applications(tree: Tree) -> tuple[Application, ...]:
    """The most likely first."""
    return (Application(".", ".", (), ()),)
