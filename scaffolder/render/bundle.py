"""Build the git bundle that Copier reads the blueprints from.

The bundle holds `copier.yml` and `blueprints/` and nothing else: one commit for each version, each
with a tag that PEP 440 can order. Copier renders an update's old side from it, so a version once
given out stays in it.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from scaffolder.render.git import GitError, git

CONTENT = ("copier.yml", "blueprints")
IGNORED = "__pycache__/\n*.py[cod]\n.*_cache/\n.DS_Store\n"
_TAG = re.compile(r"v?[0-9][A-Za-z0-9.+!]*")


@dataclass(frozen=True, slots=True)
class History:
    """A bare repository in a temporary folder, from which a bundle is written."""

    folder: Path
    checkout: Path

    def git(self, *arguments: str, stdin: str | None = None, **env: str) -> str:
        """Run git on this history with a fixed author, so that equal input gives equal commits."""
        fixed = {"GIT_DIR": str(self.folder), **_IDENTITY, **env}
        return git(*arguments, cwd=self.folder, env=fixed, stdin=stdin)

    def tags(self) -> list[str]:
        """The versions, oldest first."""
        return ordered(self.git("tag", "--list").split())

    def tree_of(self, tag: str) -> str:
        """The tree of a version."""
        return self.git("rev-parse", f"{tag}^{{tree}}").strip()

    def present_tree(self) -> str:
        """The checkout's files, uncommitted changes included, ignored files left out."""
        env = {"GIT_WORK_TREE": str(self.checkout), "GIT_INDEX_FILE": str(self.folder / "present")}
        plain = ("-c", "core.autocrlf=false", "-c", "core.excludesFile=")
        git(
            *plain,
            *("add", "--all", "--", *CONTENT),
            cwd=self.checkout,
            env={"GIT_DIR": str(self.folder), **env},
        )
        return self.git("write-tree", **env).strip()

    def add(self, tag: str, tree: str, date: str) -> None:
        """One more version, after all others."""
        tip = self.git("rev-list", "--max-count=1", "--all").strip()
        parent = ("-p", self.git("rev-parse", "HEAD").strip()) if tip else ()
        dated = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        commit = self.git("commit-tree", tree, *parent, "-m", f"Blueprints {tag}", **dated).strip()
        self.git("update-ref", "refs/heads/main", commit)
        self.git("update-ref", f"refs/tags/{tag}", commit)

    def write(self, target: Path) -> None:
        """Write the bundle, at once or not at all."""
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
        self.git("bundle", "create", "--quiet", str(partial), "--all", "HEAD")
        partial.replace(target)


_IDENTITY = {
    "GIT_AUTHOR_NAME": "parity",
    "GIT_AUTHOR_EMAIL": "parity@localhost",
    "GIT_COMMITTER_NAME": "parity",
    "GIT_COMMITTER_EMAIL": "parity@localhost",
}
EPOCH = "2000-01-01T00:00:00Z"


@contextmanager
def opened(checkout: Path, base: Path | None = None) -> Iterator[History]:
    """A history that begins with what `base` (another bundle) holds."""
    with tempfile.TemporaryDirectory(prefix="parity-bundle-") as name:
        history = History(Path(name) / "history.git", checkout)
        git(
            "init",
            "--quiet",
            "--bare",
            "--initial-branch=main",
            str(history.folder),
            cwd=Path(name),
        )
        (history.folder / "info" / "exclude").write_text(IGNORED, encoding="ascii")
        if (objects := _objects(checkout)) is not None:
            alternates = history.folder / "objects" / "info" / "alternates"
            alternates.write_text(f"{objects}\n", encoding="utf-8")
        if base is not None:
            refs = ("+refs/heads/main:refs/heads/main", "+refs/tags/*:refs/tags/*")
            history.git("fetch", "--quiet", str(base), *refs)
        yield history


def build(checkout: Path, version: str, target: Path) -> str:
    """Write the bundle of a release: the tagged versions of the checkout, then the present one.

    Returns the tag of the present version. A release whose tag is there already, with other
    blueprints, gets a post-release tag: two versions that differ never share a name.
    """
    with opened(checkout) as history:
        for tag, tree, date in releases(history):
            history.add(tag, tree, date)
        tag = _present_tag(history, f"v{version}", history.present_tree())
        history.write(target)
        return tag


def _present_tag(history: History, tag: str, tree: str) -> str:
    if tag not in history.tags():
        history.add(tag, tree, EPOCH)
        return tag
    if history.tree_of(tag) == tree:
        return tag
    return _present_tag(history, _next_post(tag), tree)


def _next_post(tag: str) -> str:
    version = Version(tag)
    return f"v{version.base_version}.post{(version.post or 0) + 1}"


def releases(history: History) -> list[tuple[str, str, str]]:
    """Tag, tree (blueprints only) and date of each release of the checkout, oldest first."""
    found = []
    for tag in ordered(_checkout_tags(history.checkout)):
        entries = git("ls-tree", tag, *CONTENT, cwd=history.checkout)
        if len(entries.splitlines()) < len(CONTENT):
            continue  # a release from before the blueprints lay here
        tree = history.git("mktree", stdin=entries).strip()
        date = git("log", "-1", "--format=%cI", tag, cwd=history.checkout).strip()
        found.append((tag, tree, date))
    return found


def ordered(tags: list[str]) -> list[str]:
    """Those tags that name a final version, oldest first."""
    versions = {tag: version for tag in tags if (version := _version(tag)) is not None}
    return sorted(versions, key=lambda tag: versions[tag])


def _version(tag: str) -> Version | None:
    try:
        version = Version(tag) if _TAG.fullmatch(tag) else None
    except InvalidVersion:
        return None
    return None if version is None or version.is_prerelease else version


def _checkout_tags(checkout: Path) -> list[str]:
    if _objects(checkout) is None:
        return []
    return git("tag", "--list", "v*", cwd=checkout).split()


def _objects(checkout: Path) -> Path | None:
    """Where the checkout's repository keeps its objects; None for an unpacked source archive."""
    if not (checkout / ".git").exists():
        return None
    try:
        return (
            checkout / git("rev-parse", "--git-path", "objects", cwd=checkout).strip()
        ).resolve()
    except GitError:
        return None  # a repository of another user, say: then the files alone have to do
