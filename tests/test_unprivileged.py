"""A harness run by a user without rights, as most developers are."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from trials import leniency, small

USER = "nobody"
CLOSED = ("XDG_", "UV_CACHE", "PARITY_")  # variables that name folders and choices of root


def become() -> list[str]:
    """The start of a command line.

    Interpreters may lie in root's home: the user may read everything, and write nothing.
    """
    entry = pwd.getpwnam(USER)
    rights = ["--securebits", "+no_setuid_fixup"]  # else os.access() knows no capabilities
    rights += ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
    ids = ["--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid), "--clear-groups"]
    return ["setpriv", *ids, *rights]


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder outside of pytest's, which are closed to other users."""
    folder = Path(tempfile.mkdtemp(prefix="parity-user-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def give(folder: Path) -> None:
    entry = pwd.getpwnam(USER)
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="these tests run without rights anyway")
def test_pr_smoke_of_a_user_without_rights(home: Path) -> None:
    # given an example with its harness that belongs to somebody else than root
    trial = small(home / "app")
    give(home)
    kept = {name: os.environ[name] for name in os.environ if not name.startswith(CLOSED)}

    # when that user runs the session, with nothing but an own home
    done = subprocess.run(
        [*become(), sys.executable, "-m", "nox", "-s", "pr_smoke"],
        cwd=trial.folder,
        env={**kept, **leniency(), "HOME": str(home), "PARITY_POSTGRES": "wheel"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    # then it is green, on a server of that user's own, which is gone
    assert done.returncode == 0, done.stdout + done.stderr
    assert "(wheel)" in done.stdout
    assert [*(home / ".cache" / "parity" / "servers").iterdir()] == []
    owners = {path.stat().st_uid for path in (trial.folder / ".parity").iterdir()}
    assert owners == {pwd.getpwnam(USER).pw_uid}
