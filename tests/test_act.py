"""The generated GitHub workflow, run for real by act with its PostgreSQL service container.

Only what lies outside of it is replaced: the actions that it uses, by folders that hold this
machine's Python and uv, and the fixed port, which another program may have.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import containers
import images
import pytest
import yaml
from trials import interpreter, small
from uv import find_uv_bin

from scaffolder.demo.examples import examples
from scaffolder.demo.trial import Trial

pytestmark = pytest.mark.act
WORKFLOW = Path(".github/workflows/parity-pr-smoke.yml")
RUNNER = "ubuntu-24.04"
SECONDS = 600


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """An example with its harness, its workflow on a port that is free here."""
    trial = small(tmp_path_factory.mktemp("act"))
    path = trial.folder / WORKFLOW
    text = path.read_text(encoding="utf-8")
    assert text.count("5432:5432") == text.count("localhost:5432") == 1
    port = str(free_port())
    text = text.replace("5432:5432", f"{port}:5432")
    path.write_text(text.replace("localhost:5432", f"localhost:{port}"), encoding="utf-8")
    trial.commit("A free port")
    return trial


@pytest.fixture
def workflow(trial: Trial) -> Iterator[Trial]:
    """The healthy example; in the end, it is restored and act's containers are gone."""
    images.postgres(16)
    before = jobs()
    yield trial
    trial.restore()
    left = jobs() - before
    if left:
        containers.docker("rm", "--force", "--volumes", *left)
    assert not left, "act left containers"


def jobs() -> set[str]:
    return set(containers.docker("ps", "-aq", "--no-trunc", "--filter", "name=^act-").split())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stubs(trial: Trial, folder: Path) -> list[str]:
    """Options for act that replace each pinned action by one that sets PATH."""
    python = interpreter()
    places = {
        "actions/setup-python": python.parent if python else Path("/usr/bin"),
        "astral-sh/setup-uv": folder / "uv",
    }
    (folder / "uv").mkdir()
    for name in ("uv", "uvx"):
        shutil.copy(Path(find_uv_bin()).with_name(name), folder / "uv")
    options = []
    used = re.findall(r"uses: ((\S+)@\w+)", (trial.folder / WORKFLOW).read_text(encoding="utf-8"))
    for pinned, name in used:
        if name == "actions/checkout":  # act copies the work tree itself
            continue
        step = {"shell": "bash", "run": f'echo "{places[name]}" >> "$GITHUB_PATH"'}
        action = {"name": name, "runs": {"using": "composite", "steps": [step]}}
        home = folder / name
        home.mkdir(parents=True)
        (home / "action.yml").write_text(yaml.safe_dump(action), encoding="utf-8")
        options += ["--local-repository", f"{pinned}={home}"]
    return options


def act(trial: Trial, folder: Path) -> subprocess.CompletedProcess[str]:
    """The workflow as a pull request starts it."""
    python = interpreter()
    mounts = [folder / "uv", *([python.parents[1]] if python else [])]
    command = ["act", "pull_request", "--workflows", str(WORKFLOW), "--pull=false", "--rm"]
    command += ["--no-cache-server", "--container-daemon-socket", "-"]
    command += ["-P", f"{RUNNER}={images.runner()}", *stubs(trial, folder)]
    command += ["--container-options", images.runner_mounts(mounts)]
    if Path(images.CERTIFICATES).exists():
        command += ["--env", f"SSL_CERT_FILE={images.CERTIFICATES}"]
    if python is None:  # strict would refuse the runner's own
        command += ["--env", "PARITY_STRICT=0"]
    return subprocess.run(
        command,
        cwd=trial.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def test_the_workflow_is_green_on_the_healthy_example(workflow: Trial, tmp_path: Path) -> None:
    done = act(workflow, tmp_path)

    assert done.returncode == 0, done.stdout
    assert "pr_smoke: 3 " in done.stdout, done.stdout
    assert "(url)" in done.stdout, "the checks did not use the service container"


def test_the_workflow_is_red_on_a_broken_example(workflow: Trial, tmp_path: Path) -> None:
    breakages = {one.id: one for one in examples()["flask-desk"].breakages()}
    workflow.apply(breakages["dev-only-dependency"])

    done = act(workflow, tmp_path)

    assert done.returncode != 0
    assert re.search(r"failed +imports", done.stdout), done.stdout
    assert re.search(r"passed +open-ticket|degraded +open-ticket", done.stdout), done.stdout
