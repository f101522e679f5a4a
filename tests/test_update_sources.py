"""Where an update takes the blueprints from: what is recorded, else what this machine has."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from lifecycle import own_template, parity, release, tree
from repositories import JOURNEY, ROOT, SPEC, Repository, blueprints, home, shared_home

from scaffolder.render import bundle, template
from scaffolder.render.template import RELEASED

__all__ = ["blueprints", "home", "shared_home"]
EDIT = ("outcome.check_accepted()", "outcome.check_accepted()  # ours")


@pytest.fixture
def theirs(blueprints: Path, tmp_path: Path) -> Repository:
    """Blueprints in a repository of their own, v1.0.0."""
    return own_template(blueprints, tmp_path / "template")


@pytest.fixture
def installed(
    home: Path, theirs: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A machine of its own with an installed parity, whose bundle holds v1.0.0."""
    machine = tmp_path / "machine"
    monkeypatch.setenv("HOME", str(machine))
    package = tmp_path / "package" / "scaffolder"
    bundle.build(theirs.root, "1.0.0", package / "data" / "blueprints.bundle")
    monkeypatch.setattr(template, "PACKAGE", package)
    assert machine != home
    return package


def upgrade(package: Path, theirs: Repository, version: str) -> None:
    """The next version of the installed parity, with blueprints of another wording."""
    theirs.edit("blueprints/harness/tests/parity/ruff.toml", "own style:", "very own style:")
    bundle.build(theirs.root, version, package / "data" / "blueprints.bundle")


def harness_of(place: Path | str, tmp_path: Path, name: str = "shop") -> Repository:
    repository = Repository(tmp_path / name)
    parity("scaffold", repository.root, "--template", place)
    repository.edit(JOURNEY, *EDIT)
    repository.commit("harness, edited")
    return repository


@pytest.mark.usefixtures("home")
def test_a_git_url(theirs: Repository, tmp_path: Path) -> None:
    repository = harness_of(f"git+file://{theirs.root}", tmp_path)
    theirs.edit("blueprints/harness/tests/parity/ruff.toml", "own style:", "very own style:")
    release(theirs, "v1.1.0")

    parity("update", repository.root)

    assert repository.answers()["_src_path"] == f"git+file://{theirs.root}"
    assert repository.answers()["_commit"] == "v1.1.0"
    assert "very own style" in repository.read("tests/parity/ruff.toml")
    assert "# ours" in repository.read(JOURNEY)


@pytest.mark.usefixtures("home")
def test_a_file_url_and_versions_without_a_letter(theirs: Repository, tmp_path: Path) -> None:
    url = f"file://{theirs.root}"
    theirs.git("tag", "1.0.5")
    repository = Repository(tmp_path / "shop")

    done = parity("scaffold", repository.root, "--template", url)
    repository.commit("harness")

    assert f"records git+{url}, a path of this machine" in done.stdout
    assert repository.answers()["_commit"] == "1.0.5"
    theirs.edit("blueprints/harness/tests/parity/ruff.toml", "own style:", "very own style:")
    release(theirs, "1.1.0")
    found = json.loads(parity("drift", repository.root, "--json", code=1).stdout)
    assert [(one["kind"], one["what"]) for one in found["findings"]] == [("version", "1.1.0")]
    parity("update", repository.root)
    assert repository.answers()["_commit"] == "1.1.0"
    assert "very own style" in repository.read("tests/parity/ruff.toml")


def test_a_path_of_another_machine_is_replaced_by_what_is_installed(
    theirs: Repository, installed: Path, tmp_path: Path
) -> None:
    repository = harness_of(theirs.root, tmp_path)
    assert str(theirs.root) in repository.read(".copier-answers.yml")
    theirs.root.rename(tmp_path / "gone")
    theirs.root = tmp_path / "gone"
    upgrade(installed, theirs, "1.1.0")

    done = parity("update", repository.root)

    assert f"updated from {RELEASED} instead" in done.stdout
    assert repository.answers()["_src_path"] == RELEASED
    assert repository.answers()["_commit"] == "v1.1.0"
    assert "very own style" in repository.read("tests/parity/ruff.toml")
    assert "# ours" in repository.read(JOURNEY)


def test_scaffold_says_that_a_path_is_of_this_machine(
    theirs: Repository, installed: Path, tmp_path: Path
) -> None:
    assert installed.is_dir()
    repository = Repository(tmp_path / "shop")

    done = parity("scaffold", repository.root, "--template", theirs.root)

    assert f"records {theirs.root}, a path of this machine" in done.stdout


def test_another_template_of_the_same_version_is_not_taken_for_it(
    theirs: Repository, installed: Path, tmp_path: Path
) -> None:
    assert installed.is_dir()
    for path in (theirs.root / "blueprints" / "harness").rglob("*.py"):
        path.write_text(path.read_text() + "\n# a fork\n")
    theirs.commit("fork")
    theirs.git("tag", "--force", "v1.0.0")
    repository = harness_of(theirs.root, tmp_path)
    theirs.root.rename(tmp_path / "gone")
    before = tree(repository.root)

    refused = parity("update", repository.root, code=3)

    assert "no version of parity's own is the same" in refused.stderr
    assert tree(repository.root) == before


@pytest.mark.usefixtures("home")
def test_another_template_is_taken_when_it_is_named(
    theirs: Repository, blueprints: Path, tmp_path: Path
) -> None:
    repository = harness_of(theirs.root, tmp_path)
    moved = own_template(blueprints, tmp_path / "moved")
    moved.edit("blueprints/harness/tests/parity/ruff.toml", "own style:", "moved style:")
    release(moved, "v0.5.0")
    moved.git("tag", "--delete", "v1.0.0")

    parity("update", repository.root, "--template", moved.root)

    assert repository.answers()["_src_path"] == str(moved.root)
    assert "moved style" in repository.read("tests/parity/ruff.toml")
    assert "# ours" in repository.read(JOURNEY)


def test_a_bundle_of_another_checkout_s_number_is_known_by_its_content(
    theirs: Repository, installed: Path, tmp_path: Path
) -> None:
    """Two checkouts number the same content differently."""
    assert installed.is_dir()
    repository = Repository(tmp_path / "shop")
    parity("scaffold", repository.root)
    content = "+g0123456789ab"
    place = Path(RELEASED).expanduser()
    with bundle.opened(theirs.root, place) as history:
        history.add(f"v1.0.0.post7{content}", history.tree_of("v1.0.0"), bundle.EPOCH)
        history.write(place.with_name("checkout.bundle"))
    repository.edit(".copier-answers.yml", "_commit: v1.0.0", f"_commit: v1.0.0.post2{content}")
    repository.commit("made by another checkout")
    upgrade(installed, theirs, "1.1.0")

    parity("update", repository.root)

    assert repository.answers()["_commit"] == "v1.1.0"
    assert "very own style" in repository.read("tests/parity/ruff.toml")


def wheel(checkout: Repository, folder: Path) -> Path:
    """The wheel of a checkout, unpacked: as an installation has it, without its dependencies."""
    command = [sys.executable, "-m", "uv", "build", "--quiet", "--wheel", str(checkout.root)]
    command += ["--out-dir", str(folder / "dist"), "--python", sys.executable]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    (archive,) = (folder / "dist").glob("*.whl")
    zipfile.ZipFile(archive).extractall(folder / "site")
    return folder / "site"


def test_from_one_wheel_to_the_next_without_checkout_and_network(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns(".git", ".venv", ".nox", "__pycache__", ".*_cache", ".parity")
    shutil.copytree(ROOT, tmp_path / "checkout", ignore=ignored)
    checkout = Repository(tmp_path / "checkout", spec=None)
    release(checkout, "v0.1.0")
    sites = []
    for version in ("0.1.0", "0.2.0"):
        folder = tmp_path / version
        folder.mkdir()
        if version == "0.2.0":
            checkout.edit("pyproject.toml", 'version = "0.1.0"', 'version = "0.2.0"')
            checkout.edit("scaffolder/__init__.py", "0.1.0", "0.2.0")
            ruff = "blueprints/harness/tests/parity/ruff.toml"
            checkout.edit(ruff, "own style:", "very own style:")
            release(checkout, "v0.2.0")
        sites.append(wheel(checkout, folder))
    shutil.rmtree(checkout.root)
    repository = Repository(tmp_path / "shop")

    def run(site: Path, command: str, machine: str) -> None:
        env = {**os.environ, "PYTHONPATH": str(site), "HOME": str(tmp_path / machine)}
        no_network = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy")}
        no_network["GIT_ALLOW_PROTOCOL"] = "file"
        (tmp_path / machine).mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "scaffolder", command],
            cwd=repository.root,
            env=env | no_network,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    run(sites[0], "scaffold", "first machine")
    repository.edit(JOURNEY, *EDIT)
    repository.write(
        "parity.yaml", SPEC.replace("{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")
    )
    repository.commit("harness, edited")
    for machine in ("first machine", "a colleague's machine"):
        run(sites[1], "update", machine)
        assert repository.answers()["_commit"] == "v0.2.0"
        assert "very own style" in repository.read("tests/parity/ruff.toml")
        assert "# ours" in repository.read(JOURNEY)
        assert '"sku": "B7"' in repository.read(JOURNEY)
        repository.git("checkout", "--quiet", "--", ".")
