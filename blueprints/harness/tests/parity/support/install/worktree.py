"""A copy of the tree for build backends to write into, and the way back from the copy to the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

LEFT_OUT = {".git", ".parity", ".venv", "venv", ".nox", ".tox", "node_modules", "__pycache__"}


def copy(repository: Path, target: Path) -> None:
    """Copy the files that git knows or would add; without git, all but the usual clutter.

    The copy has a .git file that points at the repository: version plug-ins (setuptools-scm,
    hatch-vcs) ask git for the version.
    """
    listing = subprocess.run(
        ["git", "-C", str(repository), "ls-files", "-z", "-co", "--exclude-standard"],
        capture_output=True,
    )
    if listing.returncode != 0:
        shutil.copytree(
            repository,
            target,
            symlinks=True,
            ignore=lambda _, names: [name for name in names if name in LEFT_OUT],
        )
        return
    target.mkdir(parents=True)
    for name in set(os.fsdecode(listing.stdout).split("\0")) - {""}:
        source, copied = repository / name, target / name
        if source.is_symlink() or source.is_file():  # a deleted file is still listed
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copied, follow_symlinks=False)
    folder = repository / ".git"
    if folder.is_dir():
        (target / ".git").write_text(f"gitdir: {folder}\n")
    elif folder.is_file():
        shutil.copy2(folder, target / ".git")


def point_at(environment: Path, copied: Path, repository: Path) -> None:
    """Replace the paths of the copy by those of the tree in what editable installations wrote."""
    old, new = os.fsencode(copied), os.fsencode(repository)
    for packages in environment.glob("lib*/python*/site-packages"):
        written = [*packages.glob("*.pth"), *packages.glob("*.py")]
        written += packages.glob("*.dist-info/direct_url.json")
        for file in written:
            content = file.read_bytes()
            if old in content:
                file.unlink()  # it may be a link into uv's cache
                file.write_bytes(content.replace(old, new))
