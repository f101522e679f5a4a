"""Repositories with settings of their own: their tools run as before, and so does the harness."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from lifecycle import parity
from repositories import JOURNEY, Repository, blueprints, home, shared_home

__all__ = ["blueprints", "home", "shared_home"]
pytestmark = pytest.mark.usefixtures("home")

AUTOUSE = """\
import pytest

@pytest.fixture(autouse=True)
def database():
    raise RuntimeError("no database in this process")
"""
HOSTS = {
    "plain": {},
    "strict": {
        "pytest.ini": "[pytest]\naddopts = --strict-markers --strict-config -x\n"
        "filterwarnings = error\n",
    },
    "testpaths": {"pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'},
    "importlib": {"setup.cfg": "[tool:pytest]\naddopts = --import-mode=importlib\n"},
    "packages": {"tests/__init__.py": "", "__init__.py": ""},
    "own option": {
        "conftest.py": "def pytest_addoption(parser):\n    parser.addoption('--slow')\n",
        "pytest.ini": "[pytest]\naddopts = --slow=no\n",
    },
    "wide pattern": {"pytest.ini": "[pytest]\npython_files = *.py\n"},
    "doctests": {"pytest.ini": "[pytest]\naddopts = --doctest-modules\n"},
}
NEEDS_A_LINE = {"wide pattern", "doctests"}
"""Hosts that collect everything: scaffold says which line keeps them out of the harness."""


def own_tests(repository: Repository) -> str:
    """What the host's own pytest says, without the time that it took."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "--tb=no"],
        cwd=repository.root,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    return "\n".join([*(line for line in lines if "::" in line), f"exit {done.returncode}"])


@pytest.mark.parametrize("host", list(HOSTS))
def test_the_hosts_own_tests_run_as_before(tmp_path: Path, host: str) -> None:
    repository = Repository(tmp_path / "shop")
    repository.write("tests/test_shop.py", "def test_shop():\n    assert True\n")
    for name, text in HOSTS[host].items():
        repository.write(name, text)
    repository.commit("host")
    before = own_tests(repository)
    assert "test_shop.py::test_shop" in before

    done = parity("scaffold", repository.root)

    if host in NEEDS_A_LINE:
        (line,) = (line for line in done.stdout.splitlines() if "add to its addopts: " in line)
        with (repository.root / "pytest.ini").open("a") as ini:
            kept = repository.read("pytest.ini").partition("addopts = ")[2].strip()
            option = line.partition("add to its addopts: ")[2]
            ini.truncate(0)
            files = "python_files = *.py\n" if host == "wide pattern" else ""
            ini.write(f"[pytest]\n{files}addopts = {kept} {option}")
            ini.write("\n")
    assert own_tests(repository) == before


HOSTILE = {
    "pytest.ini": "[pytest]\naddopts = --no-such-option\nasyncio_mode = strict\n",
    "conftest.py": AUTOUSE,
    "tests/conftest.py": "raise RuntimeError('the host is not ours')\n",
}


def test_the_harness_reads_nothing_of_the_host(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")
    for name, text in HOSTILE.items():
        repository.write(name, text)
    parity("scaffold", repository.root)
    harness = repository.root / "tests" / "parity"

    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-c", "pytest.ini", "--confcutdir=."),
            *("-p", "support.plugin", "--command", "pr_smoke", "--collect-only", "-q"),
        ],
        cwd=harness,
        env={**os.environ, "PYTHONPATH": str(harness), "DJANGO_SETTINGS_MODULE": "no.such"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "journey_place_order.py::test_the_action_is_accepted" in done.stdout, done.stdout
    assert done.returncode == 0, done.stderr


def test_checks_and_fixtures_of_the_team_s_own_are_collected(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")
    parity("scaffold", repository.root)
    harness = repository.root / "tests" / "parity"
    repository.write("tests/parity/local/assertions.py", "def same(a, b):\n    assert a == b\n")
    repository.write(
        "tests/parity/local/check_report.py",
        "from local.assertions import same\n\n\ndef test_report(total):\n    same(total, 3)\n",
    )
    repository.write(
        "tests/parity/local/check_night.py",
        "TIER = 'nightly'\n\n\ndef test_night():\n    pass\n",
    )
    fixture = "import pytest\n\n\n@pytest.fixture\ndef total():\n    return 3\n"
    repository.write("tests/parity/local/fixtures.py", fixture)
    repository.commit("own code")
    command = [sys.executable, "-m", "pytest", "-c", "pytest.ini", "--confcutdir=.", "-q"]
    command += ["-p", "support.plugin", "--collect-only", "--command"]

    def collected(name: str) -> str:
        env = {**os.environ, "PYTHONPATH": str(harness)}
        return subprocess.run(
            [*command, name], cwd=harness, env=env, capture_output=True, text=True, check=True
        ).stdout

    assert "local/check_report.py::test_report" in collected("pr_smoke")
    assert "check_night" not in collected("pr_smoke")
    assert "local/check_night.py::test_night" in collected("nightly_parity")

    repository.edit("parity.yaml", "{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")
    repository.commit("edit")
    parity("update", repository.root)
    assert '"sku": "B7"' in repository.read(JOURNEY)
    assert repository.read("tests/parity/local/fixtures.py") == fixture


def test_an_existing_noxfile_gets_its_lines_once(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")
    repository.write(
        "noxfile.py",
        "import os\nfrom pathlib import Path\n\nfrom nox import options, session as task\n\n"
        "os.environ['X'] = '1'\noptions.sessions = ['lint']\n\n\n"
        "@task(name='lint')\ndef check_style(job):\n    job.run('true', external=True)\n",
    )
    repository.commit("noxfile")

    parity("scaffold", repository.root, "--yes")
    once = repository.read("noxfile.py")
    repository.commit("harness")
    parity("scaffold", repository.root, "--yes")

    assert repository.read("noxfile.py") == once
    listed = subprocess.run(
        [sys.executable, "-m", "nox", "--list", "--no-color"],
        cwd=repository.root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "* lint" in listed
    assert "- pr_smoke" in listed
