"""tests/parity/local/: fixtures, seed, logins and checks of the team's own are found and run."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from support.run import own
from support.run.own import check_of


def write(harness: Path, name: str, text: str) -> None:
    path = harness / "local" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_a_check_of_the_team_is_listed_with_what_it_says_of_itself(tmp_path: Path) -> None:
    write(tmp_path, "check_daily_report.py", "TIER = 'nightly'\nBUDGET = 5\n")
    write(tmp_path, "check_other.py", "")

    found = own.checks(tmp_path)

    assert found["local-daily-report"] == {
        "tier": "nightly",
        "budget": 5,
        "file": "local/check_daily_report.py",
        "categories": [],
    }
    assert found["local-other"]["tier"] == "smoke"


def test_a_check_that_is_no_python_is_listed_so_that_its_run_says_so(tmp_path: Path) -> None:
    write(tmp_path, "check_broken.py", "def (:\n")

    assert own.checks(tmp_path)["local-broken"]["tier"] == "smoke"


def test_a_tier_that_there_is_not_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "check_odd.py", "TIER = 'smok'\n")

    with pytest.raises(pytest.UsageError, match=r"check_odd\.py: TIER = 'smok': use one of unit"):
        own.checks(tmp_path)


def test_without_local_files_there_is_nothing(tmp_path: Path) -> None:
    assert own.checks(tmp_path) == {}
    assert own.plugins(tmp_path) == []
    assert own.hook("seed", "seed", tmp_path) is None


def test_what_the_team_s_code_raises_is_told_in_short_and_in_full() -> None:
    def seed() -> None:
        raise LookupError("no such currency")

    problem = own.call(seed)

    assert problem is not None
    assert problem[0] == "LookupError: no such currency"
    assert "in seed" in problem[1]
    assert own.call(lambda: None) is None


@pytest.mark.parametrize(
    ("nodeid", "check"),
    [
        ("check_imports.py::test_it", "imports"),
        ("local/check_imports.py::test_it", "local-imports"),
        ("tests/parity/check_imports.py::test_it", "imports"),
        ("my_check_imports.py::test_it", ""),
    ],
)
def test_a_local_check_may_be_named_as_a_generated_one(nodeid: str, check: str) -> None:
    settings = SimpleNamespace(
        CHECKS={
            "imports": {"file": "check_imports.py"},
            "local-imports": {"file": "local/check_imports.py"},
        }
    )

    assert check_of(nodeid, settings) == check  # type: ignore[arg-type]
