"""`parity adopt`: a harness without answers file, and files of a team at the harness's paths."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lifecycle import copier_update, first_harness, parity, scaffolded, tree
from repositories import JOURNEY, SPEC, Repository, blueprints, home, shared_home

from scaffolder.render import template

__all__ = ["blueprints", "first_harness", "home", "scaffolded", "shared_home"]
pytestmark = pytest.mark.usefixtures("home")


def lose_answers(repository: Repository) -> None:
    (repository.root / ".copier-answers.yml").unlink()
    repository.commit("no answers file")


def test_scaffold_names_it_where_files_are_in_the_way(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")
    repository.write("tests/parity/README.md", "ours\n")

    assert "`parity adopt`" in parity("scaffold", repository.root, code=2).stderr


def test_a_lost_answers_file_comes_back_as_it_was(scaffolded: Repository) -> None:
    before = tree(scaffolded.root)
    lose_answers(scaffolded)

    parity("adopt", scaffolded.root)

    assert tree(scaffolded.root) == before


def test_the_spec_that_the_harness_was_made_from_is_found(scaffolded: Repository) -> None:
    scaffolded.edit(JOURNEY, "outcome.check_accepted()", "outcome.check_accepted()  # ours")
    lose_answers(scaffolded)
    scaffolded.edit("parity.yaml", "{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")
    scaffolded.commit("edited since")

    parity("adopt", scaffolded.root)
    scaffolded.commit("adopted")
    parity("update", scaffolded.root)

    assert '"sku": "B7"' in scaffolded.read(JOURNEY)
    assert "# ours" in scaffolded.read(JOURNEY)


def test_an_older_version_is_found_and_the_next_update_merges(
    scaffolded: Repository, blueprints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scaffolded.edit("parity_nox.py", '"requirements.txt"', '"ours.txt"')
    made_by = scaffolded.answers()["_commit"]
    lose_answers(scaffolded)
    newer = Repository(tmp_path / "newer", spec=None)
    for name, content in tree(blueprints).items():
        path = newer.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    newer.edit("blueprints/sessions/parity_nox.py.jinja", "a bare `nox` runs none", "none by nox")
    newer.edit("blueprints/harness/tests/parity/ruff.toml", "own style:", "very own style:")
    monkeypatch.setattr(template, "PACKAGE", newer.root / "scaffolder")

    done = json.loads(parity("adopt", scaffolded.root, "--json").stdout)
    assert done["version"] == made_by
    scaffolded.commit("adopted")
    parity("update", scaffolded.root)

    assert "very own style" in scaffolded.read("tests/parity/ruff.toml")
    assert "none by nox" in scaffolded.read("parity_nox.py")
    assert '"ours.txt"' in scaffolded.read("parity_nox.py")


def test_files_of_the_team_stay_and_the_rest_is_written(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")
    repository.write("parity_nox.py", "ours = 1\n")
    repository.commit("ours")

    done = parity("adopt", repository.root)

    assert "= parity_nox.py  (yours" in done.stdout
    assert repository.read("parity_nox.py") == "ours = 1\n"
    assert "place-order" in repository.read(JOURNEY)
    repository.commit("adopted")
    repository.edit("parity.yaml", "{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")
    repository.commit("edit")
    copier_update(repository)
    assert '"sku": "B7"' in repository.read(JOURNEY)
    assert repository.read("parity_nox.py") == "ours = 1\n"


def test_merge_puts_both_versions_into_a_file_that_differs(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")
    repository.write("parity_nox.py", "ours = 1\n")
    repository.commit("ours")

    done = parity("adopt", repository.root, "--merge", code=1)

    assert "! parity_nox.py" in done.stdout
    text = repository.read("parity_nox.py")
    assert "ours = 1" in text
    assert "def pr_smoke" in text
    assert "UU parity_nox.py" in repository.status() or "AA parity_nox.py" in repository.status()


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")
    repository.write("parity_nox.py", "ours = 1\n")
    before = tree(repository.root)

    done = parity("adopt", repository.root, "--dry-run")

    assert f"+++ b/{JOURNEY}" in done.stdout
    assert tree(repository.root) == before


def test_undo_takes_an_adoption_back(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")
    repository.write("parity_nox.py", "ours = 1\n")
    before = tree(repository.root)

    parity("adopt", repository.root)
    parity("update", repository.root, "--undo")

    assert tree(repository.root) == before


def test_undo_leaves_what_was_staged_as_it_was(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")
    repository.write("parity_nox.py", "ours = 1\n")
    repository.git("add", "parity_nox.py")

    parity("adopt", repository.root, "--merge", code=1)
    parity("update", repository.root, "--undo")

    assert repository.status() == ["A  parity_nox.py"]
    assert repository.read("parity_nox.py") == "ours = 1\n"


def test_a_harness_with_answers_file_is_left_to_update(scaffolded: Repository) -> None:
    assert "run `parity update`" in parity("adopt", scaffolded.root, code=2).stderr


def test_a_link_in_the_way_is_refused(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop", SPEC)
    (repository.root / "tests").symlink_to(tmp_path)

    refused = parity("adopt", repository.root, code=2)

    assert "tests is a symbolic link" in refused.stderr
    assert not (tmp_path / "parity").exists()


def test_a_version_that_is_nowhere_to_be_had_is_replaced_by_the_nearest(
    scaffolded: Repository,
) -> None:
    scaffolded.edit(JOURNEY, "outcome.check_accepted()", "outcome.check_accepted()  # ours")
    scaffolded.edit(
        ".copier-answers.yml", str(scaffolded.answers()["_commit"]), "v0.0.9.post3+gabc"
    )
    scaffolded.edit("parity.yaml", "{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")
    scaffolded.commit("made by a machine that is gone")
    assert "`parity adopt`" in parity("update", scaffolded.root, code=3).stderr

    parity("adopt", scaffolded.root)
    scaffolded.commit("adopted")
    parity("update", scaffolded.root)

    assert '"sku": "B7"' in scaffolded.read(JOURNEY)
    assert "# ours" in scaffolded.read(JOURNEY)
