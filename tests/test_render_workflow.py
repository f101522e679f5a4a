"""The workflow: clean for its linters, holding nothing of the spec's free text."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from blueprint_env import ROOT, environment
from complete_spec import COMPLETE
from spec_text import MINIMAL

SPECS = {
    "minimal": MINIMAL,
    "complete": COMPLETE,
    **{path.parent.name: path.read_text() for path in sorted(ROOT.glob("examples/*/parity.yaml"))},
}
BIN = Path(sys.executable).parent


def workflow(text: str, folder: str = ".") -> str:
    env = environment()
    spec = yaml.safe_load(text)
    planner: Any = env.get_template("blueprints/planner.jinja").module
    template = env.get_template("blueprints/workflows/github-pr-smoke.yml.jinja")
    return template.render(spec=spec, plan=yaml.safe_load(planner.plan(spec)), folder=folder)


@pytest.fixture(params=[*SPECS, "subfolder"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A repository with nothing but the workflow."""
    name = request.param
    text = workflow(SPECS.get(name, MINIMAL), "services/shop" if name == "subfolder" else ".")
    path = tmp_path / ".github" / "workflows" / "parity-pr-smoke.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def lint(*command: str | Path) -> str:
    done = subprocess.run(
        [BIN / command[0], *command[1:]], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_zizmor_finds_nothing(file: Path) -> None:
    found = lint("zizmor", "--offline", "--no-config", "--no-progress", "--format=json", file)

    assert json.loads(found) == []


def test_zizmor_looks_at_such_files(tmp_path: Path) -> None:
    """The control: with the pin and the token's limit gone, there are findings."""
    path = tmp_path / ".github" / "workflows" / "bad.yml"
    path.parent.mkdir(parents=True)
    text = workflow(MINIMAL)
    path.write_text(text.replace("persist-credentials: false", "fetch-depth: 1"))

    with pytest.raises(AssertionError, match="artipacked"):
        lint("zizmor", "--offline", "--no-config", "--no-progress", "--format=json", path)


def test_actionlint_finds_nothing(file: Path) -> None:
    assert lint("actionlint", "-no-color", file) == ""


def test_it_follows_the_schema_of_workflows(file: Path) -> None:
    lint("check-jsonschema", "--builtin-schema", "vendor.github-workflows", file)


def test_every_action_is_pinned_by_commit_and_names_its_version() -> None:
    uses = [line for line in workflow(COMPLETE).splitlines() if "uses:" in line]

    assert len(uses) == 3
    for line in uses:
        commit, _, version = line.partition("@")[2].partition(" # v")
        assert len(commit) == 40, line
        assert version, line


def test_it_is_production() -> None:
    job = yaml.safe_load(workflow(COMPLETE))["jobs"]["pr-smoke"]
    service = job["services"]["postgres"]
    run = job["steps"][-1]

    assert service["image"] == "ghcr.io/acme/postgres:16"
    assert service["env"]["POSTGRES_INITDB_ARGS"] == "--encoding=UTF8 --locale=de_DE.UTF-8"
    assert job["steps"][1]["with"]["python-version"] == "3.12"
    assert run["env"]["TZ"] == "Europe/Berlin"
    assert (run["env"]["LANG"], run["env"]["LC_ALL"]) == ("de_DE.UTF-8", "de_DE.UTF-8")
    assert run["env"]["PARITY_DATABASE_URL"].startswith("postgresql://parity:parity@localhost")
    assert job["timeout-minutes"] == 13


@pytest.mark.parametrize(
    ("collation", "arguments"),
    [
        ("C.UTF-8", "--encoding=UTF8 --locale=C.UTF-8"),
        ("de_DE.UTF-8", "--encoding=UTF8"),  # the stock image has no such locale
        ("en-x-icu", "--encoding=UTF8"),
    ],
)
def test_initdb_gets_only_locales_that_the_image_has(collation: str, arguments: str) -> None:
    spec = MINIMAL.replace('version: "16"', f'version: "16"\n    collation: {collation}')

    service = yaml.safe_load(workflow(spec))["jobs"]["pr-smoke"]["services"]["postgres"]
    assert service["image"] == "postgres:16"
    assert service["env"]["POSTGRES_INITDB_ARGS"] == arguments


def test_the_token_may_only_read() -> None:
    document = yaml.safe_load(workflow(COMPLETE))

    assert document["permissions"] == {"contents": "read"}
    assert "permissions" not in document["jobs"]["pr-smoke"]


def test_no_free_text_of_the_spec_gets_into_it() -> None:
    text = workflow(COMPLETE)

    assert "quoted" not in text
    assert "github.token" not in text
    assert text.count("${{") == 1  # the concurrency group's ref


def test_a_folder_whose_name_looks_like_an_expression_stays_a_name() -> None:
    text = workflow(MINIMAL, "apps/${{ github.token }}")
    job = yaml.safe_load(text)["jobs"]["pr-smoke"]

    assert job["defaults"]["run"]["working-directory"] == "apps/${{ '${{' }} github.token }}"
