"""Where the blueprints come from: the installed package, a checkout, or what the user names.

An answers file records the template's place, is committed, and is read on other machines. So the
bundle is copied to one place below the home folder, and recorded with `~`, which Copier expands.
"""

from __future__ import annotations

import fcntl
import filecmp
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scaffolder import __version__
from scaffolder.errors import Missing
from scaffolder.render import bundle
from scaffolder.render.git import git

CACHE = "~/.cache/parity-scaffolder"
RELEASED = f"{CACHE}/blueprints.bundle"
CHECKOUT = f"{CACHE}/checkout.bundle"
PACKAGE = Path(__file__).resolve().parents[1]


class TemplateUnavailable(Missing):
    """The template can't be had; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Template:
    """What Copier is given: `place` as it is recorded; the version's tag, None for the newest."""

    place: str
    ref: str | None

    @property
    def ours(self) -> bool:
        """Whether it is one of the bundles that this tool keeps."""
        return self.place in (RELEASED, CHECKOUT)

    @property
    def of_this_machine(self) -> bool:
        """Whether no other machine can be expected to have it."""
        return self.place.removeprefix("git+").startswith(("/", "file:"))


def template(source: str | None = None) -> Template:
    """What the user names, else the blueprints of the package, else those of the checkout.

    Raises TemplateUnavailable, and GitError of the git that builds a checkout's bundle.
    """
    if source is not None:
        return Template(_named(source), None)
    packaged = PACKAGE / "data" / "blueprints.bundle"
    if packaged.is_file():
        return _packaged(packaged)
    root = PACKAGE.parent
    if not (root / "copier.yml").is_file():
        raise TemplateUnavailable(
            f"no blueprints: neither {packaged} nor {root / 'copier.yml'} is there; "
            "reinstall parity-scaffolder"
        )
    return _checkout(root)


COPIER_KNOWS = ("git@", "git://", "git+", "https://github.com/", "https://gitlab.com/")


def _named(source: str) -> str:
    """A path that exists is made absolute: Copier can't update from a relative one.

    A URL that Copier would not know as one of git's is marked as such.
    """
    if "://" in source and not source.startswith(COPIER_KNOWS) and not source.endswith(".git"):
        return f"git+{source}"
    path = Path(source).expanduser()
    if source.startswith("~") or not path.exists():
        return source
    return str(path.resolve())


def _packaged(packaged: Path) -> Template:
    """Put the package's bundle in its place, unless a newer one, which holds it, is there."""
    own = versions(packaged)[-1]
    target = Path(RELEASED).expanduser()
    with _locked(target):
        there = versions(target) if target.is_file() else []
        newer = own in there and there[-1] != own
        if not newer and not (there and filecmp.cmp(packaged, target, shallow=False)):
            partial = target.with_suffix(".partial")
            shutil.copyfile(packaged, partial)
            partial.replace(target)
    return Template(RELEASED, own)


def _checkout(root: Path) -> Template:
    """Add the checkout's present files to its bundle as a new version, if they are new."""
    target = Path(CHECKOUT).expanduser()
    with _locked(target), bundle.opened(root, target if target.is_file() else None) as history:
        tree = history.present_tree()
        tags = history.tags()
        if tags and history.tree_of(tags[-1]) == tree:
            return Template(CHECKOUT, tags[-1])
        tag = f"v{__version__}.post{len(tags) + 1}+g{tree[:12]}"
        history.add(tag, tree, bundle.EPOCH)
        history.write(target)
        return Template(CHECKOUT, tag)


def versions(place: Path | str) -> list[str]:
    """The versions that a bundle or repository holds, oldest first. Raises GitError."""
    path = Path(place).expanduser()
    local = path.exists()
    named, cwd = (str(path), path.parent) if local else (_url(str(place)), Path.cwd())
    listed = git("ls-remote", "--tags", "--refs", "--", named, cwd=cwd)
    return bundle.ordered([line.partition("refs/tags/")[2] for line in listed.splitlines()])


def _url(place: str) -> str:
    """Copier's short names, written out."""
    for short, host in (("gh:", "github.com"), ("gl:", "gitlab.com")):
        if place.startswith(short):
            return f"https://{host}/{place.removeprefix(short)}"
    return place.removeprefix("git+")


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    """One process at a time: several may scaffold at once."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = target.with_suffix(".lock").open("w")
    except OSError as error:
        raise TemplateUnavailable(
            f"cannot write the blueprints to {target.parent}: {error.strerror}; "
            "set HOME to a folder of yours"
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
