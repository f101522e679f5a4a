"""The project's own sessions: `nox -s tests`, `nox -s full`, `nox -s lint`, `nox -s bench`."""

from __future__ import annotations

import nox

nox.needs_version = ">=2024.4"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "tests"]
# Whole harnesses are installed and run: most of the time is waiting, so both cores are used.
PYTEST = ("pytest", "-n", "auto", "--dist", "worksteal", "--durations=10")
DEV = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "dev")


def prepare(session: nox.Session) -> None:
    session.install("-e", ".", *DEV)


@nox.session
def tests(session: nox.Session) -> None:
    """Every class of test once, the large families sampled."""
    prepare(session)
    session.run(*PYTEST, *session.posargs)


@nox.session(default=False)
def full(session: nox.Session) -> None:
    """Every test."""
    prepare(session)
    session.run(*PYTEST, "--full", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """ruff and mypy, on the package, the blueprints and the tests."""
    prepare(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure side by side with what a user would pick instead."""
    prepare(session)
    session.install("testcontainers[postgres]", "deptry")
    session.run("python", "tests/bench.py", *session.posargs)
