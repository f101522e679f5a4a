"""An edited parity.yaml is committed before an update, so that the two can be told apart."""

from __future__ import annotations

from scaffolder.render.git import git
from scaffolder.render.preflight import SPEC, Target
from scaffolder.render.update import uncommitted


def spec_is_committed(target: Target) -> bool:
    """Whether git has parity.yaml as it is."""
    return not uncommitted(target, [SPEC])


def commit_spec(target: Target) -> str:
    """Commit parity.yaml and nothing else; the short name of the commit.

    Raises GitError, with what a hook of the team's said.
    """
    git("add", "--", SPEC, cwd=target.root)
    git("commit", "--quiet", "--message", f"Edit {SPEC}", "--", SPEC, cwd=target.root)
    return git("rev-parse", "--short", "HEAD", cwd=target.root).strip()
