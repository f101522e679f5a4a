"""Which files and folders a tree has, without a walk of its list for each question."""

from __future__ import annotations

from bisect import bisect_left

from scaffolder.scan.tree import Tree, join


def is_file(tree: Tree, path: str) -> bool:
    """Whether a path is one of the tree's files."""
    at = bisect_left(tree.files, path)
    return at < len(tree.files) and tree.files[at] == path


def is_folder(tree: Tree, path: str) -> bool:
    """Whether a file of the tree lies below a path."""
    at = bisect_left(tree.files, f"{path}/")
    return path == "." or (at < len(tree.files) and tree.files[at].startswith(f"{path}/"))


def inside(folder: str, path: str) -> str | None:
    """A path seen from a folder of the root; None where it leaves the root."""
    found = join(folder, path.lstrip("/")) if path else folder
    return None if found == ".." or found.startswith("../") else found


def parents(folder: str) -> list[str]:
    """A folder and the ones above it, up to the root: `a/b` -> a/b, a, the root."""
    parts = [] if folder == "." else folder.split("/")
    return ["/".join(parts[:end]) or "." for end in range(len(parts), -1, -1)]


def folder_of(path: str) -> str:
    """The folder that a file lies in."""
    return path.rpartition("/")[0] or "."
