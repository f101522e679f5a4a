"""`parity scaffold` on real repositories, with the real Copier."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from repositories import JOURNEY, REFUND, SPEC, Repository, blueprints, home, shared_home

from scaffolder.cli import cli

__all__ = ["blueprints", "home", "shared_home"]
pytestmark = pytest.mark.usefixtures("home")


def parity(*arguments: str | Path, code: int = 0) -> Result:
    """Run `parity scaffold` in this process, without a terminal."""
    done = CliRunner().invoke(cli, ["scaffold", *map(str, arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "shop")


@pytest.fixture(scope="session")
def harness() -> list[Repository]:
    """One repository with its harness, made by the first test that needs it, copied for each."""
    return []


@pytest.fixture
def scaffolded(
    harness: list[Repository], tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> Repository:
    if not harness:
        first = Repository(tmp_path_factory.mktemp("harness") / "shop")
        parity(first.root)
        first.commit("harness")
        harness.append(first)
    shutil.copytree(harness[0].root, tmp_path / "shop")
    return Repository(tmp_path / "shop", spec=None)


def copier_update(repository: Repository, *arguments: str) -> None:
    """Plain `copier update`, as the team runs it without our tool."""
    subprocess.run(
        [sys.executable, "-m", "copier", "update", "--defaults", *arguments],
        cwd=repository.root,
        check=True,
        capture_output=True,
    )


def test_the_first_time_writes_the_harness(repository: Repository) -> None:
    done = parity(repository.root)

    written = {line.removeprefix("?? ") for line in repository.status()}
    assert {JOURNEY, "tests/parity/check_imports.py", "parity_nox.py", "noxfile.py"} <= written
    assert {"tests/parity/support/settings.py", ".copier-answers.yml"} <= written
    assert ".github/workflows/parity-pr-smoke.yml" in written
    assert "nox -s pr_smoke" in done.stdout
    assert "git add parity.yaml .copier-answers.yml" in done.stdout


def test_the_recorded_template_is_the_same_on_every_machine(scaffolded: Repository) -> None:
    recorded = str(scaffolded.answers()["_src_path"])

    assert recorded.startswith("~/.cache/parity-scaffolder/")
    assert str(Path.home()) not in scaffolded.read(".copier-answers.yml")


def test_a_second_time_changes_nothing(scaffolded: Repository) -> None:
    done = parity(scaffolded.root)

    assert "nothing to do" in done.stdout
    assert scaffolded.status() == []


def test_a_second_time_changes_nothing_in_files_edited_by_hand(scaffolded: Repository) -> None:
    scaffolded.edit(JOURNEY, "outcome.check_accepted()", "outcome.check_accepted()  # ours")
    scaffolded.edit("parity_nox.py", '"requirements.txt"', '"requirements-ours.txt"')
    scaffolded.commit("edited by hand")

    parity(scaffolded.root)

    assert scaffolded.status() == []


def test_a_spec_edit_comes_in_and_a_hand_edit_stays(scaffolded: Repository) -> None:
    scaffolded.edit(JOURNEY, "outcome.check_accepted()", "outcome.check_accepted()  # ours")
    scaffolded.edit("parity.yaml", "{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")
    scaffolded.commit("both")

    done = parity(scaffolded.root)

    assert f"~ {JOURNEY}" in done.stdout
    assert '"sku": "B7"' in scaffolded.read(JOURNEY)
    assert "# ours" in scaffolded.read(JOURNEY)


def test_plain_copier_update_does_the_same(scaffolded: Repository) -> None:
    scaffolded.edit(JOURNEY, "outcome.check_accepted()", "outcome.check_accepted()  # ours")
    scaffolded.edit("parity.yaml", "{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")
    scaffolded.commit("both")

    copier_update(scaffolded)

    assert '"sku": "B7"' in scaffolded.read(JOURNEY)
    assert "# ours" in scaffolded.read(JOURNEY)
    scaffolded.commit("updated")
    copier_update(scaffolded)
    assert scaffolded.status() == []


def test_a_new_journey_and_check_get_files_and_lose_them_again(scaffolded: Repository) -> None:
    scaffolded.write("parity.yaml", SPEC.replace("checks:\n", f"{REFUND}checks:\n"))
    scaffolded.commit("one more journey")
    parity(scaffolded.root)
    scaffolded.commit("updated")
    assert "refund" in scaffolded.read("tests/parity/journey_refund_order.py")
    assert '"refund-order"' in scaffolded.read("tests/parity/support/settings.py")

    scaffolded.write("parity.yaml", SPEC)
    scaffolded.commit("one less")
    done = parity(scaffolded.root)

    assert "- tests/parity/journey_refund_order.py" in done.stdout
    assert not (scaffolded.root / "tests/parity/journey_refund_order.py").exists()


def test_an_edited_file_of_a_dropped_check_is_kept(scaffolded: Repository) -> None:
    scaffolded.edit(JOURNEY, "outcome.check_accepted()", "outcome.check_accepted()  # ours")
    journeys = SPEC.partition("journeys:")[2].partition("checks:")[0]
    scaffolded.write("parity.yaml", SPEC.replace(f"journeys:{journeys}", ""))
    scaffolded.commit("no journey")

    done = parity(scaffolded.root, "--yes")

    assert f"= {JOURNEY}  (you edited it" in done.stdout
    assert "# ours" in scaffolded.read(JOURNEY)


def test_both_sides_changing_one_line_is_a_conflict(scaffolded: Repository) -> None:
    scaffolded.edit(JOURNEY, '"sku": "A1"', '"sku": "OURS"')
    scaffolded.edit("parity.yaml", "{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")
    scaffolded.commit("both")

    done = parity(scaffolded.root, code=1)

    assert f"! {JOURNEY}" in done.stdout
    assert "<<<<<<<" in scaffolded.read(JOURNEY)
    assert "git add" in done.stderr


def test_an_update_refuses_a_tree_that_is_not_clean(scaffolded: Repository) -> None:
    scaffolded.edit("parity.yaml", "{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")
    before = scaffolded.status()

    refused = parity(scaffolded.root, code=2)

    assert "commit" in refused.stderr
    assert "parity.yaml" in refused.stderr
    assert scaffolded.status() == before


def test_a_dry_run_of_the_first_time_shows_the_files_and_writes_none(
    repository: Repository,
) -> None:
    done = parity(repository.root, "--dry-run")

    assert f"+++ b/{JOURNEY}" in done.stdout
    assert "+JOURNEY = Journey(" in done.stdout
    assert repository.status() == []


def test_a_dry_run_of_an_update_shows_the_diff_of_an_uncommitted_spec(
    scaffolded: Repository,
) -> None:
    scaffolded.edit("parity.yaml", "{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")

    done = parity(scaffolded.root, "--dry-run")

    assert '+    "json": {"sku": "B7"' in done.stdout.replace("        ", "    ")
    assert scaffolded.status() == [" M parity.yaml"]
    assert '"sku": "A1"' in scaffolded.read(JOURNEY)


NAMES = [JOURNEY, "parity_nox.py", "tests/parity/support/journeys/client.py"]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_in_the_way_is_refused(repository: Repository, name: str) -> None:
    repository.write(name, "ours\n")
    before = repository.status()

    refused = parity(repository.root, code=2)

    assert f"{name}: not written by parity" in refused.stderr
    assert repository.status() == before
    assert repository.read(name) == "ours\n"


def test_every_file_in_the_way_is_named_at_once(repository: Repository) -> None:
    repository.write("parity_nox.py", "ours\n")
    repository.write(JOURNEY, "ours\n")

    refused = parity(repository.root, code=2)

    assert "parity_nox.py" in refused.stderr
    assert JOURNEY in refused.stderr


def test_a_link_that_leads_outside_is_refused(repository: Repository, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (repository.root / "tests").symlink_to(outside)

    refused = parity(repository.root, code=2)

    assert "tests is a symbolic link to" in refused.stderr
    assert "outside of the repository" in refused.stderr
    assert list(outside.iterdir()) == []


def test_a_file_where_a_folder_must_be_is_refused(repository: Repository) -> None:
    repository.write("tests", "a file\n")

    assert "tests is a file" in parity(repository.root, code=2).stderr


def test_an_unreadable_spec_writes_nothing(repository: Repository) -> None:
    repository.write("parity.yaml", SPEC.replace("tier: smoke", "tier: smok") + "colour: red\n")
    repository.commit("broken")

    refused = parity(repository.root, code=2)

    assert "did you mean 'smoke'?" in refused.stderr
    assert "colour" in refused.stderr
    assert repository.status() == []


def test_outside_of_a_git_repository_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "parity.yaml").write_text(SPEC)

    refused = parity(tmp_path, code=2)

    assert "git init" in refused.stderr
    assert os.listdir(tmp_path) == ["parity.yaml"]


def test_without_a_spec_nothing_is_written(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "empty", spec=None)

    assert "there is no parity.yaml" in parity(repository.root, code=2).stderr
    assert repository.status() == []


def test_without_git_it_says_so(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository.root))

    assert "git is not installed" in parity(repository.root, code=3).stderr


def test_an_answers_file_of_another_template_is_left_alone(repository: Repository) -> None:
    theirs = "_commit: v1\n_src_path: gh:acme/template\nproject: shop\n"
    repository.write(".copier-answers.yml", theirs)
    repository.commit("their template")

    done = parity(repository.root)
    repository.commit("harness")

    assert repository.read(".copier-answers.yml") == theirs
    assert "copier update --defaults -a .copier-answers.parity.yml" in done.stdout
    repository.edit("parity.yaml", "{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")
    repository.commit("edit")
    copier_update(repository, "-a", ".copier-answers.parity.yml")
    assert '"sku": "B7"' in repository.read(JOURNEY)
    repository.commit("updated")
    assert "nothing to do" in parity(repository.root).stdout


def test_a_subfolder_of_a_larger_repository(tmp_path: Path) -> None:
    whole = Repository(tmp_path / "company", spec=None)
    whole.write("services/shop/parity.yaml", SPEC)
    whole.write("other/readme", "not ours\n")
    whole.commit("services")

    done = parity(whole.root / "services/shop")
    whole.commit("harness")

    workflow = whole.read("services/shop/.github/workflows/parity-pr-smoke.yml")
    assert 'working-directory: "services/shop"' in workflow
    assert "GitHub reads the workflows of the repository's root only" in done.stdout
    whole.edit("services/shop/parity.yaml", "{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")
    whole.commit("edit")
    whole.write("other/readme", "uncommitted, in another folder\n")
    parity(whole.root / "services/shop")
    assert '"sku": "B7"' in whole.read(f"services/shop/{JOURNEY}")
    assert " M other/readme" in whole.status()


def test_ignored_targets_are_named(repository: Repository) -> None:
    repository.write(".gitignore", "support/\n")
    repository.commit("ignore")

    done = parity(repository.root)

    assert "git ignores tests/parity/support/" in done.stdout


def test_a_host_that_collects_every_file_is_told(repository: Repository) -> None:
    repository.write("pytest.ini", "[pytest]\npython_files = *.py\n")
    repository.commit("wide")

    assert "--ignore=tests/parity" in parity(repository.root).stdout


def test_a_check_without_blueprint_is_named(repository: Repository) -> None:
    repository.edit(
        "parity.yaml",
        "  - {id: imports, tier: smoke, budget: 15s}\n",
        "  - {id: imports, tier: smoke, budget: 15s}\n"
        "  - {id: locale, tier: nightly, budget: 60s}\n",
    )

    done = parity(repository.root)

    assert "not generated yet: locale" in done.stdout
    settings = repository.read("tests/parity/support/settings.py")
    assert 'NOT_GENERATED: list[str] = ["locale"]' in settings


def test_a_noxfile_that_was_there_is_only_edited_with_consent(repository: Repository) -> None:
    repository.write("noxfile.py", "import nox\n\n\n@nox.session\ndef tests(session):\n    pass\n")
    repository.commit("noxfile")
    before = repository.read("noxfile.py")

    asked = parity(repository.root)
    assert 'runpy.run_path("parity_nox.py")' in asked.stdout
    assert repository.read("noxfile.py") == before
    repository.commit("harness")

    parity(repository.root, "--yes")
    assert repository.read("noxfile.py").count("runpy.run_path") == 1
    repository.commit("loaded")
    parity(repository.root, "--yes")
    assert repository.status() == []


def test_a_noxfile_with_uncommitted_changes_is_not_edited(repository: Repository) -> None:
    repository.write("noxfile.py", "import nox\n")

    done = parity(repository.root, "--yes")

    assert "uncommitted changes" in done.stdout
    assert repository.read("noxfile.py") == "import nox\n"


def test_the_result_as_json(repository: Repository) -> None:
    document = json.loads(parity(repository.root, "--json").stdout)

    assert {"path": JOURNEY, "kind": "added", "why": ""} in document["changes"]
    assert document["conflicts"] == []
    assert document["version"].startswith("v")


def test_a_deleted_generated_file_stays_deleted(scaffolded: Repository) -> None:
    (scaffolded.root / "tests/parity/README.md").unlink()
    scaffolded.edit("parity.yaml", "{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")
    scaffolded.commit("without the readme")

    parity(scaffolded.root)

    assert not (scaffolded.root / "tests/parity/README.md").exists()
    assert '"sku": "B7"' in scaffolded.read(JOURNEY)
