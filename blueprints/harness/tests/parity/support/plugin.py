"""The harness as a pytest plugin: which checks run, and what their results mean."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from support import settings
from support.run import own
from support.run.cases import ACCEPTED, CasesFailed
from support.run.ledger import Ledger
from support.run.own import check_of
from support.run.recorder import Recorder
from support.run.results import Blocked, Unavailable, strangers
from support.run.session import SESSION, Session

pytest_plugins = ["support.fixtures", *own.plugins()]
HARNESS = Path(__file__).resolve().parents[1]
settings.CHECKS.update(own.checks())
LOG_CHARACTERS = 3_000
REPOSITORY = HARNESS.parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--command", default="pr_smoke", choices=list(settings.COMMANDS))


def chosen(config: pytest.Config) -> dict[str, Any]:
    """The checks of the command's tiers."""
    tiers = settings.COMMANDS[config.getoption("--command")]["tiers"]
    return {name: check for name, check in settings.CHECKS.items() if check["tier"] in tiers}


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Files of other tiers are not collected."""
    if collection_path.parent not in (HARNESS, HARNESS / "local") or not collection_path.is_file():
        return None
    name = collection_path.relative_to(HARNESS).as_posix()
    return name not in {check["file"] for check in chosen(config).values()} or None


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    if is_worker(config):
        config.stash[SESSION] = Session.join(REPOSITORY, settings)
        return
    ledger = Ledger(settings, config.getoption("--command"), chosen(config))
    results = REPOSITORY / ".parity" / "results.json"
    recorder = Recorder(ledger, results)
    config.pluginmanager.register(recorder)
    if config.option.collectonly:
        return
    results.unlink(missing_ok=True)  # a run that is interrupted leaves no verdict of another one
    if not ledger.checks and config.args_source is not pytest.Config.ArgsSource.ARGS:
        return

    def echo(text: str) -> None:
        print(f"parity: {text}", flush=True)

    try:
        shared = Session.begin(REPOSITORY, settings, echo)
    except Unavailable as problem:
        pytest.exit(f"parity: {problem}", returncode=3)
    config.stash[SESSION] = recorder.shared = shared
    ledger.provided = [
        f"PostgreSQL {shared.server.version} ({shared.server.rung})",
        f"Python {shared.environment.python_version}",
    ]
    ledger.provided += strangers(HARNESS, settings.CHECKS)
    shared.publish()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    check = check_of(item.nodeid, settings)
    case = item.nodeid.partition("::")[2]
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{check}: {case} {why_skipped(call, report)}"
        item.user_properties.append(("parity-failure", report.longrepr))
    elif report.failed:
        judge_failure(item, call, report, check, case)
        show_log(item, report)
    if report.when == "call" and report.passed:
        note_degraded(item)
    report.user_properties = list(item.user_properties)
    return report


def why_skipped(call: pytest.CallInfo[None], report: pytest.TestReport) -> str:
    """Takes the mark of an expected failure away: only parity.yaml accepts one."""
    if hasattr(report, "wasxfail"):
        del report.wasxfail
        return "is marked xfail: a known failure belongs under `accepted` in parity.yaml"
    why = str(call.excinfo.value) if call.excinfo else ""
    return f"was skipped ({why}): a skipped test is a failure"


def judge_failure(
    item: pytest.Item,
    call: pytest.CallInfo[None],
    report: pytest.TestReport,
    check: str,
    case: str,
) -> None:
    """Blocked, accepted, or failed."""
    error = call.excinfo.value if call.excinfo else None
    text = str(error) or repr(error) if error else str(report.longrepr)
    if isinstance(error, Blocked):
        item.user_properties.append(("parity-blocked", text))
        report.longrepr = text
        return
    if isinstance(error, CasesFailed):
        item.user_properties += [("parity-failure", one) for one in error.texts]
        return
    number = ACCEPTED.find(check, case)
    if number is not None:
        item.user_properties.append(
            ("parity-accepted", [number, f"{case}: {text.splitlines()[0]}"])
        )
        report.outcome = "skipped"
        report.wasxfail = f"accepted: {ACCEPTED.entries[number].reason}"
        return
    item.user_properties += [("parity-failure", text), ("parity-case", [case, text])]


def show_log(item: pytest.Item, report: pytest.TestReport) -> None:
    """What the application's server and PostgreSQL said last stands below a failure."""
    used = getattr(item, "funcargs", {})
    said = {}
    if "server_process" in used:
        application = used["server_process"].application
        said[f"The server printed last ({application.log})"] = application.output()
    if "shared" in used:
        said["PostgreSQL said last"] = used["shared"].server.log_tail()
    for title, text in said.items():
        if text.strip() and report.failed:
            report.sections.append((title, text.strip()[-LOG_CHARACTERS:]))


def note_degraded(item: pytest.Item) -> None:
    """The test passed, though not on production's versions."""
    shared = item.config.stash[SESSION]
    for why in (shared.environment.degraded, shared.server.degraded):
        if why:
            item.user_properties.append(("parity-degraded", why))
