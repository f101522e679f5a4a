"""The team's own tests: runner, command, folders, database, mocks, requests."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator

from scaffolder.scan.asked import body, requests
from scaffolder.scan.facts import Evidence, Fact
from scaffolder.scan.mocks import frozen, own_mocks
from scaffolder.scan.python import Module
from scaffolder.scan.repository import Repository
from scaffolder.scan.runner import commands, runner
from scaffolder.scan.tested_on import engine

_FILE = re.compile(r"(^|/)(test_[^/]*|[^/]*_tests?|tests)\.py$")
_FOLDER = re.compile(r"^(tests?|testing|e2e|tests?_.*|.*_tests?)$")
_CREATES = ("create_all", "generate_schemas", "create_tables")
_CLIENTS = {
    "fastapi.testclient.TestClient",
    "starlette.testclient.TestClient",
    "litestar.testing.TestClient",
    "litestar.testing.AsyncTestClient",
    "httpx.ASGITransport",
    "httpx.WSGITransport",
    "django.test.Client",
    "django.test.TestCase",
    "rest_framework.test.APIClient",
    "rest_framework.test.APITestCase",
    "webtest.TestApp",
    "async_asgi_testclient.TestClient",
    "aiohttp.test_utils.TestClient",
}
_SHOWN = 120
"""Characters of a request's payload in the value; all of it is in the detail."""


def detect(repository: Repository) -> Iterator[Fact]:
    """Nothing where the application has no tests."""
    tests = list(repository.python.with_role("test"))
    files = [module for module in tests if _FILE.search(module.path) and _has_tests(module)]
    if not files:
        return
    yield from _directories(files)
    yield from runner(repository, files)
    yield from commands(repository, files)
    yield from engine(repository, tests)
    for module in tests:
        yield from _replaced(module)
        yield from _lines("tests.creates-tables", module, _creates(module))
        yield from _lines("tests.in-process", module, _in_process(module))
        yield from _requests(module)


def _has_tests(module: Module) -> bool:
    """Whether it defines tests: `settings_test.py` does not."""
    names = [node.name for node in module.all(ast.FunctionDef)]
    names += [node.name for node in module.all(ast.AsyncFunctionDef)]
    return any(name.lower().startswith("test") for name in names)


def _directories(files: list[Module]) -> Iterator[Fact]:
    """The topmost folder of each test file that is named for tests, else its own."""
    found: dict[str, Evidence] = {}
    for module in files:
        folders = module.path.split("/")[:-1]
        first = next((n for n, name in enumerate(folders) if _FOLDER.match(name)), None)
        folder = "/".join(folders if first is None else folders[: first + 1]) or "."
        found.setdefault(folder, Evidence(module.path))
    for folder, evidence in found.items():
        yield Fact("tests.directory", folder, (evidence,), "tests")


def _replaced(module: Module) -> Iterator[Fact]:
    yield from _lines("tests.mock", module, own_mocks(module))
    yield from _lines("tests.frozen-time", module, frozen(module))


def _lines(key: str, module: Module, lines: Iterator[int]) -> Iterator[Fact]:
    numbers = sorted(set(lines))
    if numbers:
        evidence = tuple(Evidence(module.path, number) for number in numbers)
        yield Fact(key, module.path, evidence, "tests")


def _creates(module: Module) -> Iterator[int]:
    """Called, or handed over to be called (`run_sync(Base.metadata.create_all)`)."""
    for node in module.all(ast.Attribute):
        if node.attr in _CREATES:
            yield node.lineno


def _in_process(module: Module) -> Iterator[int]:
    for call in module.called.get("test_client", ()):
        yield call.lineno
    for node in module.all(ast.ImportFrom):
        if any(f"{node.module}.{alias.name}" in _CLIENTS for alias in node.names):
            yield node.lineno


def _requests(module: Module) -> Iterator[Fact]:
    for asked in requests(module):
        shown = body(asked)
        shown = f" {shown}" if shown and len(shown) <= _SHOWN else " {...}" if shown else ""
        evidence = (Evidence(module.path, asked.line),)
        detail = json.dumps(asked.parts) if asked.parts else ""
        value = f"{asked.method} {asked.path}{shown}"
        yield Fact("tests.request", value, evidence, "tests", "certain", detail)
