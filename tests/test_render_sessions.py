"""parity_nox.py: sessions that a bare nox does not run, in either kind of environment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from blueprint_env import ROOT, render
from spec_text import MINIMAL

SESSIONS = ["local_fast", "pr_smoke", "nightly_parity", "release_packaging", "prove"]
PLUGIN = """\
import json, os, sys

def pytest_addoption(parser):
    parser.addoption("--command")

def pytest_sessionfinish(session):
    config = session.config
    seen = {
        "command": config.getoption("--command"),
        "args": config.invocation_params.args,
        "collected": [item.nodeid for item in session.items],
        "ini": str(config.inipath),
        "pythonpath": os.environ["PYTHONPATH"],
        "prefix": sys.prefix,
    }
    with open("seen.json", "w") as file:
        json.dump(seen, file)
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the sessions, a plugin that only looks, and tests of the host."""
    root = tmp_path / "shop"
    harness = root / "tests" / "parity"
    (harness / "support").mkdir(parents=True)
    source = render("blueprints/sessions/parity_nox.py.jinja", yaml.safe_load(MINIMAL))
    (root / "parity_nox.py").write_text(source)
    shutil.copy(ROOT / "blueprints/harness/noxfile.py", root)
    shutil.copy(ROOT / "blueprints/harness/tests/parity/pytest.ini", harness)
    (harness / "requirements.txt").write_text("pytest\n")
    (harness / "support" / "plugin.py").write_text(PLUGIN)
    (harness / "check_one.py").write_text("def test_one():\n    pass\n")
    (root / "tests" / "test_host.py").write_text("def test_host():\n    pass\n")
    (root / "tests" / "conftest.py").write_text("raise RuntimeError('the host is not ours')\n")
    (root / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    return root


def nox(root: Path, *arguments: str, folder: Path | None = None, **env: str) -> str:
    noxfile = str(root / "noxfile.py")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("NOX", "PYTEST"))}
    environment |= env
    done = subprocess.run(
        [sys.executable, "-m", "nox", "--no-color", "-f", noxfile, *arguments],
        cwd=folder or root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def listed(output: str, mark: str) -> list[str]:
    lines = [line for line in output.splitlines() if line.startswith(f"{mark} ")]
    return [line.split()[1] for line in lines]


def test_a_bare_nox_runs_none_of_them(repository: Path) -> None:
    output = nox(repository, "--list")

    assert listed(output, "-") == SESSIONS
    assert listed(output, "*") == []


@pytest.mark.parametrize("options", ["", 'nox.options.sessions = ["lint"]\n'])
def test_a_bare_nox_runs_what_it_ran_before(repository: Path, options: str) -> None:
    own = f"import runpy\nimport nox\n{options}\n\n@nox.session\ndef lint(session): pass\n"
    (repository / "noxfile.py").write_text(own + 'runpy.run_path("parity_nox.py")\n')

    output = nox(repository, "--list")

    assert listed(output, "*") == ["lint"]
    assert listed(output, "-") == SESSIONS


@pytest.mark.parametrize("backend", ["uv", "virtualenv"])
def test_a_session_runs_the_checks_and_nothing_of_the_host(repository: Path, backend: str) -> None:
    nox(repository, "-s", "pr_smoke", "--force-venv-backend", backend, folder=Path("/"))

    harness = repository / "tests" / "parity"
    seen = json.loads((harness / "seen.json").read_text())
    assert seen["command"] == "pr_smoke"
    assert seen["collected"] == ["check_one.py::test_one"]
    assert seen["ini"] == str(harness / "pytest.ini")
    assert seen["pythonpath"] == str(harness)
    assert Path(seen["prefix"]).parent == repository / ".nox"


def test_options_of_the_shell_are_for_the_hosts_tests(repository: Path) -> None:
    nox(repository, "-s", "pr_smoke", PYTEST_ADDOPTS="--no-such", PYTEST_PLUGINS="no.such")

    assert json.loads((repository / "tests" / "parity" / "seen.json").read_text())["collected"]


def test_what_follows_two_dashes_goes_to_pytest(repository: Path) -> None:
    nox(repository, "-s", "local_fast", "--", "check_one.py", "-q")

    seen = json.loads((repository / "tests" / "parity" / "seen.json").read_text())
    assert seen["command"] == "local_fast"
    assert seen["args"][-2:] == ["check_one.py", "-q"]
    assert seen["collected"] == ["check_one.py::test_one"]


def test_the_hosts_pytest_sees_nothing_of_ours(repository: Path) -> None:
    (repository / "pytest.ini").unlink()
    (repository / "tests" / "conftest.py").unlink()

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )

    collected = [line for line in done.stdout.splitlines() if "::" in line]
    assert collected == ["tests/test_host.py::test_host"]
