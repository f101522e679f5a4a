"""Reading, drafting, scaffolding and updating need no network: nothing is sent anywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repositories import Repository

from scaffolder.demo.examples import examples

GUARD = """\
import socket, sys

def refuse(event, arguments):
    away = event in ("socket.getaddrinfo", "socket.gethostbyname")
    if event == "socket.connect":
        away = arguments[0].family != socket.AF_UNIX
    if away:
        sys.stderr.write(f"NETWORK {event} {arguments[1:]}\\n")
        raise OSError("there is no network")

sys.addaudithook(refuse)
"""


@pytest.fixture
def offline(tmp_path: Path) -> dict[str, str]:
    """Variables with which neither Python nor git gets out, and an attempt shows."""
    guard = tmp_path / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    (tmp_path / "home").mkdir()
    return {
        **os.environ,
        "HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(guard),
        "GIT_ALLOW_PROTOCOL": "file",
    }


def run(folder: Path, env: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        list(command), cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{command}\n{said}"
    assert "NETWORK" not in said
    return said


def test_the_guard_is_in_force(tmp_path: Path, offline: dict[str, str]) -> None:
    code = "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')"

    with pytest.raises(AssertionError, match="NETWORK socket"):
        run(tmp_path, offline, sys.executable, "-c", code)


def test_from_init_to_update_without_network(tmp_path: Path, offline: dict[str, str]) -> None:
    # given an example as its team has it, without any spec
    folder = tmp_path / "shop"
    shutil.copytree(examples()["fastapi-shop"].folder, folder)
    (folder / "parity.yaml").unlink()
    shop = Repository(folder, spec=None)
    shop.commit("Start")
    parity = (sys.executable, "-m", "scaffolder")

    for command in ("init --no-observe", "validate", "plan", "scaffold --yes"):
        run(folder, offline, *parity, *command.split())
    shop.commit("Harness")
    for command in ("update --yes", "drift"):
        run(folder, offline, *parity, *command.split())
    run(folder, offline, sys.executable, "-m", "copier", "update", "--defaults")

    assert (folder / "tests" / "parity" / "check_imports.py").is_file()
