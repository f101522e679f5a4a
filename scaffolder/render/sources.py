"""The two sides of an update: what the harness was made from, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from packaging.version import InvalidVersion, Version

from scaffolder.render.git import GitError
from scaffolder.render.merge import plain
from scaffolder.render.preflight import Answers, Refused, Target
from scaffolder.render.preview import RenderError, files, kept, rendered
from scaffolder.render.template import CHECKOUT, RELEASED, Template, TemplateUnavailable, versions

SAME = 0.5
"""Share of equal files from which on two templates of one version count as the same."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Template of the last rendering and of the next one; what the user has to know of both."""

    old: Template
    new: Template
    notes: list[str] = field(default_factory=list)


def sides(target: Target, current: Template, *, named: bool) -> Sides:
    """Where to render from; `named`: the user chose `current`, which replaces what is recorded.

    Another template than ours is updated from its own place, unless that can't be reached.
    Raises Refused and TemplateUnavailable.
    """
    recorded = recorded_answers(target)
    before = Template(recorded.place, recorded.ref)
    if not before.ours:
        return _foreign(target, before, current, named=named)
    held = _held(recorded)
    if held is None:
        raise TemplateUnavailable(_unavailable(recorded))
    return Sides(held, _not_older(current, held))


def recorded_answers(target: Target) -> Answers:
    """What the last rendering recorded; raises Refused without it."""
    if target.answers is None:
        raise Refused(
            f"no answers file in {target.root}: nothing to update; `parity scaffold` writes a "
            "harness, `parity adopt` takes over one that has none"
        )
    return target.answers


@contextmanager
def last_rendering(target: Target, old: Template) -> Iterator[Path]:
    """A temporary folder with the harness as the last rendering left it."""
    recorded = recorded_answers(target)
    known = {name: value for name, value in recorded.data.items() if not name.startswith("_")}
    with rendered(target, old, known) as folder:
        yield folder


def _foreign(target: Target, before: Template, current: Template, *, named: bool) -> Sides:
    after = current if named else Template(before.place, _newest(before.place))
    try:
        with last_rendering(target, before):
            return Sides(before, after)
    except RenderError as error:
        held = _held(recorded_answers(target))
        if held is None or not _made_by(target, held):
            raise TemplateUnavailable(
                f"the harness was made from {before.place}, version {before.ref}, which can't be "
                f"used here, and no version of parity's own is the same: {error}\n"
                "Mend `_src_path` in the answers file, or name the place with --template"
            ) from error
    after = current if named else _not_older(current, held)
    note = f"{before.place} can't be reached from here: updated from {after.place} instead"
    return Sides(held, after, [note])


def _newest(place: str) -> str | None:
    """The newest version there; None leaves it to Copier, also to say why it can't be read."""
    try:
        return next(reversed(versions(place)), None)
    except GitError:
        return None


def _made_by(target: Target, template: Template) -> bool:
    """Whether most files of the harness are as this template writes them."""
    with last_rendering(target, template) as folder:
        names = [one for one in files(folder) if one != target.answers_name and not kept(one)]
        there = [name for name in names if (target.root / name).is_file()]
        same = [
            name
            for name in there
            if plain((target.root / name).read_bytes()) == (folder / name).read_bytes()
        ]
    return len(same) > len(names) * SAME


def _held(recorded: Answers) -> Template | None:
    """The recorded version, in one of our bundles on this machine."""
    places = [recorded.place, *(one for one in (RELEASED, CHECKOUT) if one != recorded.place)]
    content = recorded.ref.partition("+g")[2]
    for place in places:
        if not Template(place, None).ours or not Path(place).expanduser().is_file():
            continue
        for tag in versions(place):
            # Checkouts number their versions each for itself; equal content is the same version.
            if tag == recorded.ref or (content and tag.endswith(f"+g{content}")):
                return Template(place, tag)
    return None


def _unavailable(recorded: Answers) -> str:
    path = Path(recorded.place).expanduser()
    newest = (
        f"does not hold it (its newest is {versions(recorded.place)[-1]})"
        if path.is_file()
        else "is not on this machine"
    )
    return (
        f"the harness was made from version {recorded.ref}; {recorded.place} {newest}: "
        "run the parity that made it, or a newer one; `parity adopt` finds the nearest version "
        "that this parity has, and goes on from there"
    )


def _not_older(current: Template, held: Template) -> Template:
    if current.ours and _older(current.ref, held.ref):
        raise Refused(
            f"the harness was made from version {held.ref}, this is {current.ref}: "
            "upgrade parity-scaffolder"
        )
    return current


def _older(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return False
    try:
        return Version(one) < Version(other)
    except InvalidVersion:
        return False
