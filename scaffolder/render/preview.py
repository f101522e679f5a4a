"""Render into a temporary folder, and compare that with the repository."""

from __future__ import annotations

import difflib
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from scaffolder.errors import BadInput
from scaffolder.render.preflight import SPEC, Target, in_the_way
from scaffolder.render.template import Template

Kind = Literal["added", "changed", "unchanged", "kept", "deleted", "conflict"]
KEPT = ("noxfile.py",)  # `_skip_if_exists` of copier.yml


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one file; `why` belongs to a conflict."""

    path: str
    kind: Kind
    why: str = ""


class RenderError(BadInput):
    """A template that is not ours can't be rendered."""


@contextmanager
def rendered(
    target: Target, template: Template, data: Mapping[str, Any] | None = None
) -> Iterator[Path]:
    """A temporary folder with the harness of the target's parity.yaml, or of recorded answers."""
    with tempfile.TemporaryDirectory(prefix="parity-render-") as name:
        folder = Path(name) / (target.root.name or "repository")
        folder.mkdir()
        shutil.copyfile(target.spec_file, folder / SPEC)
        answers = {"folder": target.folder} if data is None else dict(data)
        run_copier("copy", folder, target.answers_name, template, answers)
        yield folder


def run_copier(
    operation: Literal["copy", "update"],
    folder: Path,
    answers_name: str,
    template: Template,
    data: dict[str, Any],
) -> None:
    """Run Copier in this process, without questions, output, or the user's own Copier settings.

    Raises RenderError with what Copier, jinja or git said; for our own blueprints the error itself:
    that is a bug.
    """
    import copier
    from copier.errors import CopierError
    from jinja2 import TemplateError
    from plumbum import ProcessExecutionError

    options: dict[str, Any] = {
        "data": data,
        "answers_file": answers_name,
        "vcs_ref": template.ref,
        "settings": copier.Settings(),
        "defaults": True,
        "overwrite": True,
        "quiet": True,
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if operation == "copy":
                copier.run_copy(template.place, folder, **options)
            else:
                copier.run_update(folder, conflict="inline", **options)
    except (CopierError, TemplateError, ProcessExecutionError, ValueError) as error:
        if template.ours:
            raise
        raise RenderError(f"{template.place} cannot be rendered: {error}") from error


def files(folder: Path) -> list[str]:
    """Every rendered file, relative, in order; the spec is not rendered."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(name for path in found if (name := path.relative_to(folder).as_posix()) != SPEC)


def compare(folder: Path, root: Path) -> list[Change]:
    """What a first rendering would do in the repository, file by file."""
    return [_change(folder, root, name) for name in files(folder)]


def _change(folder: Path, root: Path, name: str) -> Change:
    blocked = in_the_way(root, name)
    if blocked is not None:
        return Change(name, "conflict", blocked)
    there = root / name
    if not there.exists():
        return Change(name, "added")
    if there.read_bytes() == (folder / name).read_bytes():
        return Change(name, "unchanged")
    if name in KEPT:
        return Change(name, "kept")
    return Change(name, "conflict", "not written by parity")


def diff(folder: Path, changes: list[Change]) -> str:
    """The added files as a unified diff."""
    lines: list[str] = []
    for change in changes:
        if change.kind == "added":
            text = (folder / change.path).read_text(encoding="utf-8").splitlines(keepends=True)
            lines += difflib.unified_diff([], text, "/dev/null", f"b/{change.path}")
    return "".join(lines)
