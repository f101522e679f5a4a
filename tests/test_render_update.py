"""An update that can't be done leaves everything as it was, and says why."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from lifecycle import own_template
from repositories import JOURNEY, REFUND, SPEC, Repository, blueprints, home, shared_home

from scaffolder.render import bundle, harness, preview
from scaffolder.render.harness import Scaffolded
from scaffolder.render.preflight import Refused, target
from scaffolder.render.preview import Change, RenderError
from scaffolder.render.template import CHECKOUT, Template, TemplateUnavailable, template

__all__ = ["blueprints", "home", "shared_home"]
pytestmark = pytest.mark.usefixtures("home")


def scaffold(root: Path, blueprints: Template | None = None) -> Scaffolded:
    """Without anybody to ask."""

    choices = harness.Choices(lambda planned: None, named=blueprints is not None)
    return harness.scaffold(target(root), blueprints or template(), choices)


@pytest.fixture
def scaffolded(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "shop")
    scaffold(repository.root)
    repository.commit("harness")
    return repository


def edit_answers(repository: Repository, **values: str) -> None:
    answers = {**repository.answers(), **values}
    repository.write(".copier-answers.yml", yaml.safe_dump(answers, sort_keys=False))
    repository.commit("answers")


def test_newer_blueprints_come_in_and_a_hand_edit_stays(blueprints: Path, tmp_path: Path) -> None:
    theirs = own_template(blueprints, tmp_path / "template")
    repository = Repository(tmp_path / "shop")
    scaffold(repository.root, Template(str(theirs.root), None))
    repository.edit("parity_nox.py", '"requirements.txt"', '"ours.txt"')
    repository.commit("harness, edited")
    theirs.edit(
        "blueprints/sessions/parity_nox.py.jinja", "a bare `nox` runs none", "nox alone runs none"
    )
    theirs.commit("newer")
    theirs.git("tag", "v1.1.0")

    done = scaffold(repository.root)

    assert Change("parity_nox.py", "changed") in done.changes
    assert "nox alone runs none" in repository.read("parity_nox.py")
    assert '"ours.txt"' in repository.read("parity_nox.py")
    assert repository.answers()["_commit"] == "v1.1.0"


def test_a_template_that_fails_leaves_the_tree_as_it_was(blueprints: Path, tmp_path: Path) -> None:
    theirs = own_template(blueprints, tmp_path / "template")
    repository = Repository(tmp_path / "shop")
    scaffold(repository.root, Template(str(theirs.root), None))
    repository.commit("harness")
    theirs.write("blueprints/documents/README.md.jinja", "{{ nothing.like.it }}\n")
    theirs.commit("broken")
    theirs.git("tag", "v1.1.0")

    with pytest.raises(RenderError, match="cannot be rendered"):
        scaffold(repository.root)

    assert repository.status() == []


def test_a_failure_in_the_middle_is_undone(
    scaffolded: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    scaffolded.write("parity.yaml", SPEC.replace("checks:\n", f"{REFUND}checks:\n"))
    scaffolded.commit("edit")
    real = os.replace

    def full(source: Path, place: Path) -> None:
        if Path(place).name == "settings.py":
            raise OSError("disk full")
        real(source, place)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        scaffold(scaffolded.root)

    assert scaffolded.status() == []


def test_a_newer_harness_is_not_downgraded(scaffolded: Repository) -> None:
    old = str(scaffolded.answers()["_commit"])
    place = Path(CHECKOUT).expanduser()
    kept = place.read_bytes()
    with bundle.opened(place.parent, place) as history:
        history.add("v99.0.0", history.tree_of(old), bundle.EPOCH)
        history.write(place)
    edit_answers(scaffolded, _commit="v99.0.0")
    try:
        with pytest.raises(Refused, match="upgrade parity-scaffolder"):
            scaffold(scaffolded.root, Template(CHECKOUT, old))
    finally:
        place.write_bytes(kept)
    assert scaffolded.status() == []


def test_a_version_that_is_not_to_be_had_is_named(scaffolded: Repository) -> None:
    edit_answers(scaffolded, _commit="v98.0.0")

    with pytest.raises(TemplateUnavailable, match=r"version v98\.0\.0; ~.* does not hold it"):
        scaffold(scaffolded.root)


def test_a_bundle_that_is_not_on_this_machine_is_named(scaffolded: Repository) -> None:
    place = "~/.cache/parity-scaffolder/blueprints.bundle"
    edit_answers(scaffolded, _src_path=place, _commit="v0.0.1")

    with pytest.raises(TemplateUnavailable, match="not on this machine"):
        scaffold(scaffolded.root)


def test_an_answers_file_with_conflict_markers_is_no_other_template_s(
    scaffolded: Repository,
) -> None:
    answers = scaffolded.read(".copier-answers.yml")
    scaffolded.write(".copier-answers.yml", f"{answers}<<<<<<< ours\na: 1\n=======\n")

    with pytest.raises(Refused, match="take either side of it whole"):
        target(scaffolded.root)


@pytest.mark.parametrize("text", ["a: [", "spec: {parity: 1}\n"])
def test_an_unreadable_answers_file_of_ours_is_refused(tmp_path: Path, text: str) -> None:
    repository = Repository(tmp_path / "shop")
    repository.write(".copier-answers.parity.yml", text)

    with pytest.raises(Refused, match="restore it from git"):
        target(repository.root)


def test_a_path_from_inside_the_git_folder_is_refused(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")

    with pytest.raises(Refused, match="git cannot work in"):
        target(repository.root / ".git")


def test_what_is_rendered_is_left_nowhere(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")

    with preview.rendered(target(repository.root), template()) as folder:
        assert JOURNEY in preview.files(folder)
    assert not folder.exists()
    assert repository.status() == []
