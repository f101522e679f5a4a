"""Runs inside the team's own test process: writes down what each test does, and chooses tests.

Loaded by pytest (`-p parity_recorder`) and by sitecustomize.py for unittest. Standard library only,
for any Python and pytest that a team may have. PARITY_RECORD names the file that lines of JSON go
to, PARITY_SERVER_LOG the log of PostgreSQL, PARITY_CHOSEN a file with the tests to run (one a line;
absent: all), PARITY_STOP=1 ends the run with the first test that notices.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
import time
import unittest
from typing import Any

RECORD = os.environ.get("PARITY_RECORD", "")
SERVER_LOG = os.environ.get("PARITY_SERVER_LOG", "")
CLOCK = time.monotonic
STOP = os.environ.get("PARITY_STOP") == "1"
COMPARED = ("AssertionError", "Failed")
BESIDES = {"setUp", "asyncSetUp", "tearDown", "asyncTearDown"}  # of a test of unittest
SHARED = ("class", "module", "package", "session")


def chosen() -> Any:
    """The ids to run, or None for all."""
    path = os.environ.get("PARITY_CHOSEN")
    if not path:
        return None
    with open(path, encoding="utf-8") as file:
        return set(file.read().split("\n"))


def position() -> int:
    """Bytes in the server's log."""
    return os.stat(SERVER_LOG).st_size


def now() -> Any:
    """Where the server's log stands, and a clock that no test freezes."""
    return {"at": position(), "time": CLOCK()}


def write(**line: Any) -> None:
    """One line, complete even when the process is killed after it."""
    with open(RECORD, "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def red(test: str, phase: str, error: BaseException, traceback: Any, source: str) -> bool:
    """Write what kind of red it is; True when the test itself compared and found a difference."""
    names = {one.__name__ for one in type(error).__mro__}
    files: set[str] = set()
    while traceback is not None:
        files.add(os.path.realpath(traceback.tb_frame.f_code.co_filename))
        traceback = traceback.tb_next
    assertion = bool(names & set(COMPARED))
    in_test = os.path.realpath(source) in files
    message = (str(error).strip().split("\n") or [""])[0][:300] or repr(error)[:300]
    write(kind="red", test=test, phase=phase, assertion=assertion, in_test=in_test, message=message)
    return assertion and in_test and phase == "call"


# ---- pytest


def pytest_collection_modifyitems(config: Any, items: Any) -> None:
    wanted = chosen()
    if wanted is not None:
        items[:] = [item for item in items if item.nodeid in wanted]
    write(kind="collected", tests=[item.nodeid for item in items])


def pytest_collectreport(report: Any) -> None:
    if report.failed:
        write(kind="uncollected", test=report.nodeid, message=str(report.longrepr)[-300:])


def pytest_runtest_logstart(nodeid: str, location: Any) -> None:
    write(kind="start", test=nodeid, **now())


def pytest_runtest_logfinish(nodeid: str, location: Any) -> None:
    write(kind="finish", test=nodeid, **now())


def _pytest_hooks() -> Any:
    import pytest

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(fixturedef: Any, request: Any) -> Any:
        begin = position()
        yield
        end = position()
        if fixturedef.scope in SHARED and end > begin:
            node = request.node
            tests = [
                item.nodeid
                for item in request.session.items
                if node in item.listchain() and fixturedef.argname in item.fixturenames
            ]
            write(kind="shared", tests=tests, begin=begin, end=end)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(item: Any, call: Any) -> Any:
        outcome = yield
        report = outcome.get_result()
        if report.skipped:
            write(kind="skipped", test=item.nodeid)
        elif report.failed and call.excinfo is not None:
            error = call.excinfo.value
            source = str(getattr(item, "fspath", ""))
            if red(item.nodeid, call.when, error, error.__traceback__, source) and STOP:
                item.session.shouldstop = "noticed"

    return pytest_fixture_setup, pytest_runtest_makereport


if "pytest" in sys.modules:
    pytest_fixture_setup, pytest_runtest_makereport = _pytest_hooks()


# ---- unittest, and Django's runner


def failed(result: Any, test: Any, problem: Any) -> None:
    """A failure or an error, as unittest tells it to a result."""
    if problem is None:
        return
    _, error, traceback = problem
    if not hasattr(test, "_testMethodName"):  # setUpClass, setUpModule
        where = {"phase": "setup", "assertion": False, "in_test": False}
        write(kind="red", test=test.id(), message=str(error)[:300], **where)
        return
    source = inspect.getsourcefile(type(test)) or ""
    phase = "setup" if functions(traceback) & BESIDES else "call"
    if red(test.id(), phase, error, traceback, source) and STOP:
        result.stop()


def functions(traceback: Any) -> Any:
    """The names of what was called."""
    names = set()
    while traceback is not None:
        names.add(traceback.tb_frame.f_code.co_name)
        traceback = traceback.tb_next
    return names


def watch_unittest() -> None:
    """Tests report to their result; whatever class it has, it calls these methods."""
    _before("startTest", lambda _, test: write(kind="start", test=test.id(), **now()))
    _before("stopTest", lambda _, test: write(kind="finish", test=test.id(), **now()))
    _before("addError", failed)
    _before("addFailure", failed)
    _before("addSubTest", lambda result, test, subtest, problem: failed(result, test, problem))
    _before("addSkip", lambda _, test, reason: write(kind="skipped", test=test.id()))
    wanted = chosen()
    if wanted is not None:
        _only(wanted)


def _before(name: str, note: Any) -> None:
    original = getattr(unittest.TestResult, name)

    def method(self: Any, *arguments: Any) -> Any:
        note(self, *arguments)
        return original(self, *arguments)

    setattr(unittest.TestResult, name, method)


def _only(wanted: Any) -> None:
    """Tests that were not asked for are passed over, without a word to the result."""
    name = "addTest"
    call = getattr(unittest.TestSuite, name)

    def add(self: Any, test: Any) -> Any:
        if hasattr(test, "_testMethodName") and test.id() not in wanted:
            return None
        return call(self, test)

    setattr(unittest.TestSuite, name, add)
