"""The team's own tests: their environment and variables, and one test of them by its name."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from support.app.commands import Completed, process_environment, run
from support.database.cluster import Database
from support.install import environment
from support.run.session import Session

PYTEST = ("pytest", "py.test")
DJANGO = ("manage.py", "django-admin", "django")
DJANGO_OPTIONS = ("--keepdb", "--noinput", "--no-input", "--settings", "--pythonpath")
WITH_VALUE = ("--settings", "--pythonpath")
RAN = re.compile(r"^Ran ([0-9]+) tests? in ", re.MULTILINE)
SKIPPED = re.compile(r"^OK \(.*skipped=", re.MULTILINE)
SECONDS = 120


@dataclass(frozen=True)
class Single:
    """The command for one test; `report`: where pytest writes what became of it."""

    command: str
    report: Path | None


def variables(shared: Session, database: Database) -> dict[str, str]:
    """Production's variables in the third environment, and what OWN_SUITE adds."""
    wanted = shared.settings.OWN_SUITE
    built = environment.build(shared.repository, shared.settings, own_suite=True, echo=print)
    own = {name: database.fill(value) for name, value in wanted["env"].items()}
    if wanted["settings"]:
        own["DJANGO_SETTINGS_MODULE"] = wanted["settings"]
    return process_environment(built, shared.settings, database.env(), env=own)


def single(suite: str, test: str, report: Path) -> Single | None:
    """The team's command narrowed to `path.py::name`; None when its runner is not known."""
    words = shlex.split(suite)
    names = [Path(word).name for word in words]
    for place, name in enumerate(names):
        begin = words[: place + 1]
        if name in PYTEST:
            return Single(shlex.join([*begin, f"--junit-xml={report}", test]), report)
        if name == "unittest":
            return Single(shlex.join([*begin, _label(test, Path())]), None)
        if name in DJANGO and names[place + 1 : place + 2] == ["test"]:
            folder = Path(words[place]).parent
            options = _options(words[place + 2 :])
            return Single(shlex.join([*begin, "test", *options, _label(test, folder)]), None)
    return None


def problem(
    test: str, values: dict[str, str], suite: str, directory: Path, own: Path
) -> str | None:
    """Run one test in `directory`: None when it ran and passed, else what happened instead."""
    own.joinpath("logs").mkdir(parents=True, exist_ok=True)
    report = own / "logs" / "single-test.xml"
    report.unlink(missing_ok=True)
    one = single(suite, test, report)
    if one is None:
        return f"{test}: {suite!r} is no pytest, unittest or Django runner, to run one test with"
    done = run(one.command, values, directory, own, timeout=SECONDS)
    what = _reported(one.report) if one.report else _printed(done)
    if what is None:
        return None
    return f"{test} {what}\n{done.command} ends with {done.returncode}\n{done.tail(40)}"


def _label(test: str, folder: Path) -> str:
    path, *names = test.split("::")
    module = Path(path)
    if module.is_relative_to(folder):
        module = module.relative_to(folder)
    return ".".join([*module.with_suffix("").parts, *names])


def _options(words: list[str]) -> list[str]:
    kept: list[str] = []
    for place, word in enumerate(words):
        if word.partition("=")[0] not in DJANGO_OPTIONS:
            continue
        kept.append(word)
        if word in WITH_VALUE:
            kept += words[place + 1 : place + 2]
    return kept


def _reported(report: Path) -> str | None:
    """From pytest's own report, since an exit code also says what the coverage is."""
    if not report.is_file():
        return "did not run"
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    if any(case.find(kind) is not None for case in cases for kind in ("failure", "error")):
        return "fails"
    if any(case.find("skipped") is not None for case in cases):
        return "is skipped"
    return None if cases else "does not exist"


def _printed(done: Completed) -> str | None:
    ran = RAN.search(done.output)
    if done.returncode:
        return "fails" if ran else "did not run"
    if ran is None or ran[1] == "0":
        return "does not exist"
    return "is skipped" if SKIPPED.search(done.output) else None
