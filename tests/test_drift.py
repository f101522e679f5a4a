"""`parity drift`: one report over spec, files and template version."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lifecycle import first_harness, own_template, parity, release, scaffolded
from repositories import JOURNEY, REFUND, SPEC, Repository, blueprints, home, shared_home

__all__ = ["blueprints", "first_harness", "home", "scaffolded", "shared_home"]
pytestmark = pytest.mark.usefixtures("home")


def findings(repository: Repository, *arguments: str, code: int = 1) -> list[tuple[str, str]]:
    """Kind and thing of each difference; the exit code is part of the answer."""
    done = parity("drift", repository.root, "--json", *arguments, code=code)
    document = json.loads(done.stdout)
    assert document["drift"] is (code == 1)
    return [(one["kind"], one["what"]) for one in document["findings"]]


def test_a_fresh_harness_has_none(scaffolded: Repository) -> None:
    assert findings(scaffolded, code=0) == []
    assert "no drift" in parity("drift", scaffolded.root).stdout


def test_an_edited_and_a_deleted_file_are_named(scaffolded: Repository) -> None:
    scaffolded.edit(JOURNEY, "outcome.check_accepted()", "outcome.check_accepted()  # ours")
    (scaffolded.root / "tests/parity/README.md").unlink()

    assert findings(scaffolded) == [("deleted", "tests/parity/README.md"), ("edited", JOURNEY)]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (SPEC.replace("{sku: A1,", "{sku: B7,"), ["journeys.place-order.act"]),
        (SPEC.replace("checks:\n", f"{REFUND}checks:\n"), ["journeys.refund-order"]),
        (SPEC.replace('python: "3.12"', 'python: "3.13"'), ["production.python"]),
        (SPEC + "strict: true\n", ["strict"]),
    ],
)
def test_an_edit_of_the_spec_is_named_by_its_key(
    scaffolded: Repository, text: str, keys: list[str]
) -> None:
    scaffolded.write("parity.yaml", text)

    assert findings(scaffolded) == [("spec", key) for key in keys]


def test_another_order_of_the_same_entries_is_a_difference(scaffolded: Repository) -> None:
    checks = "  - {id: imports, tier: smoke, budget: 15s}\n"
    more = "  - {id: environment, tier: smoke, budget: 60s}\n"
    scaffolded.write("parity.yaml", SPEC + more)
    scaffolded.commit("more")
    parity("update", scaffolded.root)
    scaffolded.write("parity.yaml", SPEC.replace(checks, more + checks))

    assert findings(scaffolded) == [("spec", "checks")]


def test_a_newer_version_is_named(blueprints: Path, tmp_path: Path) -> None:
    theirs = own_template(blueprints, tmp_path / "template")
    repository = Repository(tmp_path / "shop")
    parity("scaffold", repository.root, "--template", theirs.root)
    theirs.write("blueprints/harness/tests/parity/support/extra.py", "EXTRA = 1\n")
    release(theirs, "v1.1.0")

    assert findings(repository) == [("version", "v1.1.0")]


def test_conflict_markers_are_named(scaffolded: Repository) -> None:
    scaffolded.edit(JOURNEY, '"sku": "A1"', '"sku": "OURS"')
    scaffolded.edit("parity.yaml", "{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")
    scaffolded.commit("both")
    parity("update", scaffolded.root, code=1)
    scaffolded.git("add", "--all")

    assert findings(scaffolded) == [("conflict", JOURNEY)]


def test_a_file_that_git_ignores_is_named(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")
    repository.write(".gitignore", ".copier*\n")
    done = parity("scaffold", repository.root)
    repository.commit("harness")

    assert "git ignores .copier-answers.yml" in done.stdout
    assert findings(repository) == [("ignored", ".copier-answers.yml")]


def test_what_is_allowed_is_shown_and_does_not_count(scaffolded: Repository) -> None:
    scaffolded.edit(JOURNEY, "outcome.check_accepted()", "outcome.check_accepted()  # ours")

    assert findings(scaffolded, "--allow", "edited", code=0) == [("edited", JOURNEY)]
    assert "(allowed)" in parity("drift", scaffolded.root, "--allow", "edited").stdout
    (scaffolded.root / "tests/parity/README.md").unlink()
    assert len(findings(scaffolded, "--allow", "edited", code=1)) == 2


def test_the_team_s_own_files_are_no_drift(scaffolded: Repository) -> None:
    scaffolded.write("noxfile.py", "import nox\n")

    assert findings(scaffolded, code=0) == []


def test_other_line_ends_are_no_drift(scaffolded: Repository) -> None:
    place = scaffolded.root / JOURNEY
    place.write_bytes(place.read_bytes().replace(b"\n", b"\r\n"))

    assert findings(scaffolded, code=0) == []


def test_without_a_harness_it_says_so(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")

    assert "no answers file" in parity("drift", repository.root, code=2).stderr
