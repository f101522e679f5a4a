"""Render into a temporary folder: the only place where Copier runs."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Literal

from scaffolder.errors import BadInput
from scaffolder.render.preflight import SPEC, Target
from scaffolder.render.template import Template

Kind = Literal["added", "changed", "unchanged", "kept", "deleted", "conflict"]
KEPT = ("noxfile.py", "tests/parity/local/*")
"""What `_skip_if_exists` of copier.yml says: written once, the team's own from then on."""


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one file, and why where that needs a word."""

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
        _copy(folder, target.answers_name, template, answers)
        yield folder


def _copy(folder: Path, answers_name: str, template: Template, data: dict[str, Any]) -> None:
    """Run Copier in this process, without questions, output, or the user's own Copier settings.

    Raises RenderError with what Copier, jinja or git said; for our own blueprints the error itself:
    that is a bug.
    """
    import copier
    from copier.errors import CopierError
    from jinja2 import TemplateError
    from plumbum import ProcessExecutionError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            copier.run_copy(
                template.place,
                folder,
                data=data,
                answers_file=answers_name,
                vcs_ref=template.ref,
                settings=copier.Settings(),
                defaults=True,
                overwrite=True,
                quiet=True,
            )
    except (CopierError, TemplateError, ProcessExecutionError, ValueError) as error:
        if template.ours:
            raise
        raise RenderError(f"{template.place} cannot be rendered: {error}") from error


def kept(name: str) -> bool:
    """Whether a file is never touched once it is there."""
    return any(fnmatch(name, pattern) for pattern in KEPT)


def files(folder: Path) -> list[str]:
    """Every rendered file, relative, in order; the spec is not rendered."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(name for path in found if (name := path.relative_to(folder).as_posix()) != SPEC)
