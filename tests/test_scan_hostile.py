"""A scan never fails on a repository, however broken, and never runs anything of it."""

from __future__ import annotations

import random
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from scaffolder.catalog.load import facts as catalog_facts
from scaffolder.draft.draft import draft, lacking, unsupported
from scaffolder.scan.scan import Scan, scan
from scaffolder.scan.tree import is_below
from scaffolder.spec.load import check

EXAMPLES = Path(__file__).parents[1] / "examples"
NAMES = ("fastapi-shop", "django-clinic", "flask-desk")
SNIPPETS = (
    b"{{ x }}",
    b"\0",
    b"\xff\xfe",
    b"'",
    b'"',
    b"\n- : [",
    b"${",
    b"*a",
    b"<<: *b",
    b"%%%",
    b"\\",
)


def copied(name: str, target: Path) -> Path:
    """An example as a stranger's repository: without spec and breakages."""
    left_out = shutil.ignore_patterns("parity.yaml", "breakages", "__pycache__", ".parity")
    shutil.copytree(EXAMPLES / name, target, ignore=left_out)
    return target


def assert_sound(found: Scan) -> None:
    files = found.tree.files
    for fact in found.facts.found:
        assert fact.key in catalog_facts()
        for place in fact.evidence:
            known = any(path == place.path or is_below(path, place.path) for path in files)
            assert known, fact
            lines = len(found.tree.lines(place.path))
            assert place.line is None or 1 <= place.line <= lines, fact
    if lacking(found) is None and unsupported(found) is None:
        _, problems = check(draft(found, date(2026, 11, 22)).text.encode())
        assert problems == []


@pytest.mark.parametrize("name", NAMES)
def test_facts_stand_where_they_say_and_make_a_valid_draft(name: str, tmp_path: Path) -> None:
    found = scan(copied(name, tmp_path / name))

    assert found.facts.found
    assert lacking(found) is None
    assert_sound(found)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", NAMES)
def test_mutilated_files_do_not_hurt(name: str, seed: int, tmp_path: Path) -> None:
    root = copied(name, tmp_path / name)
    chance = random.Random(seed)
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        if chance.random() < 0.6:
            file.write_bytes(mutilated(file.read_bytes(), chance))

    assert_sound(scan(root))


def mutilated(raw: bytes, chance: random.Random) -> bytes:
    """A file cut off, with lines lost or doubled, or something strange in it."""
    how = chance.randrange(5)
    place = chance.randrange(len(raw) + 1)
    if how == 0:
        return raw[:place]
    if how == 1:
        return raw[:place] + chance.choice(SNIPPETS) + raw[place:]
    if how == 2:
        return raw.replace(b"\n", b"\r\n")
    lines = raw.split(b"\n")
    chance.shuffle(lines) if how == 3 else lines.insert(0, chance.choice(lines))
    return b"\n".join(lines)


def test_nothing_of_the_repository_is_executed(tmp_path: Path) -> None:
    root = copied("fastapi-shop", tmp_path / "shop")
    trap = f"open({str(tmp_path / 'trapped')!r}, 'w').close()\n"
    for path in ("setup.py", "conftest.py", "noxfile.py", "shop/__init__.py", "sitecustomize.py"):
        (root / path).write_text(trap)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    hook = f"touch {tmp_path / 'trapped'}"
    subprocess.run(["git", "config", "core.fsmonitor", hook], cwd=root, check=True)

    scan(root)

    assert not (tmp_path / "trapped").exists()


def test_without_python_there_is_no_application(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "main.go").write_text("package main")

    found = scan(tmp_path)

    assert (found.applications, found.application) == ((), None)


def test_an_empty_folder_has_nothing(tmp_path: Path) -> None:
    assert scan(tmp_path).facts.found == ()
