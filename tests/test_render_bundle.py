"""The bundle: one version for each release, and the present files; and where it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import Repository

from scaffolder.render import template as templates
from scaffolder.render.bundle import build, ordered
from scaffolder.render.git import git
from scaffolder.render.template import CHECKOUT, RELEASED, TemplateUnavailable, template, versions


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def checkout(tmp_path: Path) -> Repository:
    """A checkout with two releases and a candidate."""
    repository = Repository(tmp_path / "checkout", spec=None)
    repository.write("README.md", "before the blueprints\n")
    repository.commit("zero")
    repository.git("tag", "v0.0.1")
    for number, tag in enumerate(["v0.1.0", "v0.2.0", "v0.10.0rc1"]):
        repository.write("copier.yml", f"# {number}\n")
        repository.write("blueprints/a.txt", f"{number}\n")
        repository.commit(tag)
        repository.git("tag", tag)
    return repository


def content(place: Path, tag: str) -> dict[str, str]:
    """The files of a version in a bundle."""
    clone = place.with_name("clone.git")
    if not clone.exists():
        git("clone", "--quiet", "--bare", str(place), str(clone), cwd=place.parent)
    names = git("ls-tree", "-r", "--name-only", tag, cwd=clone).splitlines()
    return {name: git("show", f"{tag}:{name}", cwd=clone) for name in names}


def test_every_release_and_the_present_are_versions(checkout: Repository, tmp_path: Path) -> None:
    place = tmp_path / "out" / "b.bundle"

    tag = build(checkout.root, "0.3.0", place)

    assert tag == "v0.3.0"
    assert versions(place) == ["v0.1.0", "v0.2.0", "v0.3.0"]
    assert content(place, "v0.1.0") == {"copier.yml": "# 0\n", "blueprints/a.txt": "0\n"}
    assert content(place, "v0.3.0") == {"copier.yml": "# 2\n", "blueprints/a.txt": "2\n"}


def test_uncommitted_files_are_in_it_and_ignored_ones_are_not(
    checkout: Repository, tmp_path: Path
) -> None:
    checkout.write(".gitignore", "*.log\n.gitignore\n")
    checkout.write("blueprints/new.txt", "uncommitted\n")
    checkout.write("blueprints/debug.log", "ignored\n")
    checkout.write("blueprints/__pycache__/a.pyc", "ignored\n")

    build(checkout.root, "0.3.0", tmp_path / "b.bundle")

    assert sorted(content(tmp_path / "b.bundle", "v0.3.0")) == [
        "blueprints/a.txt",
        "blueprints/new.txt",
        "copier.yml",
    ]
    assert "?? blueprints/new.txt" in checkout.status()  # nothing was added to the index


def test_a_release_that_is_tagged_already_keeps_its_content(
    checkout: Repository, tmp_path: Path
) -> None:
    checkout.write("blueprints/a.txt", "changed since\n")

    assert build(checkout.root, "0.2.0", tmp_path / "b.bundle") == "v0.2.0.post1"
    assert content(tmp_path / "b.bundle", "v0.2.0")["blueprints/a.txt"] == "1\n"


def test_equal_input_gives_equal_commits(checkout: Repository, tmp_path: Path) -> None:
    for name in ("one", "two"):
        build(checkout.root, "0.3.0", tmp_path / name)

    one, two = (git("ls-remote", str(tmp_path / n), cwd=tmp_path) for n in ("one", "two"))
    assert one == two


def test_a_source_archive_without_git_has_the_present_version(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    (root / "blueprints").mkdir(parents=True)
    (root / "copier.yml").write_text("# archive\n")
    (root / "blueprints" / "a.txt").write_text("a\n")

    assert build(root, "1.0.0", tmp_path / "b.bundle") == "v1.0.0"
    assert versions(tmp_path / "b.bundle") == ["v1.0.0"]


def test_versions_are_ordered_as_pep_440_has_it() -> None:
    tags = ["v0.10.0", "v0.9.0", "v0.10.0.post1+gabc", "v1.0rc1", "latest", "vnext"]

    assert ordered(tags) == ["v0.9.0", "v0.10.0", "v0.10.0.post1+gabc"]


def test_a_checkout_adds_a_version_for_each_state_of_its_files(
    checkout: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "PACKAGE", checkout.root / "scaffolder")

    first = template()
    again = template()
    checkout.write("blueprints/a.txt", "changed\n")
    second = template()

    assert first == again
    assert first.place == CHECKOUT
    assert versions(CHECKOUT) == [first.ref, second.ref]


def packaged(folder: Path, checkout: Repository, version: str) -> Path:
    """A package that carries the bundle of a version."""
    build(checkout.root, version, folder / "data" / "blueprints.bundle")
    return folder


def test_a_package_puts_its_bundle_into_the_home_folder(
    checkout: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "PACKAGE", packaged(tmp_path / "pkg", checkout, "0.3.0"))

    found = template()

    assert (found.place, found.ref) == (RELEASED, "v0.3.0")
    assert versions(RELEASED)[-1] == "v0.3.0"


def test_an_older_package_leaves_a_newer_bundle_there(
    checkout: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = packaged(tmp_path / "old", checkout, "0.3.0")
    checkout.git("tag", "v0.3.0")
    checkout.write("blueprints/a.txt", "newer\n")
    new = packaged(tmp_path / "new", checkout, "0.4.0")
    for package in (old, new, old):
        monkeypatch.setattr(templates, "PACKAGE", package)
        found = template()

    assert found.ref == "v0.3.0"
    assert versions(RELEASED)[-1] == "v0.4.0"


def test_a_home_that_cannot_be_written_is_named(
    checkout: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "PACKAGE", checkout.root / "scaffolder")
    (tmp_path / "home").write_text("a file")

    with pytest.raises(TemplateUnavailable, match="set HOME to a folder of yours"):
        template()


def test_no_blueprints_at_all_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "PACKAGE", tmp_path / "nowhere")

    with pytest.raises(TemplateUnavailable, match="reinstall parity-scaffolder"):
        template()


def test_a_folder_that_the_user_names_is_made_absolute(
    checkout: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout.root.parent)

    assert template("checkout").place == str(checkout.root)
    assert template("gh:acme/blueprints").place == "gh:acme/blueprints"
