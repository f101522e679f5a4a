"""The pages that are generated are current, and what the others quote is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scaffolder.catalog import document
from scaffolder.catalog.load import checks
from scaffolder.cli import COMMANDS
from scaffolder.spec.load import check

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_page_of_the_checks_is_current() -> None:
    assert (ROOT / "docs" / "checks.md").read_text(encoding="utf-8") == document.text()


@pytest.mark.parametrize("name", [one.id for one in checks().values() if one.generated])
def test_a_generated_check_says_how_it_works(name: str) -> None:
    assert checks()[name].how


def test_the_readme_lists_every_generated_check() -> None:
    listed = set(re.findall(r"^\| ([a-z-]+) \|", (ROOT / "README.md").read_text(), re.MULTILINE))

    generated = {one.id for one in checks().values() if one.generated}
    assert listed - {"check", "---"} == generated | {"journeys"}


def test_the_spec_of_the_quickstart_is_valid() -> None:
    text = (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)

    spec, problems = check("".join(blocks).encode())

    assert spec is not None and not problems, problems


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_parity_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"^(?:\$ )?parity ([a-z]+)", text, re.MULTILINE))

    assert named <= set(COMMANDS)
