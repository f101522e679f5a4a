"""Groups and families of tests: what a run leaves out, what it refuses to leave out, its tally."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
SAMPLE = """
import pytest

@pytest.mark.docker
def test_container(): pass

@pytest.mark.parametrize("name", [
    pytest.param(name, marks=pytest.mark.family("letters", sampled=name == "a")) for name in "abc"
])
def test_letter(name): assert name != "c"
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A small test suite with the conftest of this one, on a machine without an engine."""
    (tmp_path / "tests").mkdir()
    shutil.copy(TESTS / "conftest.py", tmp_path / "tests")
    (tmp_path / "tests" / "images.py").write_text("def postgres(major): pass\n")
    (tmp_path / "tests" / "test_sample.py").write_text(SAMPLE)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def run(suite: Path, *arguments: str, **environment: str) -> tuple[int, dict[str, str], str]:
    """Exit code, tally (without the path of the file) and output."""
    path = suite / "tally.json"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=suite,
        env={
            **{name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")},
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "DOCKER_HOST": f"unix://{suite}/none",
            "PARITY_REQUIRE": "",
            "PARITY_TALLY": str(path),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    tally = json.loads(path.read_text()) if path.exists() else {}
    short = {name.partition("::")[2]: outcome for name, outcome in tally.items()}
    return done.returncode, short, done.stdout + done.stderr


def test_a_machine_without_an_engine_skips_and_samples(suite: Path) -> None:
    code, tally, output = run(suite, "-ra")

    assert code == 0, output
    assert tally == {"test_container": "skipped", "test_letter[a]": "passed"}
    assert "docker" in output.lower()


@pytest.mark.parametrize("argument", ["--full", "tests/test_sample.py::test_letter"])
def test_all_members_run_when_asked_for(suite: Path, argument: str) -> None:
    code, tally, _ = run(suite, argument)

    assert code == 1
    assert {name: tally[name] for name in tally if "letter" in name} == {
        "test_letter[a]": "passed",
        "test_letter[b]": "passed",
        "test_letter[c]": "failed",
    }


def test_a_required_group_is_not_skipped(suite: Path) -> None:
    _, tally, _ = run(suite, PARITY_REQUIRE="docker")

    assert tally["test_container"] == "passed"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("mark.docker", "mark.act", "the required group docker has no test"),
        ('name == "a"', "False", "no member of the family letters is sampled"),
    ],
)
def test_a_group_or_family_without_a_test_is_an_error(
    suite: Path, old: str, new: str, message: str
) -> None:
    path = suite / "tests" / "test_sample.py"
    path.write_text(path.read_text().replace(old, new))

    code, tally, output = run(suite, PARITY_REQUIRE="docker")

    assert code == 4
    assert message in output
    assert tally == {}


def test_an_unknown_group_is_an_error(suite: Path) -> None:
    code, _, output = run(suite, PARITY_REQUIRE="podman")

    assert code == 4
    assert "PARITY_REQUIRE names no group: podman" in output


def test_an_error_in_a_fixture_is_a_failure_in_the_tally(suite: Path) -> None:
    (suite / "tests" / "test_sample.py").write_text(
        "import pytest\n\n"
        "@pytest.fixture\ndef late():\n    yield\n    raise OSError\n\n"
        "def test_it(late): pass\n"
    )

    code, tally, _ = run(suite)

    assert (code, tally) == (1, {"test_it": "failed"})
