"""A proof that is ended while something is altered leaves no server, process or folder behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest
from trials import descendants, small, take_ctrl_c

from scaffolder.demo.trial import Trial
from support.postgres.binaries import cache_directory
from support.postgres.owner import Owner, started

VARIANT = "SELECT FROM pg_database WHERE datname LIKE 'parity%variant%'"
SETTING = "SELECT FROM pg_db_role_setting WHERE setconfig::text ILIKE '%timezone=Asia/Kolkata%'"
SUITE = "SELECT FROM pg_stat_activity WHERE usename LIKE 'parity%suite%'"
ARMED = "SELECT FROM pg_db_role_setting WHERE setconfig::text LIKE '%parity.fault=ghost-insert%'"
OF_THE_SUITE = ("--suite", "python -m pytest -q tests", "--fault", "ghost-insert")
PATIENCE = 300.0


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return small(tmp_path_factory.mktemp("ended"))


@pytest.mark.parametrize(
    ("arguments", "altered", "number"),
    [
        (("--fault", "timestamp-without-zone"), VARIANT, signal.SIGKILL),
        (("--fault", "session-zone"), SETTING, signal.SIGINT),
        (OF_THE_SUITE, ARMED, signal.SIGINT),
        (OF_THE_SUITE, SUITE, signal.SIGKILL),
    ],
)
def test_nothing_is_left(
    trial: Trial, tmp_path: Path, arguments: Sequence[str], altered: str, number: signal.Signals
) -> None:
    command = [sys.executable, "-m", "scaffolder", "prove", str(trial.folder), "--workers", "1"]
    process = subprocess.Popen(
        [*command, *arguments],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=take_ctrl_c,
    )
    deadline = time.monotonic() + PATIENCE
    while not (place := server_of(process.pid)) or not shows(place, altered):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    born = {pid: started(pid) for pid in descendants(process.pid)}

    process.send_signal(number)
    process.wait(PATIENCE)

    while left := [pid for pid, since in born.items() if since and started(pid) == since]:
        assert time.monotonic() < deadline + PATIENCE, left
        time.sleep(0.1)
    assert len(born) > 2 and not place.exists()
    assert not (cache_directory("servers") / f"{place.name.removeprefix('parity-')}.json").exists()


def server_of(pid: int) -> Path | None:
    """The directory of the server that a process, or what it started, owns."""
    for path in cache_directory("servers").glob("*.json"):
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # it has just ended, or just begun
            continue
        owner = Owner.parse(state["owner"])
        if owner and owner.pid in descendants(pid):
            return Path(state["directory"])
    return None


def shows(place: Path, query: str) -> bool:
    """Whether the server says that something is altered; False while it starts."""
    try:
        port = (place / "data" / "postmaster.pid").read_text(encoding="utf-8").split("\n")[3]
        with psycopg.connect(host=str(place), port=port, user="postgres", dbname="postgres") as one:
            return one.execute(query.encode()).fetchone() is not None
    except (OSError, IndexError, psycopg.OperationalError):
        return False
