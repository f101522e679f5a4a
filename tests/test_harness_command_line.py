"""An application without a server: its journeys are commands, and its rows are looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from scaffolder.demo.trial import Trial
from scaffolder.render.git import git

NOTES = """
import os
import sys

import psycopg


def main() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute("INSERT INTO notes (text) VALUES (%s)", [sys.argv[1]])
        print("noted")


if __name__ == "__main__":
    main()
"""
SPEC = """
parity: 1
app:
  name: notes
  packages: [notes]
  install: {lock: requirements.txt}
production:
  python: "3.12"
  database:
    engine: postgres
    version: "16"
    sql_files: [schema.sql]
    env: {DATABASE_URL: "postgresql://{user}:{password}@{host}:{port}/{name}"}
journeys:
  - id: add-note
    tier: smoke
    budget: 10s
    act: {run: "python notes.py 'milk & eggs'", output: noted}
    stored:
      - {table: notes, where: {text: milk & eggs}, values: {id: 1, at: {recent: 10s}}, rows: 1}
checks:
  - {id: migrations, tier: smoke, budget: 10s}
  - {id: imports, tier: smoke, budget: 10s}
  - {id: sql-literals, tier: smoke, budget: 10s}
commands:
  pr_smoke: {tiers: [smoke], budget: 60s}
"""
SCHEMA = (
    "CREATE TABLE notes (id serial PRIMARY KEY, text text NOT NULL, at timestamptz DEFAULT now());"
)


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    folder: Path = tmp_path_factory.mktemp("notes")
    (folder / "notes.py").write_text(NOTES)
    (folder / "schema.sql").write_text(SCHEMA)
    (folder / "requirements.txt").write_text("psycopg[binary]==3.3.9\n")
    (folder / "parity.yaml").write_text(SPEC)
    git("init", "--quiet", "--initial-branch=main", cwd=folder)
    trial = Trial(folder)
    trial.commit("Notes")
    trial.scaffold()
    return trial


def test_a_command_that_stores_is_green(trial: Trial) -> None:
    run = trial.run("pr_smoke", {"PARITY_STRICT": "0"})

    assert run.returncode == 0, run.output
    assert run.result("add-note") in ("passed", "degraded")


def test_a_command_that_forgets_to_commit_is_red(trial: Trial) -> None:
    source = trial.folder / "notes.py"
    source.write_text(NOTES.replace('print("noted")', 'connection.rollback(); print("noted")'))
    try:
        run = trial.run("pr_smoke", {"PARITY_STRICT": "0"})
    finally:
        trial.restore()

    assert run.returncode != 0
    failures = "\n".join(run.checks()["add-note"]["failures"])
    assert "journeys.add-note.stored[0]: notes has 0 rows where text = 'milk & eggs'" in failures
