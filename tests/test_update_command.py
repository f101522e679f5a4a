"""`parity update` on real repositories: what it shows, asks, writes, keeps and takes back."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from lifecycle import first_harness, identity, parity, scaffolded, tree
from repositories import JOURNEY, REFUND, SPEC, Repository, blueprints, home, shared_home

from scaffolder.cli import changes
from scaffolder.render import journal
from scaffolder.render.preflight import target

__all__ = ["blueprints", "first_harness", "home", "identity", "scaffolded", "shared_home"]
pytestmark = pytest.mark.usefixtures("home")
REFUND_FILE = "tests/parity/journey_refund_order.py"
WITH_REFUND = SPEC.replace("checks:\n", f"{REFUND}checks:\n")
WITHOUT_JOURNEY = SPEC.partition("journeys:")[0] + "checks:" + SPEC.partition("checks:")[2]


def edit_sku(repository: Repository) -> None:
    repository.edit("parity.yaml", "{sku: A1, quantity: 2}", "{sku: B7, quantity: 2}")


def test_a_spec_edit_comes_in_a_hand_edit_stays_and_the_next_steps_are_said(
    scaffolded: Repository,
) -> None:
    scaffolded.edit(JOURNEY, "outcome.check_accepted()", "outcome.check_accepted()  # ours")
    edit_sku(scaffolded)
    scaffolded.commit("both")

    done = parity("update", scaffolded.root)

    assert '"sku": "B7"' in scaffolded.read(JOURNEY)
    assert "# ours" in scaffolded.read(JOURNEY)
    assert f"~ {JOURNEY}" in done.stdout
    assert "git commit -m 'Update the parity harness'" in done.stdout


def test_without_a_harness_it_names_scaffold_and_adopt(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "shop")

    refused = parity("update", repository.root, code=2)

    assert "`parity scaffold` writes a harness" in refused.stderr
    assert "parity adopt" in refused.stderr
    assert repository.status() == []


def test_a_wrong_spec_is_refused_before_anything_else(scaffolded: Repository) -> None:
    scaffolded.edit("parity.yaml", "tier: smoke", "tier: smok")

    refused = parity("update", scaffolded.root, "--yes", code=2)

    assert "did you mean 'smoke'?" in refused.stderr
    assert scaffolded.status() == [" M parity.yaml"]


def test_an_uncommitted_spec_is_not_committed_unasked(scaffolded: Repository) -> None:
    edit_sku(scaffolded)

    refused = parity("update", scaffolded.root, code=2)

    assert "commit it first, or say --yes" in refused.stderr
    assert scaffolded.status() == [" M parity.yaml"]


@pytest.mark.usefixtures("identity")
def test_with_consent_the_spec_alone_is_committed(scaffolded: Repository) -> None:
    edit_sku(scaffolded)
    scaffolded.write("notes.txt", "staged, and not ours\n")
    scaffolded.git("add", "notes.txt")

    parity("update", scaffolded.root, "--yes")

    assert scaffolded.git("show", "--name-only", "--format=%s", "HEAD").split("\n\n") == [
        "Edit parity.yaml",
        "parity.yaml\n",
    ]
    assert "A  notes.txt" in scaffolded.status()
    assert '"sku": "B7"' in scaffolded.read(JOURNEY)


def test_a_dry_run_shows_list_and_diff_and_writes_nothing(scaffolded: Repository) -> None:
    scaffolded.write("parity.yaml", WITH_REFUND)
    before = tree(scaffolded.root)

    done = parity("update", scaffolded.root, "--dry-run")

    assert f"+ {REFUND_FILE}" in done.stdout
    assert f"--- /dev/null\n+++ b/{REFUND_FILE}" in done.stdout
    assert "~ tests/parity/support/settings.py" in done.stdout
    assert tree(scaffolded.root) == before


def test_the_list_comes_before_the_question_and_no_changes_nothing(
    scaffolded: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit_sku(scaffolded)
    scaffolded.commit("edit")
    asked: list[str] = []
    monkeypatch.setattr(click, "confirm", lambda text, **_: asked.append(text))
    monkeypatch.setattr(changes, "sys", _Terminal)

    done = parity("update", scaffolded.root, code=2)

    assert asked == ["Write these changes?"]
    assert f"~ {JOURNEY}" in done.stdout
    assert "nothing was changed" in done.stderr
    assert scaffolded.status() == []


class _Terminal:
    """Stands for the module sys, where a person sits at the terminal."""

    class stdin:
        @staticmethod
        def isatty() -> bool:
            return True


def test_unfinished_work_in_other_files_is_no_obstacle(scaffolded: Repository) -> None:
    edit_sku(scaffolded)
    scaffolded.commit("edit")
    scaffolded.write("shop/main.py", "half done\n")

    parity("update", scaffolded.root)

    assert '"sku": "B7"' in scaffolded.read(JOURNEY)


def test_uncommitted_edits_of_a_file_that_changes_are_named(scaffolded: Repository) -> None:
    edit_sku(scaffolded)
    scaffolded.commit("edit")
    scaffolded.edit(JOURNEY, "outcome.check_accepted()", "outcome.check_accepted()  # ours")

    refused = parity("update", scaffolded.root, code=2)

    assert JOURNEY in refused.stderr
    assert "commit" in refused.stderr


def test_an_edited_file_of_a_dropped_journey_is_kept_unless_told(scaffolded: Repository) -> None:
    scaffolded.edit(JOURNEY, "outcome.check_accepted()", "outcome.check_accepted()  # ours")
    scaffolded.write("parity.yaml", WITHOUT_JOURNEY)
    scaffolded.commit("dropped")

    done = parity("update", scaffolded.root)
    assert f"= {JOURNEY}  (you edited it" in done.stdout
    assert "# ours" in scaffolded.read(JOURNEY)

    parity("update", scaffolded.root, "--undo")
    done = parity("update", scaffolded.root, "--delete-edited")
    assert f"- {JOURNEY}  (with what you edited)" in done.stdout
    assert not (scaffolded.root / JOURNEY).exists()


def test_an_untouched_file_of_a_dropped_journey_goes(scaffolded: Repository) -> None:
    scaffolded.write("parity.yaml", WITHOUT_JOURNEY)
    scaffolded.commit("dropped")

    done = parity("update", scaffolded.root)

    assert f"- {JOURNEY}\n" in done.stdout
    assert not (scaffolded.root / JOURNEY).exists()


def test_a_kept_file_whose_journey_comes_back_holds_both_versions(scaffolded: Repository) -> None:
    scaffolded.edit(JOURNEY, "outcome.check_accepted()", "outcome.check_accepted()  # ours")
    scaffolded.write("parity.yaml", WITHOUT_JOURNEY)
    scaffolded.commit("dropped")
    parity("update", scaffolded.root)
    scaffolded.commit("updated")
    scaffolded.write("parity.yaml", SPEC.replace("quantity: 2}, status", "quantity: 3}, status"))
    scaffolded.commit("it comes back")

    done = parity("update", scaffolded.root, code=1)

    assert JOURNEY in done.stderr
    assert "# ours" in scaffolded.read(JOURNEY)
    assert '"quantity": 3' in scaffolded.read(JOURNEY)


def test_an_overlapping_edit_leaves_markers_and_exit_code_1(scaffolded: Repository) -> None:
    scaffolded.edit(JOURNEY, '"sku": "A1"', '"sku": "OURS"')
    edit_sku(scaffolded)
    scaffolded.commit("both")

    done = parity("update", scaffolded.root, code=1)

    assert f"  {JOURNEY}" in done.stderr
    text = scaffolded.read(JOURNEY)
    assert "<<<<<<< yours" in text
    assert '"sku": "OURS"' in text
    assert '"sku": "B7"' in text
    assert f"UU {JOURNEY}" in scaffolded.status()


def test_while_conflicts_are_left_it_says_so_again(scaffolded: Repository) -> None:
    scaffolded.edit(JOURNEY, '"sku": "A1"', '"sku": "OURS"')
    edit_sku(scaffolded)
    scaffolded.commit("both")
    parity("update", scaffolded.root, code=1)
    before = tree(scaffolded.root)

    done = parity("update", scaffolded.root, code=1)

    assert f"  {JOURNEY}" in done.stderr
    assert tree(scaffolded.root) == before
    scaffolded.commit("merged")
    assert "nothing to do" in parity("update", scaffolded.root).stdout


def test_two_commands_do_not_write_at_the_same_time(scaffolded: Repository) -> None:
    edit_sku(scaffolded)
    scaffolded.commit("edit")
    with journal._alone(target(scaffolded.root)):
        refused = parity("update", scaffolded.root, code=2)

    assert "another parity command is writing" in refused.stderr
    assert scaffolded.status() == []


def test_undo_leaves_the_repository_as_it_was(scaffolded: Repository) -> None:
    scaffolded.edit(JOURNEY, '"sku": "A1"', '"sku": "OURS"')
    scaffolded.write("parity.yaml", WITH_REFUND.replace("{sku: A1,", "{sku: B7,"))
    scaffolded.commit("both")
    before = tree(scaffolded.root)
    parity("update", scaffolded.root, code=1)
    assert tree(scaffolded.root) != before

    done = parity("update", scaffolded.root, "--undo")

    assert f"restored {REFUND_FILE}" in done.stdout
    assert tree(scaffolded.root) == before
    assert scaffolded.status() == []
    assert "no update to undo" in parity("update", scaffolded.root, "--undo", code=2).stderr


def test_undo_brings_back_the_mode_of_a_file_and_the_lines_of_the_noxfile(
    scaffolded: Repository,
) -> None:
    (scaffolded.root / JOURNEY).chmod(0o755)
    scaffolded.write("noxfile.py", "import nox\n")
    scaffolded.write("parity.yaml", WITHOUT_JOURNEY)
    scaffolded.commit("edits")

    parity("scaffold", scaffolded.root, "--yes")
    assert "runpy" in scaffolded.read("noxfile.py")
    assert not (scaffolded.root / JOURNEY).exists()
    parity("update", scaffolded.root, "--undo")

    assert scaffolded.status() == []
    assert scaffolded.read("noxfile.py") == "import nox\n"


def test_undo_does_not_lose_what_was_edited_since(scaffolded: Repository) -> None:
    edit_sku(scaffolded)
    scaffolded.commit("edit")
    parity("update", scaffolded.root)
    scaffolded.edit(JOURNEY, "outcome.check_accepted()", "outcome.check_accepted()  # since")

    refused = parity("update", scaffolded.root, "--undo", code=2)
    assert f"  {JOURNEY}" in refused.stderr
    assert "# since" in scaffolded.read(JOURNEY)

    parity("update", scaffolded.root, "--undo", "--yes")
    assert scaffolded.status() == []


def test_a_committed_update_is_left_to_git(scaffolded: Repository) -> None:
    edit_sku(scaffolded)
    scaffolded.commit("edit")
    parity("update", scaffolded.root)
    scaffolded.commit("updated")

    assert "git revert" in parity("update", scaffolded.root, "--undo", code=2).stderr
    assert scaffolded.status() == []


def test_a_failure_is_taken_back_and_a_file_of_somebody_else_stays(
    scaffolded: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    scaffolded.write("parity.yaml", WITH_REFUND)
    scaffolded.commit("edit")
    real = journal._replace

    def meanwhile(path: Path, content: bytes, mode: int | None = None) -> None:
        if path.suffix == ".json":
            scaffolded.write(REFUND_FILE, "somebody else's\n")
        real(path, content, mode)

    monkeypatch.setattr(journal, "_replace", meanwhile)
    with pytest.raises(FileExistsError, match="somebody else is writing there"):
        parity("update", scaffolded.root)

    assert scaffolded.status() == [f"?? {REFUND_FILE}"]
    assert scaffolded.read(REFUND_FILE) == "somebody else's\n"


def test_the_result_as_json(scaffolded: Repository) -> None:
    scaffolded.write("parity.yaml", WITH_REFUND)
    scaffolded.commit("edit")

    document = json.loads(parity("update", scaffolded.root, "--json").stdout)

    assert {"path": REFUND_FILE, "kind": "added", "why": ""} in document["changes"]
    assert document["conflicts"] == []


def test_windows_line_ends_are_kept_and_no_obstacle(scaffolded: Repository) -> None:
    windows = (scaffolded.root / JOURNEY).read_bytes().replace(b"\n", b"\r\n")
    windows = windows.replace(b"outcome.check_accepted()", b"outcome.check_accepted()  # ours")
    (scaffolded.root / JOURNEY).write_bytes(windows)
    edit_sku(scaffolded)
    scaffolded.commit("windows")

    parity("update", scaffolded.root)

    after = (scaffolded.root / JOURNEY).read_bytes()
    assert b'"sku": "B7"' in after
    assert b"# ours" in after
    assert after.count(b"\n") == after.count(b"\r\n")


def test_a_second_update_has_nothing_to_do(scaffolded: Repository) -> None:
    edit_sku(scaffolded)
    scaffolded.commit("edit")
    parity("update", scaffolded.root)
    scaffolded.commit("updated")

    assert "nothing to do" in parity("update", scaffolded.root).stdout
    assert scaffolded.status() == []
    assert not journal.interrupted(target(scaffolded.root))
