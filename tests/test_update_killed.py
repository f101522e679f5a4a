"""SIGKILL at every write: the next command takes back what was half done, or completes it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from lifecycle import first_harness, parity, scaffolded, tree
from repositories import JOURNEY, REFUND, SPEC, Repository, blueprints, home, shared_home

from scaffolder.render import harness, journal, merge, update
from scaffolder.render.git import git
from scaffolder.render.preflight import Target, target
from scaffolder.render.preview import rendered
from scaffolder.render.sources import sides
from scaffolder.render.template import template

__all__ = ["blueprints", "first_harness", "home", "scaffolded", "shared_home"]
pytestmark = pytest.mark.usefixtures("home")


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def _half(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content[: len(content) // 2])


class Killer:
    """Counts what writes, and dies in the middle of one of them, or right after it."""

    def __init__(self, at: int) -> None:
        self.left = at

    def wrap(self, real: Callable[..., Any], half: Callable[..., Any]) -> Callable[..., Any]:
        """`half` is what has happened when death comes in the middle."""

        def counted(*arguments: Any, **named: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                half(*arguments, **named)
                _die()
            answer = real(*arguments, **named)
            self.left -= 1
            if self.left == 0:
                _die()
            return answer

        return counted


def killed_at(number: int, there: Target, steps: list[merge.Step]) -> bool:
    """Apply the steps in a child that dies at its n-th point; False when it lived to the end."""
    child = os.fork()
    if child == 0:
        killer = Killer(number)
        nothing = lambda *_, **__: None  # noqa: E731
        vars(os)["replace"] = killer.wrap(os.replace, nothing)
        Path.write_bytes = killer.wrap(Path.write_bytes, _half)  # type: ignore[method-assign]
        for name in ("unlink", "mkdir"):
            setattr(Path, name, killer.wrap(getattr(Path, name), nothing))
        vars(journal)["git"] = killer.wrap(git, nothing)
        try:
            journal.apply(there, steps)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def every_point_is_recovered(there: Target, steps: list[merge.Step]) -> int:
    """The number of points at which a kill was survived."""
    before = tree(there.root)
    index = harness_status(there)
    number = 1
    complete = before | {one.path: one.after for one in steps if one.after is not None}
    complete = {name: complete[name] for name in complete if name not in deleted(steps)}
    while killed_at(number, there, steps):
        if not journal.interrupted(there) and tree(there.root) == complete:
            journal.undo(there)  # the very last point: everything is written
        journal.recover(there)
        assert tree(there.root) == before, number
        assert harness_status(there) == index, number
        number += 1
    journal.undo(there)
    assert tree(there.root) == before
    return number - 1


def deleted(steps: list[merge.Step]) -> set[str]:
    return {one.path for one in steps if one.after is None}


def harness_status(there: Target) -> str:
    return git("status", "--porcelain", "--untracked-files=all", cwd=there.root)


def test_a_first_scaffold_is_taken_back_from_every_point(tmp_path: Path) -> None:
    there = target(Repository(tmp_path / "shop").root)
    with rendered(there, template()) as folder:
        steps = merge.first(folder, there.root)
    # all that differ in kind: the folders, a copy, a rendered file, the answers file
    steps = [one for one in steps if one.path.count("/") < 3][:12]

    assert every_point_is_recovered(there, steps) > 40
    assert not (there.root / "tests").exists()


def test_an_update_with_a_conflict_is_taken_back_from_every_point(scaffolded: Repository) -> None:
    scaffolded.edit(JOURNEY, '"sku": "A1"', '"sku": "OURS"')
    text = SPEC.replace("checks:\n", f"{REFUND}checks:\n").replace("{sku: A1,", "{sku: B7,")
    scaffolded.write("parity.yaml", text.replace("  - {id: imports, tier: smoke, budget: 15s}", ""))
    scaffolded.write("parity.yaml", scaffolded.read("parity.yaml").replace("checks:\n\n", ""))
    scaffolded.commit("both")
    there = target(scaffolded.root)
    steps = update.planned(there, sides(there, template(), named=False), delete_edited=False)
    kinds = {one.kind for one in steps}
    assert kinds == {"added", "changed", "deleted", "conflict"}

    assert every_point_is_recovered(there, steps) > 20


def test_the_same_command_again_completes_a_scaffold(tmp_path: Path) -> None:
    whole = Repository(tmp_path / "whole" / "shop")
    parity("scaffold", whole.root)
    repository = Repository(tmp_path / "shop")
    there = target(repository.root)
    with rendered(there, template()) as folder:
        assert killed_at(101, there, merge.first(folder, there.root))
    assert repository.status() != []

    done = parity("scaffold", repository.root)

    assert "took back what an interrupted command wrote" in done.stderr
    assert tree(repository.root) == tree(whole.root)


def test_a_dry_run_after_a_kill_names_the_command_that_mends_it(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")
    before = tree(repository.root)
    there = target(repository.root)
    with rendered(there, template()) as folder:
        assert killed_at(60, there, merge.first(folder, there.root))

    refused = parity("scaffold", repository.root, "--dry-run", code=2)
    assert "parity update --undo" in refused.stderr
    parity("update", repository.root, "--undo")
    assert tree(repository.root) == before


def test_what_was_edited_after_the_kill_is_not_lost(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")
    there = target(repository.root)
    with rendered(there, template()) as folder:
        assert killed_at(101, there, merge.first(folder, there.root))
    written = next(line[3:] for line in repository.status() if line.endswith("copier-answers.yml"))
    repository.write(written, "edited since\n")

    refused = parity("scaffold", repository.root, code=2)

    assert written in refused.stderr
    assert repository.read(written) == "edited since\n"


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(seed, marks=pytest.mark.family("killed update", sampled=seed < 2))
        for seed in range(20)
    ],
)
def test_a_real_process_killed_at_any_time(scaffolded: Repository, seed: int) -> None:
    scaffolded.write("parity.yaml", SPEC.replace("checks:\n", f"{REFUND}checks:\n"))
    scaffolded.commit("edit")
    process = subprocess.Popen(
        [sys.executable, "-m", "scaffolder", "update"],
        cwd=scaffolded.root,
        env={**os.environ, "PYTHONPATH": str(Path(harness.__file__).parents[2])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(random.Random(seed).uniform(0.1, 3))
    process.kill()
    process.wait()

    parity("update", scaffolded.root)

    assert "refund" in scaffolded.read("tests/parity/journey_refund_order.py")
    assert not [name for name in tree(scaffolded.root) if name.endswith(journal.TEMPORARY)]
    assert parity("update", scaffolded.root).stdout.startswith("nothing to do")
