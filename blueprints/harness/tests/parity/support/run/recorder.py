"""Keeps the ledger of a run and ends the session; only in the process that prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

from support.run.ledger import Ledger
from support.run.session import Session
from support.run.summary import write_job_summary

# Options with which a check is run in part, so that nothing is known about what did not fail.
NARROWING = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob")
NO_VERDICT = (
    pytest.ExitCode.INTERRUPTED,
    pytest.ExitCode.INTERNAL_ERROR,  # also that of a session without PostgreSQL
    pytest.ExitCode.USAGE_ERROR,
)


class Recorder:
    """Registered by the plugin in the controller, never in a worker."""

    def __init__(self, ledger: Ledger, path: Path) -> None:
        self.ledger = ledger
        self.path = path
        self.shared: Session | None = None
        self.written = False
        self.waiting: set[str] = set()  # collected, and not yet run

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        self.waiting.add(item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.waiting.discard(report.nodeid)
        self.ledger.record(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self.ledger.record_collection(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        config = session.config
        narrowed = (
            session.shouldfail
            or session.shouldstop
            or any(getattr(config.option, name) for name in NARROWING)
        )
        whole = not narrowed and config.args_source is not pytest.Config.ArgsSource.ARGS
        interrupted = exitstatus in NO_VERDICT
        if config.option.collectonly:
            return
        complete = whole and not interrupted
        if complete:
            self.ledger.record_left_out(self.waiting)
        self.ledger.close(complete=complete, exitstatus=int(exitstatus))
        if self.ledger.red and exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if not interrupted:
            self.ledger.write(self.path)
            write_job_summary(self.ledger)
            self.written = True

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        if not self.written:
            return
        terminalreporter.section(f"parity {self.ledger.command}")
        for text, colour in self.ledger.summary():
            terminalreporter.write_line(text, **({colour: True} if colour else {}))

    def pytest_unconfigure(self) -> None:
        if self.shared is not None:
            self.shared.end()
