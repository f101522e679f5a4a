"""Small git repositories with a spec, built in the test."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from scaffolder.render import template

ROOT = Path(__file__).resolve().parents[1]

SPEC = """\
parity: 1
app:
  name: shop
  packages: [shop]
  install: {lock: uv.lock}
  start: uvicorn shop.main:app --host {host} --port {port}
production:
  python: "3.12"
  database:
    engine: postgres
    version: "16"
    migrate: alembic upgrade head
    env: {DATABASE_URL: "postgresql://{user}:{password}@{host}:{port}/{name}"}
journeys:
  - id: place-order
    act: {post: /orders, json: {sku: A1, quantity: 2}, status: 201, capture: {id: id}}
    stored: [{table: orders, where: {id: "{id}"}, values: {quantity: 2}}]
    visible: {get: "/orders/{id}", json: {quantity: 2}}
checks:
  - {id: imports, tier: smoke, budget: 15s}
"""
JOURNEY = "tests/parity/journey_place_order.py"
REFUND = """\
  - id: refund-order
    act: {post: /orders/1/refund, status: 200}
    stored: [{table: refunds, values: {order_id: 1}}]
"""


class Repository:
    """A git repository in a folder, with commits by nobody in particular."""

    def __init__(self, root: Path, spec: str | None = SPEC) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")
        if spec is not None:
            self.write("parity.yaml", spec)
            self.commit("spec")

    def git(self, *arguments: str) -> str:
        """Run git; raises when it fails."""
        identity = {
            f"GIT_{role}_{part}": text
            for role in ("AUTHOR", "COMMITTER")
            for part, text in (("NAME", "test"), ("EMAIL", "test@localhost"))
        }
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env={**os.environ, **identity},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def write(self, name: str, text: str) -> Path:
        """Write a file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def read(self, name: str) -> str:
        """Read a file."""
        return (self.root / name).read_text(encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace text that is there exactly once."""
        text = self.read(name)
        assert text.count(old) == 1, (old, text)
        self.write(name, text.replace(old, new))

    def commit(self, message: str) -> None:
        """Commit everything."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def status(self) -> list[str]:
        """The lines of git status, every file by itself."""
        return self.git("status", "--porcelain", "--untracked-files=all").splitlines()

    def answers(self) -> dict[str, object]:
        """What Copier recorded."""
        data = yaml.safe_load(self.read(".copier-answers.yml"))
        assert isinstance(data, dict)
        return data


@pytest.fixture(scope="session")
def blueprints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the blueprints: they stay as they are while the tests run."""
    root = tmp_path_factory.mktemp("checkout")
    shutil.copy(ROOT / "copier.yml", root)
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
    shutil.copytree(ROOT / "blueprints", root / "blueprints", ignore=ignored)
    return root


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder for the session: the bundle is made once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def home(shared_home: Path, blueprints: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shared home folder, in force; nothing of the developer's own git or copier settings."""
    monkeypatch.setenv("HOME", str(shared_home))
    monkeypatch.setattr(template, "PACKAGE", blueprints / "scaffolder")
    for name in [name for name in os.environ if name.startswith(("XDG_", "COPIER_", "GIT_"))]:
        monkeypatch.delenv(name)
    return shared_home
