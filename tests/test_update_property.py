"""Random years of a harness: no line that a team wrote is lost by any update.

Each sequence edits the spec, edits and deletes generated files, moves to newer blueprints, updates,
takes updates back, merges conflicts. Every line that was written by hand must afterwards be in a
file, between conflict markers, or in a file whose deletion was asked for and listed.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
from lifecycle import tree
from repositories import SPEC, Repository

from scaffolder.render import bundle, harness, journal, template
from scaffolder.render.preflight import target
from scaffolder.render.template import RELEASED, Template

SEQUENCES = 200
SAMPLED = 4
STEPS = 12
VERSIONS = ("v1.0.0", "v1.1.0", "v1.2.0", "v2.0.0")
CHECKS = ("imports", "environment", "engine", "timezone")
MARKERS = ("<<<<<<< ", "=======", ">>>>>>> ")


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with a bundle of four versions, each with other files and other wording."""
    root = tmp_path_factory.mktemp("releases")
    checkout = root / "checkout"
    here = Path(__file__).resolve().parents[1]
    support = here / "blueprints" / "harness" / "tests" / "parity" / "support"
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache", *_folders(support))
    shutil.copytree(here / "blueprints", checkout / "blueprints", ignore=ignored)
    shutil.copy(here / "copier.yml", checkout)
    history = Repository(checkout, spec=None)
    parity = "blueprints/harness/tests/parity"
    for number, version in enumerate(VERSIONS):
        history.write(f"{parity}/support/from_{number}.py", f"FIRST = {number}\n")
        (checkout / parity / "support" / f"from_{number - 2}.py").unlink(missing_ok=True)
        for name in ("documents/README.md.jinja", "sessions/parity_nox.py.jinja"):
            lines = history.read(f"blueprints/{name}").splitlines(keepends=True)
            lines[5 + number : 6 + number] = [f"# wording of {version}\n"]
            history.write(f"blueprints/{name}", "".join(lines))
        check = "blueprints/checks/check_engine.py"
        history.write(check, history.read(check) + f"\n\nVERSION = {number}\n")
        history.commit(version)
        history.git("tag", version)
    home = root / "home"
    bundle.build(checkout, "2.0.0", home / RELEASED.removeprefix("~/"))
    return home


def _folders(support: Path) -> list[str]:
    """Most of the support code: a render is quick without it, and the rest shows as much."""
    return [one.name for one in support.iterdir() if one.is_dir() and one.name != "run"]


@pytest.fixture(scope="module", autouse=True)
def compiled_once() -> Iterator[None]:
    """Each text of a template is compiled once for all sequences: half of the time goes there."""
    real = jinja2.Environment.compile
    known: dict[object, object] = {}

    def compile_once(
        self: Any, source: Any, name: Any = None, filename: Any = None, *more: Any
    ) -> object:
        if (key := (source, name, *more)) not in known:
            known[key] = real(self, source, name, filename, *more)
        else:
            self.preprocess(source, name, filename)  # here Copier forgets the last `yield`
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", compile_once)
        yield


class Life:
    """One repository, what its team wrote by hand, and what it agreed to lose."""

    def __init__(self, root: Path, chance: random.Random) -> None:
        self.repository = Repository(root, SPEC)
        self.chance = chance
        self.version = 0
        self.journeys = ["place-order"]
        self.checks = ["imports"]
        self.written: dict[str, str] = {}
        self.confirmed: set[str] = set()
        self.log: list[str] = []
        self.update()

    def edit_spec(self) -> None:
        """Add or drop a journey or a check, or change a value of one."""
        for names, every in ((self.journeys, "abcd"), (self.checks, CHECKS)):
            one = self.chance.choice(every)
            if one in names and len(names) > 1:
                names.remove(one)
            elif one not in names:
                names.insert(self.chance.randrange(len(names) + 1), one)
        sku = self.chance.choice("ABC")
        head, _, rest = SPEC.partition("journeys:\n")
        entry = rest.partition("checks:\n")[0].replace("A1", f"{sku}1")
        journeys = "".join(entry.replace("place-order", name) for name in self.journeys)
        checks = "".join(f"  - {{id: {one}, tier: smoke, budget: 15s}}\n" for one in self.checks)
        self.repository.write("parity.yaml", f"{head}journeys:\n{journeys}checks:\n{checks}")
        self.log.append(f"spec: {self.journeys} {self.checks} {sku}")
        self.commit("spec")

    def edit_file(self) -> None:
        """Write a line of one's own into a generated file: between two lines, or over one."""
        name = self.chance.choice(self.generated())
        lines = self.repository.read(name).splitlines(keepends=True)
        line = f"# by hand {len(self.written)}."
        at = self.chance.randrange(len(lines) + 1)
        over = self.chance.random() < 0.4 and not any("by hand" in one for one in lines[at:][:1])
        lines[at : at + over] = [f"{line}\n"]
        self.repository.write(name, "".join(lines))
        self.written[line] = name
        self.log.append(f"{line} {'over' if over else 'at'} {at} of {name}")
        self.commit("by hand")

    def delete_file(self) -> None:
        """Delete a generated file, and with it what was written into it."""
        name = self.chance.choice(self.generated())
        (self.repository.root / name).unlink()
        self.written = {line: file for line, file in self.written.items() if file != name}
        self.log.append(f"deleted {name}")
        self.commit("deleted")

    def new_version(self) -> None:
        self.version = min(self.version + self.chance.choice((1, 2)), len(VERSIONS) - 1)
        self.log.append(VERSIONS[self.version])

    def update(self) -> None:
        """Update; sometimes delete what was edited, sometimes take it back and do it again."""
        delete = self.chance.random() < 0.2
        before = tree(self.repository.root)
        done = self._apply(delete)
        if done.changes and self.chance.random() < 0.3:
            journal.undo(target(self.repository.root))
            assert tree(self.repository.root) == before, self.log
            done = self._apply(delete)
        self.log.append(f"update: {[(one.kind, one.path) for one in done.changes][:9]}")
        gone = {name for name in self.written.values() if name in self.confirmed}
        assert delete or not gone, self.log
        self.written = {line: name for line, name in self.written.items() if name not in gone}
        self.check()
        self._merge(done.conflicts)
        self.commit("updated")

    def _apply(self, delete: bool) -> harness.Scaffolded:
        self.confirmed = set()
        choices = harness.Choices(self._confirm, delete_edited=delete)
        place = Template(RELEASED, VERSIONS[self.version])
        return harness.scaffold(target(self.repository.root), place, choices)

    def _confirm(self, planned: harness.Scaffolded) -> None:
        self.confirmed = {one.path for one in planned.changes if one.kind == "deleted"}

    def _merge(self, conflicts: list[str]) -> None:
        """Keep both sides, as a careful person does who is in a hurry."""
        for name in conflicts:
            lines = self.repository.read(name).splitlines(keepends=True)
            kept = [one for one in lines if not one.startswith(MARKERS)]
            assert len(kept) < len(lines), (name, self.log)
            self.repository.write(name, "".join(kept))

    def check(self) -> None:
        """Every line is in the file that it was written into."""
        for line, name in self.written.items():
            path = self.repository.root / name
            assert path.is_file(), (line, name, self.log)
            assert line in path.read_text(), (line, name, self.log)

    def generated(self) -> list[str]:
        """The files that the last update left, but for what is the team's anyway."""
        names = self.repository.git("ls-files").splitlines()
        return [one for one in names if one not in ("parity.yaml", ".copier-answers.yml")]

    def commit(self, message: str) -> None:
        if self.repository.status():
            self.repository.commit(message)


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(seed, marks=pytest.mark.family("life of a harness", sampled=seed < SAMPLED))
        for seed in range(SEQUENCES)
    ],
)
def test_no_line_written_by_hand_is_lost(
    releases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setenv("HOME", str(releases))
    assert Path(template.RELEASED).expanduser().is_file()
    chance = random.Random(seed)
    life = Life(tmp_path / "shop", chance)
    steps = [life.edit_spec, life.edit_file, life.edit_file, life.delete_file]
    steps += [life.update, life.new_version]

    for _ in range(STEPS):
        chance.choice(steps)()
    life.update()

    assert life.repository.status() == []
