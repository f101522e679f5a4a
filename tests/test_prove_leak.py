"""A pool that counts a lost connection as one in use: it is shown by losing one after the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from trials import small

from scaffolder.cli import cli

RETURNED = """\
        try:
            connection.rollback()
        finally:
            self._pool.putconn(connection)  # a lost one, too: the pool makes another in its place
"""
LEAKED = """\
        connection.rollback()
        self._pool.putconn(connection)
"""


def lost_connections(folder: Path, release: str) -> dict[str, Any]:
    """The result of the fault on the Flask example with such a `release()`."""
    trial = small(folder / "desk")
    code = trial.folder / "desk" / "db.py"
    text = code.read_text(encoding="utf-8")
    assert RETURNED in text
    code.write_text(text.replace(RETURNED, release), encoding="utf-8")
    file = folder / "faults.json"
    arguments = ["--fault", "connections-lost", "--workers", "1", "--json", str(file)]
    done = CliRunner().invoke(cli, ["prove", str(trial.folder), *arguments])
    assert file.exists(), f"exit code {done.exit_code}: {done.output}{done.stderr}"
    (fault,) = json.loads(file.read_text(encoding="utf-8"))["faults"]
    return dict(fault)


def test_a_pool_that_takes_lost_connections_back(tmp_path: Path) -> None:
    fault = lost_connections(tmp_path, RETURNED)

    assert (fault["id"], fault["verdict"]) == ("connections-lost:open-ticket", "caught-error")
    assert fault["infected"] >= 16


def test_a_pool_that_runs_dry(tmp_path: Path) -> None:
    """The desk's pools hold four, and it has two workers. Which of them the next request comes to,
    and so whether the action or the setup of the next one fails, is not certain.
    """
    fault = lost_connections(tmp_path, LEAKED)

    assert fault["verdict"] == "survived", fault["why"]
    assert "the application does not recover without a restart" in fault["why"]
    assert 4 <= fault["infected"] < 16
