"""The steps of an update: new spec and new blueprints come in, what the team edited stays."""

from __future__ import annotations

import yaml

from scaffolder.render.git import git
from scaffolder.render.merge import Rules, Step, steps
from scaffolder.render.preflight import SPEC, Refused, Target
from scaffolder.render.preview import rendered
from scaffolder.render.sources import Sides, last_rendering, recorded_answers


def is_current(target: Target, sides: Sides) -> bool:
    """Whether the harness was made from this very spec, version and place: nothing to update."""
    recorded = recorded_answers(target)
    return (
        (recorded.place, recorded.ref) == (sides.new.place, sides.new.ref)
        and recorded.spec == present_spec(target)
        and recorded.data.get("folder") == target.folder
    )


def present_spec(target: Target) -> object:
    """parity.yaml as Copier reads it."""
    with target.spec_file.open(encoding="utf-8-sig") as spec_file:
        return yaml.safe_load(spec_file)


def planned(target: Target, sides: Sides, *, delete_edited: bool) -> list[Step]:
    """What the update does to each file; nothing is written."""
    rules = Rules(target.answers_name, delete_edited)
    with last_rendering(target, sides.old) as old, rendered(target, sides.new) as new:
        return steps(old, new, target.root, rules)


def require_committed(target: Target, planned: list[Step]) -> None:
    """Raises Refused with the files of an update that git does not have as they are."""
    touched = [SPEC, *(one.path for one in planned if one.writes)]
    if names := uncommitted(target, touched):
        raise Refused(
            "an update needs these files committed, so that its changes can be told from yours; "
            "commit or stash them first:",
            names,
        )


def unmerged(target: Target) -> list[str]:
    """Files that a merge or an earlier update left in conflict, relative to the target."""
    listed = git("ls-files", "--unmerged", "-z", "--", ".", cwd=target.root)
    return sorted({entry.partition("\t")[2] for entry in listed.split("\0") if entry})


def uncommitted(target: Target, names: list[str]) -> list[str]:
    """Those files that differ from the last commit, or were never committed."""
    listed = git("status", "--porcelain", "-z", "--", *names, cwd=target.root)
    return [entry[3:] for entry in listed.split("\0") if len(entry) > 3]
