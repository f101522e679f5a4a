"""Subfolders, Windows line ends, and repositories that use Copier themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from lifecycle import copier_update, parity, tree
from repositories import JOURNEY, SPEC, Repository, blueprints, home, shared_home

__all__ = ["blueprints", "home", "shared_home"]
pytestmark = pytest.mark.usefixtures("home")
OURS = ("outcome.check_accepted()", "outcome.check_accepted()  # ours")
EDIT = ("{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")


@pytest.fixture
def company(tmp_path: Path) -> Repository:
    """A repository of several services, one of which has a harness."""
    whole = Repository(tmp_path / "company", spec=None)
    whole.write("services/shop/parity.yaml", SPEC)
    whole.write("services/other/parity.yaml", SPEC.replace("name: shop", "name: other"))
    whole.commit("services")
    for name in ("shop", "other"):
        parity("scaffold", whole.root / "services" / name)
        whole.commit(name)
    return whole


def test_a_conflict_in_a_subfolder_is_marked_and_taken_back(company: Repository) -> None:
    place = f"services/shop/{JOURNEY}"
    company.edit(place, '"sku": "A1"', '"sku": "OURS"')
    company.edit("services/shop/parity.yaml", *EDIT)
    company.commit("both")
    company.write("services/other/notes.txt", "not committed\n")
    before = tree(company.root)

    parity("update", company.root / "services/shop", code=1)
    assert f"UU {place}" in company.status()
    parity("update", company.root / "services/shop", "--undo")

    assert tree(company.root) == before
    assert company.status() == ["?? services/other/notes.txt"]


def test_each_service_has_a_journal_of_its_own(company: Repository) -> None:
    for name in ("shop", "other"):
        company.edit(f"services/{name}/parity.yaml", *EDIT)
    company.commit("edits")
    for name in ("shop", "other"):
        parity("update", company.root / "services" / name)

    parity("update", company.root / "services/shop", "--undo")

    assert '"sku": "A1"' in company.read(f"services/shop/{JOURNEY}")
    assert '"sku": "B7"' in company.read(f"services/other/{JOURNEY}")


def test_plain_copier_in_a_subfolder(company: Repository) -> None:
    company.edit("services/shop/parity.yaml", *EDIT)
    company.edit(f"services/shop/{JOURNEY}", *OURS)
    company.commit("edit")

    copier_update(company, "services/shop")

    assert '"sku": "B7"' in company.read(f"services/shop/{JOURNEY}")
    assert "# ours" in company.read(f"services/shop/{JOURNEY}")


@pytest.mark.parametrize("command", ["parity", "copier"])
def test_a_work_tree_with_windows_line_ends(tmp_path: Path, command: str) -> None:
    repository = Repository(tmp_path / "shop")
    repository.git("config", "core.autocrlf", "true")
    parity("scaffold", repository.root)
    repository.commit("harness")
    repository.git("rm", "-r", "--quiet", "--cached", ".")
    repository.git("reset", "--quiet", "--hard")
    assert b"\r\n" in (repository.root / JOURNEY).read_bytes()
    text = (repository.root / JOURNEY).read_bytes().replace(OURS[0].encode(), OURS[1].encode())
    (repository.root / JOURNEY).write_bytes(text)
    repository.write("parity.yaml", SPEC.replace(*EDIT))
    repository.commit("edits")

    if command == "parity":
        parity("update", repository.root)
    else:
        copier_update(repository)

    assert '"sku": "B7"' in repository.read(JOURNEY)
    assert "# ours" in repository.read(JOURNEY)
    assert repository.git("diff", "--name-only").split() == [".copier-answers.yml", JOURNEY]


def test_a_repository_that_is_a_copier_template_itself(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")
    repository.write("copier.yml", "project: {type: str, default: shop}\n_subdirectory: template\n")
    repository.write(".copier/.copier-answers.yml.jinja", "{{ _copier_answers | to_nice_yaml }}")
    repository.commit("a template")

    parity("scaffold", repository.root)
    repository.commit("harness")
    repository.edit("parity.yaml", *EDIT)
    repository.commit("edit")
    copier_update(repository)

    assert '"sku": "B7"' in repository.read(JOURNEY)
    repository.commit("updated")
    assert "nothing to do" in parity("update", repository.root).stdout
