"""Plain `copier update --defaults`, as a team runs it that has no parity; and two branches."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from lifecycle import copier_update, first_harness, own_template, parity, release, scaffolded
from repositories import JOURNEY, REFUND, SPEC, Repository, blueprints, home, shared_home

__all__ = ["blueprints", "first_harness", "home", "scaffolded", "shared_home"]
pytestmark = pytest.mark.usefixtures("home")
REFUND_FILE = "tests/parity/journey_refund_order.py"
CANCEL_FILE = "tests/parity/journey_cancel_order.py"
SETTINGS = "tests/parity/support/settings.py"
CANCEL = REFUND.replace("refund", "cancel")


def with_journey(text: str) -> str:
    return SPEC.replace("checks:\n", f"{text}checks:\n")


def test_an_added_journey_and_check_come_and_go(scaffolded: Repository) -> None:
    check = "  - {id: environment, tier: smoke, budget: 60s}\n"
    scaffolded.write("parity.yaml", with_journey(REFUND) + check)
    scaffolded.commit("more")

    copier_update(scaffolded)

    assert "refund" in scaffolded.read(REFUND_FILE)
    assert (scaffolded.root / "tests/parity/check_environment.py").is_file()
    scaffolded.commit("updated")
    scaffolded.write("parity.yaml", SPEC)
    scaffolded.commit("less")
    copier_update(scaffolded)
    assert not (scaffolded.root / REFUND_FILE).exists()
    assert not (scaffolded.root / "tests/parity/check_environment.py").exists()


def test_it_does_what_parity_update_does(scaffolded: Repository) -> None:
    scaffolded.edit(JOURNEY, "outcome.check_accepted()", "outcome.check_accepted()  # ours")
    scaffolded.write("parity.yaml", with_journey(REFUND).replace("{sku: A1,", "{sku: B7,"))
    scaffolded.commit("both")

    parity("update", scaffolded.root)
    ours = {line[3:]: scaffolded.read(line[3:]) for line in scaffolded.status()}
    parity("update", scaffolded.root, "--undo")
    copier_update(scaffolded)

    assert ours.keys() >= {JOURNEY, REFUND_FILE, SETTINGS, ".copier-answers.yml"}
    assert {line[3:]: scaffolded.read(line[3:]) for line in scaffolded.status()} == ours


def test_another_templates_answers_file_is_left_alone(home: Path, tmp_path: Path) -> None:
    theirs = "_commit: v1\n_src_path: gh:acme/template\nproject: shop\n"
    repository = Repository(tmp_path / "shop")
    repository.write(".copier-answers.yml", theirs)
    repository.commit("their template")
    command = "copier update --defaults -a .copier-answers.parity.yml"

    first = parity("scaffold", repository.root)
    repository.commit("harness")
    repository.edit("parity.yaml", "{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")
    repository.commit("edit")
    second = parity("update", repository.root)

    assert command in first.stdout
    assert command in second.stdout
    assert command in repository.read("tests/parity/README.md")
    assert repository.read(".copier-answers.yml") == theirs
    repository.git("checkout", "--quiet", "--", ".")
    copier_update(repository, "-a", ".copier-answers.parity.yml")
    assert '"sku": "B7"' in repository.read(JOURNEY)


def test_branches_that_each_add_a_journey_merge(scaffolded: Repository) -> None:
    for name, journey in (("refund", REFUND), ("cancel", CANCEL)):
        scaffolded.git("checkout", "--quiet", "-b", name, "main")
        place = "journeys:\n" if name == "refund" else "checks:\n"
        before, _, after = SPEC.partition(place)
        text = f"{before}{place}{journey}{after}" if name == "refund" else with_journey(journey)
        scaffolded.write("parity.yaml", text)
        scaffolded.commit(name)
        parity("update", scaffolded.root)
        scaffolded.commit(f"harness: {name}")

    scaffolded.git("merge", "--no-edit", "refund")

    assert scaffolded.status() == []
    parity("update", scaffolded.root)
    settings = scaffolded.read(SETTINGS)
    assert '"refund-order"' in settings
    assert '"cancel-order"' in settings
    assert "<<<<<<<" not in settings
    for file in (REFUND_FILE, CANCEL_FILE):
        assert (scaffolded.root / file).is_file()


def test_branches_that_add_a_check_at_the_same_place_take_one_side_and_update(
    scaffolded: Repository,
) -> None:
    for name in ("environment", "engine"):
        scaffolded.git("checkout", "--quiet", "-b", name, "main")
        scaffolded.write("parity.yaml", f"{SPEC}  - {{id: {name}, tier: smoke, budget: 60s}}\n")
        scaffolded.commit(name)
        parity("update", scaffolded.root)
        scaffolded.commit(f"harness: {name}")

    with pytest.raises(subprocess.CalledProcessError):
        scaffolded.git("merge", "--no-edit", "environment")
    lines = scaffolded.read("parity.yaml").splitlines(keepends=True)
    both = [one for one in lines if not one.startswith(("<<<<<<< ", "=======", ">>>>>>> "))]
    scaffolded.write("parity.yaml", "".join(both))
    scaffolded.git("checkout", "--quiet", "--ours", ".copier-answers.yml", SETTINGS)
    scaffolded.commit("merged")
    parity("update", scaffolded.root)

    settings = scaffolded.read(SETTINGS)
    assert '"environment"' in settings
    assert '"engine"' in settings
    scaffolded.commit("updated")
    assert "no drift" in parity("drift", scaffolded.root).stdout


@pytest.mark.parametrize("command", ["copier", "parity"])
def test_two_versions_on_with_another_shape_of_the_plan(
    blueprints: Path, tmp_path: Path, command: str
) -> None:
    theirs = own_template(blueprints, tmp_path / "template")
    repository = Repository(tmp_path / "shop")
    parity("scaffold", repository.root, "--template", theirs.root)
    repository.edit("parity_nox.py", '"requirements.txt"', '"ours.txt"')
    repository.commit("harness, edited")
    # v1.1.0: files are entries with a folder of their own; v1.2.0: one file more, one renamed
    planner = "blueprints/planner.jinja"
    theirs.edit(planner, "{'files': files, ", "{'shape': 2, 'files': files, ")
    dispatcher = "blueprints/harness/{% yield f from plan.files %}{{ f.path }}{% endyield %}.jinja"
    theirs.write(dispatcher, "{% include f.blueprint if plan.shape == 2 else 'wrong' %}\n")
    release(theirs, "v1.1.0")
    theirs.edit(planner, "'path': 'tests/parity/README.md'", "'path': 'tests/parity/GUIDE.md'")
    theirs.write("blueprints/harness/tests/parity/support/extra.py", "EXTRA = 1\n")
    release(theirs, "v1.2.0")

    if command == "copier":
        copier_update(repository)
    else:
        parity("update", repository.root)

    assert '"ours.txt"' in repository.read("parity_nox.py")
    assert repository.answers()["_commit"] == "v1.2.0"
    assert not (repository.root / "tests/parity/README.md").exists()
    assert "# Parity checks" in repository.read("tests/parity/GUIDE.md")
    assert repository.read("tests/parity/support/extra.py") == "EXTRA = 1\n"


@pytest.mark.parametrize("command", ["copier", "parity"])
def test_what_is_the_team_s_own_is_touched_by_no_version(
    blueprints: Path, tmp_path: Path, command: str
) -> None:
    theirs = own_template(blueprints, tmp_path / "template")
    repository = Repository(tmp_path / "shop")
    parity("scaffold", repository.root, "--template", theirs.root)
    own = {
        "tests/parity/local/seed.py": "def seed(connection):\n    connection.execute('SELECT 1')\n",
        "tests/parity/local/check_report.py": "def test_report():\n    pass\n",
        "noxfile.py": "import runpy\nrunpy.run_path('parity_nox.py')\n",
    }
    for name, text in own.items():
        repository.write(name, text)
    repository.commit("own code")
    local = "blueprints/harness/tests/parity/local"
    theirs.edit(f"{local}/seed.py", "Rows that every check", "The rows that every check")
    (theirs.root / local / "logins.py").unlink()
    theirs.write(f"{local}/more.py", "MORE = 1\n")
    theirs.edit("blueprints/harness/noxfile.py", "Sessions of", "The sessions of")
    release(theirs, "v1.1.0")

    if command == "copier":
        copier_update(repository)
    else:
        parity("update", repository.root)

    assert {name: repository.read(name) for name in own} == own
    assert repository.read("tests/parity/local/more.py") == "MORE = 1\n"
    assert repository.answers()["_commit"] == "v1.1.0"
