"""The command line: `parity --help`, and `parity scaffold` beside Copier alone."""

from __future__ import annotations

import itertools
import shutil
import sys
from pathlib import Path

from measure.timing import Row, alternate, run
from scaffolder.demo.examples import examples
from scaffolder.demo.trial import Trial

BIN = Path(sys.executable).parent
HELP_SECONDS = 0.150
SCAFFOLD_SECONDS = 1.5
EXAMPLE = "fastapi-shop"


def measure_help(times: int) -> Row:
    """`parity --help` beside `copier --version`, each once before without being counted."""
    commands = {"parity": [str(BIN / "parity"), "--help"], "copier": [str(BIN / "copier"), "-v"]}
    for command in commands.values():
        run(command)
    found = alternate(
        times, parity=lambda: run(commands["parity"]), copier=lambda: run(commands["copier"])
    )
    return Row(
        "help",
        "parity --help",
        found["parity"],
        {"copier --version": found["copier"]},
        target=HELP_SECONDS,
    )


def measure_scaffold(folder: Path, times: int) -> Row:
    """`parity scaffold` into a fresh repository, beside a plain copy of the same files."""
    example = scaffolded(folder)  # makes the bundle of the blueprints when there is none yet
    made = sorted(set(files(example)) - set(files(examples()[EXAMPLE].folder)))
    template = plain_template(folder / "template", example, made)
    numbers = itertools.count()

    def scaffold() -> float:
        trial = Trial.begin(examples()[EXAMPLE], folder / f"repository-{next(numbers)}")
        return run([str(BIN / "parity"), "scaffold", "--yes", "."], cwd=trial.folder)

    def copy() -> float:
        target = folder / f"copy-{next(numbers)}"
        options = ["copy", "--quiet", "--defaults"]
        return run([str(BIN / "copier"), *options, str(template), str(target)])

    copy()
    found = alternate(times, scaffold=scaffold, copy=copy)
    return Row(
        "scaffold",
        f"parity scaffold, {len(made)} files",
        found["scaffold"],
        {f"copier copy, {len(made)} files": found["copy"]},
        target=SCAFFOLD_SECONDS,
    )


def scaffolded(folder: Path, name: str = "example") -> Path:
    """A repository in `folder` with the example and its harness, made when it is not there."""
    if not (folder / name).exists():
        Trial.begin(examples()[EXAMPLE], folder / name).scaffold()
    return folder / name


def files(folder: Path) -> list[Path]:
    """Relative to the folder, without git's own."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [path for path in found if path.parts[0] != ".git"]


def plain_template(target: Path, source: Path, names: list[Path]) -> Path:
    """A template with the same files and nothing to decide: the least that Copier can do."""
    target.mkdir()
    (target / "copier.yml").write_text("name: {type: str, default: shop}\n", encoding="utf-8")
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)
    return target
