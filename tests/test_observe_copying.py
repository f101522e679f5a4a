"""What is copied of a repository, and what is not."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

import pytest
from repositories import Repository

from scaffolder.observe import copying
from scaffolder.observe.copying import TooLarge, copy
from scaffolder.render.git import git


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "shop", None)
    repository.write(".gitignore", ".env\n")
    repository.write("shop/main.py", "x = 1\n")
    repository.write("deleted.py", "")
    repository.commit("first")
    (repository.root / "deleted.py").unlink()
    repository.write("shop/new.py", "")
    repository.write(".env", "DATABASE_URL=postgresql://localhost/mine\n")
    return repository


def files(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(folder).as_posix() for path in found}


def test_what_git_knows_or_would_add_is_copied_and_committed(
    shop: Repository, tmp_path: Path
) -> None:
    before = files(shop.root)

    copied = copy(shop.root, tmp_path / "copy")

    assert files(tmp_path / "copy") == {".gitignore", "shop/main.py", "shop/new.py"}
    assert copied.files == 3 and copied.left_out == []
    assert git("status", "--porcelain", cwd=tmp_path / "copy") == ""
    assert "shop/new.py" in git("ls-files", cwd=tmp_path / "copy")
    assert files(shop.root) == before


def test_links_stay_inside(shop: Repository, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    links = {
        "inside": shop.root / "shop" / "main.py",
        "folder": Path("shop"),
        "outside": tmp_path / "secret",
        "nowhere": Path("absent"),
        "loop": Path("loop"),
    }
    for name, leads in links.items():
        (shop.root / name).symlink_to(leads)
    place = tmp_path / "copy"

    copied = copy(shop.root, place)

    assert (place / "inside").resolve() == (place / "shop" / "main.py").resolve()
    assert (place / "folder" / "new.py").is_file()
    assert sorted(text.partition(":")[0] for text in copied.left_out) == [
        "loop",
        "nowhere",
        "outside",
    ]
    assert not any((place / name).is_symlink() for name in ("loop", "nowhere", "outside"))


def test_without_git_the_tree_is_walked(tmp_path: Path) -> None:
    root = tmp_path / "plain"
    for name in ("a.py", "node_modules/x.js", ".venv/bin/python", "sub/b.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    (root / "linked").symlink_to("sub")

    copy(root, tmp_path / "copy")

    assert files(tmp_path / "copy") == {"a.py", "sub/b.py", "linked/b.py"} - _not_followed()


def _not_followed() -> set[str]:
    """Path.rglob follows links to folders up to Python 3.12."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "real").mkdir()
        (Path(folder) / "real" / "b.py").touch()
        (Path(folder) / "linked").symlink_to("real")
        return set() if len(files(Path(folder))) == 2 else {"linked/b.py"}


def test_a_repository_in_the_repository_is_copied_without_its_ignored_files(
    shop: Repository, tmp_path: Path
) -> None:
    inner = Repository(shop.root / "vendor" / "inner", None)
    inner.write(".gitignore", "left.txt\n")
    inner.write("kept.txt", "")
    inner.write("left.txt", "")
    inner.commit("inner")

    copy(shop.root, tmp_path / "copy")

    inside = {name for name in files(tmp_path / "copy") if name.startswith("vendor")}
    assert inside == {"vendor/inner/.gitignore", "vendor/inner/kept.txt"}


def test_what_is_no_file_is_left_out(shop: Repository, tmp_path: Path) -> None:
    os.mkfifo(shop.root / "pipe")
    here = os.getcwd()
    os.chdir(shop.root)  # the path of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("socket")
    finally:
        os.chdir(here)

    copy(shop.root, tmp_path / "copy")

    assert files(tmp_path / "copy") == {".gitignore", "shop/main.py", "shop/new.py"}


@pytest.mark.parametrize(("limit", "value"), [("MAX_BYTES", 10), ("MAX_FILES", 2)])
def test_a_large_repository_is_refused_before_anything_is_written(
    shop: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(copying, limit, value)

    with pytest.raises(TooLarge, match="3 files with 0 MB are not ignored by git; at most"):
        copy(shop.root, tmp_path / "copy")

    assert not (tmp_path / "copy").exists()


def test_the_repositorys_configuration_runs_nothing(shop: Repository, tmp_path: Path) -> None:
    hook = tmp_path / "hook.sh"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    shop.git("config", "core.fsmonitor", str(hook))
    shop.write(".gitattributes", "* filter=x\n")
    shop.git("config", "filter.x.clean", str(hook))

    copy(shop.root, tmp_path / "copy")

    assert not (tmp_path / "ran").exists()
