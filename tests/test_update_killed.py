"""SIGKILL at every write: the next command takes back what was half done, or completes it."""

from __future__ import annotations

import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from click.testing import CliRunner
from lifecycle import first_harness, identity, parity, scaffolded, tree
from repositories import JOURNEY, REFUND, SPEC, Repository, blueprints, home, shared_home

from scaffolder.cli import cli
from scaffolder.render import harness, journal, merge, preview, update
from scaffolder.render import template as template_module
from scaffolder.render.git import git
from scaffolder.render.preflight import Target, target
from scaffolder.render.preview import rendered
from scaffolder.render.sources import sides
from scaffolder.render.template import Template, template

__all__ = ["blueprints", "first_harness", "home", "identity", "scaffolded", "shared_home"]
pytestmark = pytest.mark.usefixtures("home")


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


ENVIRONMENT = "  - {id: environment, tier: smoke, budget: 60s}\n"
WRITING = ("add", "commit", "reset", "update-index", "hash-object")


def nothing(*_: Any, **__: Any) -> None:
    """Death came before anything happened."""


def _half(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content[: len(content) // 2])


class Killer:
    """Counts what writes, and dies in the middle of one of them, or right after it."""

    def __init__(self, at: int, root: Path) -> None:
        self.left = at
        self.root = root

    def wrap(self, real: Callable[..., Any], half: Callable[..., Any] = nothing) -> Any:
        """A call on a path inside; `half` is what has happened when death comes in the middle."""

        def counted(path: Any, *arguments: Any, **named: Any) -> Any:
            inside = Path(path).is_relative_to(self.root)
            return self._count(inside, real, half, path, *arguments, **named)

        return counted

    def wrap_git(self, real: Callable[..., Any]) -> Any:
        """Only what writes: a kill while git only reads is one between two writes."""

        def counted(command: list[str], *arguments: Any, **named: Any) -> Any:
            return self._count(command[1] in WRITING, real, nothing, command, *arguments, **named)

        return counted

    def _count(
        self,
        counts: bool,
        real: Callable[..., Any],
        half: Callable[..., Any],
        *a: Any,
        **named: Any,
    ) -> Any:
        self.left -= counts
        if counts and self.left == 0:
            half(*a, **named)
            _die()
        answer = real(*a, **named)
        self.left -= counts
        if counts and self.left == 0:
            _die()
        return answer


def killed_at(number: int, root: Path, work: Callable[[], object]) -> bool:
    """Do it in a child that dies at its n-th point; False when it lived to the end."""
    child = os.fork()
    if child == 0:
        killer = Killer(number, root)
        vars(os)["replace"] = killer.wrap(os.replace)
        Path.write_bytes = killer.wrap(Path.write_bytes, _half)  # type: ignore[method-assign]
        Path.write_text = killer.wrap(Path.write_text)  # type: ignore[method-assign]
        for name in ("unlink", "mkdir", "rmdir", "chmod"):
            setattr(Path, name, killer.wrap(getattr(Path, name)))
        vars(subprocess)["run"] = killer.wrap_git(subprocess.run)
        try:
            work()
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
    while killed_at(number, there.root, lambda: journal.apply(there, steps)):
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
        steps = merge.first(folder, there.root)
    assert killed_at(101, there.root, lambda: journal.apply(there, steps))
    assert repository.status() != []

    done = parity("scaffold", repository.root)

    assert "took back what an interrupted command wrote" in done.stderr
    assert tree(repository.root) == tree(whole.root)


def test_a_dry_run_after_a_kill_names_the_command_that_mends_it(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")
    before = tree(repository.root)
    there = target(repository.root)
    with rendered(there, template()) as folder:
        steps = merge.first(folder, there.root)
    assert killed_at(60, there.root, lambda: journal.apply(there, steps))

    refused = parity("scaffold", repository.root, "--dry-run", code=2)
    assert "parity update --undo" in refused.stderr
    parity("update", repository.root, "--undo")
    assert tree(repository.root) == before


def test_what_was_edited_after_the_kill_is_not_lost(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")
    there = target(repository.root)
    with rendered(there, template()) as folder:
        steps = merge.first(folder, there.root)
    assert killed_at(101, there.root, lambda: journal.apply(there, steps))
    written = next(line[3:] for line in repository.status() if line.endswith("copier-answers.yml"))
    repository.write(written, "edited since\n")

    refused = parity("scaffold", repository.root, code=2)

    assert written in refused.stderr
    assert repository.read(written) == "edited since\n"


def test_taking_back_can_itself_be_killed_at_any_point(scaffolded: Repository) -> None:
    scaffolded.edit(JOURNEY, '"sku": "A1"', '"sku": "OURS"')
    text = SPEC.replace("checks:\n", f"{REFUND}checks:\n").replace("{sku: A1,", "{sku: B7,")
    scaffolded.write("parity.yaml", text)
    scaffolded.commit("both")
    there = target(scaffolded.root)
    steps = update.planned(there, sides(there, template(), named=False), delete_edited=False)
    before = tree(there.root)
    number = 1
    journal.apply(there, steps)

    while killed_at(number, there.root, lambda: journal.undo(there)):
        if journal.interrupted(there):
            journal.recover(there)
        elif tree(there.root) != before:  # it died before the first step back
            journal.undo(there)
        assert tree(there.root) == before, number
        assert scaffolded.status() == [], number
        journal.apply(there, steps)
        number += 1

    assert number > 12
    assert tree(there.root) == before


STRIDE = 10
"""Of each command every 10th point is in one test; together they are all."""
COMMANDS = {
    "scaffold": ("scaffold", "--yes"),
    "update": ("update", "--yes"),
    "adopt": ("adopt", "--merge"),
}


@pytest.fixture
def rendered_once(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Copier renders each side once, and what is copied often is left out: a kill is then quick."""
    real, there = preview._copy, template()
    known: dict[str, bytes] = {}

    def remembered(folder: Path, answers: str, template: Template, data: dict[str, Any]) -> None:
        key = repr((answers, template, data, (folder / "parity.yaml").read_text()))
        if key not in known:
            real(folder, answers, template, data)
            for one in (folder / "tests/parity/support").iterdir():
                if one.is_dir():
                    shutil.rmtree(one)
            known[key] = _packed(folder)
            return
        with tarfile.open(fileobj=io.BytesIO(known[key])) as archive:
            archive.extractall(folder)

    monkeypatch.setattr(preview, "_copy", remembered)
    monkeypatch.setattr(template_module, "template", lambda _: there)


def _packed(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(folder, arcname=".")
    return buffer.getvalue()


def _host(command: str, root: Path) -> Repository:
    """A repository in which the command adds, changes, deletes, and leaves a conflict."""
    repository = Repository(root)
    if command == "update":
        parity("scaffold", repository.root)
        repository.edit(JOURNEY, '"sku": "A1"', '"sku": "OURS"')
        repository.commit("harness, edited")
        text = SPEC.replace("checks:\n", f"{REFUND}checks:\n").replace("{sku: A1,", "{sku: B7,")
        text = text.replace("  - {id: imports, tier: smoke, budget: 15s}\n", ENVIRONMENT)
        repository.write("parity.yaml", text)
        return repository
    repository.write("noxfile.py", "import nox\n")
    if command == "adopt":
        repository.write("parity_nox.py", "ours = 1\n")
    repository.commit("host")
    return repository


@pytest.mark.usefixtures("rendered_once", "identity")
@pytest.mark.parametrize("command", list(COMMANDS))
@pytest.mark.parametrize(
    "offset",
    [
        pytest.param(one, marks=pytest.mark.family("killed command", sampled=one == 0))
        for one in range(STRIDE)
    ],
)
def test_a_whole_command_killed_at_any_write(tmp_path: Path, command: str, offset: int) -> None:
    """As it was, or complete, or one documented command away from either."""
    host = _host(command, tmp_path / "host")
    start, before = host.git("rev-parse", "HEAD").strip(), tree(host.root)
    arguments = [*COMMANDS[command], str(host.root)]
    code = int(command != "scaffold")  # a conflict is left
    parity(*arguments, code=code)
    complete = tree(host.root)
    _start_again(host, start, before)

    number = offset + 1
    while killed_at(number, host.root, lambda: cli.main(arguments, standalone_mode=False)):
        if number % 2:
            _undone(host, before, complete, number)
        else:
            done = CliRunner().invoke(cli, arguments)
            assert tree(host.root) == complete, (number, done.output)
        _start_again(host, start, before)
        number += STRIDE
    assert number > STRIDE


def _undone(
    host: Repository, before: dict[str, bytes], complete: dict[str, bytes], at: int
) -> None:
    there = tree(host.root)
    done = CliRunner().invoke(cli, ["update", "--undo", str(host.root)])
    if done.exit_code == 2:
        assert "no update to undo" in done.output, (at, done.output)
        assert there == before, at
    assert tree(host.root) == before, (at, done.output)


def _start_again(host: Repository, start: str, before: dict[str, bytes]) -> None:
    host.git("reset", "--quiet", "--hard", start)
    host.git("clean", "--quiet", "-ffdx")
    shutil.rmtree(host.root / ".git" / "parity", ignore_errors=True)
    (host.root / "parity.yaml").write_bytes(before["parity.yaml"])
    assert tree(host.root) == before


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
