"""Find the version, and the spec, that a harness without answers file was made from."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from scaffolder.render.git import GitError, git
from scaffolder.render.merge import plain
from scaffolder.render.preflight import SPEC, Target
from scaffolder.render.preview import files, kept, rendered
from scaffolder.render.template import Template, versions

VERBATIM = ("blueprints/harness/", "blueprints/checks/")
REVISIONS = 10
"""How many former states of parity.yaml are tried."""


def nearest(target: Target, template: Template) -> Template:
    """The version whose copied files most resemble those of the repository, the newest of equals.

    The template as it is when none of its files is there, and when it is not one of our bundles.
    """
    if not template.ours:
        return template
    best, most = template, 0
    for tag, blobs in _blobs(Template(template.place, None)):
        equal = sum(_blob(target.root / name) == blob for name, blob in blobs.items())
        if equal and equal >= most:
            best, most = Template(template.place, tag), equal
    return best


def likeliest_spec(target: Target, template: Template) -> Any:
    """The state of parity.yaml whose rendering most resembles the repository's files."""
    best: Any = None
    nearest: int | None = None
    for spec in _specs(target):
        data = {"folder": target.folder, "spec": spec}
        with rendered(target, template, data) as folder:
            names = [one for one in files(folder) if one != target.answers_name and not kept(one)]
            distance = sum(_distance(folder / name, target.root / name) for name in names)
        if nearest is None or distance < nearest:
            best, nearest = spec, distance
        if not distance:
            break
    return best


def _distance(generated: Path, present: Path) -> int:
    """How many lines one of the two has and the other has not."""
    one = Counter(generated.read_bytes().splitlines())
    there = plain(present.read_bytes()) if present.is_file() else b""
    other = Counter(there.splitlines())
    return ((one - other) + (other - one)).total()


def _specs(target: Target) -> Iterator[Any]:
    """parity.yaml as it is, then its former states, as far as they are valid today."""
    from scaffolder.spec.load import check

    yield yaml.safe_load(target.spec_file.read_bytes())
    try:
        log = git("log", f"-{REVISIONS}", "--format=%H", "--", SPEC, cwd=target.root)
    except GitError:
        return  # nothing was ever committed
    for commit in log.split():
        try:
            raw = git("show", f"{commit}:./{SPEC}", cwd=target.root).encode()
        except GitError:
            continue  # the commit deleted it
        if not check(raw)[1]:
            yield yaml.safe_load(raw)


def _blobs(template: Template) -> Iterator[tuple[str, dict[str, str]]]:
    """Of each version, the files that are copied byte for byte: path in the harness -> blob."""
    place = Path(template.place).expanduser()
    with tempfile.TemporaryDirectory(prefix="parity-versions-") as name:
        history = Path(name) / "history.git"
        git("clone", "--quiet", "--bare", str(place), str(history), cwd=Path(name))
        for tag in versions(template.place):
            listed = git("ls-tree", "-r", "-z", tag, "--", *VERBATIM, cwd=history)
            entries = (entry.split("\t") for entry in listed.split("\0") if entry)
            yield tag, {_place(path): meta.split()[2] for meta, path in entries}


def _place(path: str) -> str:
    harness, checks = VERBATIM
    if path.startswith(checks):
        return f"tests/parity/{path.removeprefix(checks)}"
    return path.removeprefix(harness)


def _blob(path: Path) -> str | None:
    if not path.is_file():
        return None
    content = plain(path.read_bytes())
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).hexdigest()
