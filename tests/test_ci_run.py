"""`.ci/run` and the README: the same two commands, and nothing that outlives the script."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
VENV = "python3 -m venv .venv && .venv/bin/pip install -q"
COMMANDS = {
    "demo": f"{VENV} . && .venv/bin/parity demo",
    "tests": f"{VENV} nox uv && .venv/bin/nox -s tests",
}
# Stands in for the README's first command: it starts a server that would outlive it.
SLOW = """\
<!-- demo -->
```sh
setsid sleep 987654 & echo started; sleep 987654
```
"""


def blocks(readme: str) -> dict[str, str]:
    """Name -> the marked commands of the README."""
    return dict(re.findall(r"<!-- (\w+) -->\n```sh\n(.*?)\n```\n", readme, re.DOTALL))


def test_the_readme_names_the_two_commands() -> None:
    assert blocks((ROOT / "README.md").read_text(encoding="utf-8")) == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_ci_calls_what_the_readme_says(name: str, tmp_path: Path) -> None:
    # given the README's block, with a command that tells itself from the real one
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (tmp_path / "README.md").write_text(
        text.replace(COMMANDS[name], f"echo {name} 'ran it'; exit 7")
    )

    done = subprocess.run(
        [tmp_path / ".ci" / "run", "readme", name], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (7, f"{name} ran it\n")


def test_a_readme_without_the_command_is_red(tmp_path: Path) -> None:
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    (tmp_path / "README.md").write_text("# parity\n")

    done = subprocess.run([tmp_path / ".ci" / "run", "readme", "tests"], check=False)

    assert done.returncode != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="a process namespace needs root")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_outlives_the_script(tmp_path: Path, number: signal.Signals) -> None:
    # given a run whose first part has started a server of its own session
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    (tmp_path / "README.md").write_text(SLOW)
    process = subprocess.Popen(
        ["env", "--default-signal=INT", "bash", ".ci/run"],  # a shell's `&` has it ignored
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path), "CI": "true"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    while "started" not in (line := process.stdout.readline()):
        assert line, "the script ended early"
    wait_for(2, tmp_path)

    process.send_signal(number)

    process.wait(timeout=30)
    process.stdout.close()
    wait_for(0, tmp_path)
    assert process.returncode != 0
    if number != signal.SIGKILL:
        assert list(tmp_path.glob("parity-ci.*")) == []


def wait_for(count: int, folder: Path) -> None:
    deadline = time.monotonic() + 10
    while len(sleepers(folder)) != count:
        assert time.monotonic() < deadline, sleepers(folder)
        time.sleep(0.05)


def sleepers(folder: Path) -> list[int]:
    """The processes of SLOW that run in the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            where = os.readlink(entry / "cwd")
        except OSError:  # it has ended meanwhile
            continue
        if words[:2] == [b"sleep", b"987654"] and where == str(folder):
            found.append(int(entry.name))
    return found
