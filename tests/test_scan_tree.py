"""Files of a repository, strange ones included."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from scaffolder.scan.python import PythonFiles
from scaffolder.scan.tree import Note, Tree, join, relative


def write(root: Path, path: str, content: str | bytes = "") -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)


def test_git_says_which_files_there_are(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    write(tmp_path, ".gitignore", "secret.py\n")
    for path in ("shop/app.py", "secret.py", "node_modules/x.js", "tests/parity/check_engine.py"):
        write(tmp_path, path)

    tree = Tree.read(tmp_path)

    assert tree.files == (".gitignore", "shop/app.py")


def test_without_git_every_file_counts_but_what_tools_leave(tmp_path: Path) -> None:
    for path in ("shop/app.py", ".venv/lib/x.py", "a/__pycache__/x.pyc", ".github/w.yml"):
        write(tmp_path, path)

    assert Tree.read(tmp_path).files == (".github/w.yml", "shop/app.py")


def test_a_link_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "outside/secret.py", "x = 1")
    root = tmp_path / "root"
    write(root, "a.py", "x = 1")
    (root / "inside.py").symlink_to("a.py")
    (root / "outside.py").symlink_to("../outside/secret.py")
    (root / "loop").symlink_to("loop")
    (root / "folder").symlink_to("..")

    assert Tree.read(root).files == ("a.py", "inside.py")


def test_a_pipe_is_no_file_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pyproject.toml")

    tree = Tree.read(tmp_path)

    assert tree.files == ()
    assert tree.raw("pyproject.toml") is None  # hangs when it is opened
    assert tree.notes == [Note("pyproject.toml", "no plain file: not read")]


def test_a_huge_file_is_listed_and_not_read(tmp_path: Path) -> None:
    with (tmp_path / "dump.sql").open("wb") as file:
        file.truncate(50_000_000)

    tree = Tree.read(tmp_path)

    assert tree.files == ("dump.sql",)
    assert tree.text("dump.sql") is None
    assert tree.notes == [Note("dump.sql", "50 MB: not read")]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"a = 1\r\nb = 2\r\n", "a = 1\nb = 2\n"),
        (b"\xef\xbb\xbfx", "x"),
        ("x".encode("utf-16"), "x"),
        (b"caf\xe9", "caf\xe9"),
        (b"\0\1\2", None),
    ],
)
def test_text_is_text_whatever_its_encoding(raw: bytes, text: str | None, tmp_path: Path) -> None:
    write(tmp_path, "file", raw)

    assert Tree.read(tmp_path).text("file") == text


def test_a_name_that_is_no_utf8_is_noted(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.py")).write_text("x = 1")

    tree = Tree.read(tmp_path)

    assert tree.files == ()
    assert "not UTF-8" in tree.notes[0].why


@pytest.mark.parametrize(
    "source",
    [
        b"def broken(:\n",
        b"print 'python 2'\n",
        b"x = '\0'\n",
        b"# coding: nonsense\nx = 1\n",
        b"\xff\xfe\x00",
        b"x = " + b"(" * 5000 + b")" * 5000,
        b"x = " + b"-" * 100_000 + b"1",
        b"x = " + b"a." * 20_000 + b"b",
    ],
    ids=["syntax", "python2", "nul", "coding", "bytes", "parentheses", "minus", "attributes"],
)
def test_what_cannot_be_parsed_is_noted(source: bytes, tmp_path: Path) -> None:
    write(tmp_path, "bad.py", source)
    write(tmp_path, "good.py", "x = 1\n")
    tree = Tree.read(tmp_path)

    python = PythonFiles.parse(tree)

    assert [module.path for module in python.modules][-1] == "good.py"
    assert [note.path for note in tree.notes] in (["bad.py"], [])


def test_a_module_knows_its_names(tmp_path: Path) -> None:
    write(
        tmp_path,
        "shop/deep/clock.py",
        "import datetime as dt\nfrom ..core import now as when\nNAME = 'a' 'b'\n"
        "def f():\n    return dt.datetime.now()\nwhen()\n",
    )
    (module,) = PythonFiles.parse(Tree.read(tmp_path)).modules

    calls = {name: module.on_import(node) for node, name in module.calls(".now")}

    assert calls == {"datetime.datetime.now": False, "shop.core.now": True}
    assert module.constants == {"NAME": "ab"}


def test_paths_are_seen_from_folders() -> None:
    assert relative("uv.lock", "backend") == "../uv.lock"
    assert join("backend", "../uv.lock") == "uv.lock"
    assert relative("backend/app", "backend") == "app"
