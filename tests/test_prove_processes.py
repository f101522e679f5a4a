"""Faults of the process on small applications, each started as a harness starts one: every verdict.

An application is one module; its test is that it ends with exit code 0.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from harness_settings import make_settings, this_python, write

from scaffolder.catalog.load_faults import faults
from scaffolder.prove.driver.asked import reading
from scaffolder.prove.driver.conditions import EVERYTHING, Conditions, applied, conditions
from scaffolder.prove.driver.notes import Asked, Notes
from scaffolder.prove.driver.processes import evidence
from scaffolder.prove.driver.runner import Ran
from scaffolder.prove.driver.verdict import Red, verdict
from support.app.commands import process_environment, run

COLOUR = ("colour",)
TEXT = "import pathlib\nfile = pathlib.Path(__file__).with_name"


class Shop:
    """An application whose code is `text`; it has the variable KEY, and may import `colour`."""

    def __init__(self, folder: Path, text: str, command: str) -> None:
        files = {"shop/main.py": text, "shop/__init__.py": "", "lib/colour/names.py": "RED = 1\n"}
        files |= {"lib/colour/__init__.py": "", "shop/ascii.txt": "Zoe", "shop/letters.txt": "Zoë"}
        metadata = {"lib/colour-1.dist-info/METADATA": "Name: Colour\nVersion: 1\n"}
        self.folder = write(folder, files | metadata)
        (folder / ".parity").mkdir()
        variables = {
            "KEY": {"required": True, "sample": "test-only"},
            "PYTHONPATH": {"required": False, "sample": str(folder / "lib")},
        }
        self.settings = make_settings(ENVIRONMENT=variables)
        self.command = command

    def under(self, wanted: Conditions) -> tuple[list[Asked], Ran]:
        notes = Notes(self.folder / ".parity" / "notes")
        with applied(self.settings, wanted, self.folder, notes.path):
            environment = this_python(self.folder)
            variables = process_environment(environment, self.settings, {})
            done = run(self.command, variables, self.folder, self.folder / ".parity")
        reds = [Red("test", "call", False, True, done.tail())] if done.returncode else []
        return notes.read(), Ran("test", reds=reds)

    def tried(self, name: str) -> tuple[str, str, str]:
        """The verdict, its reason, and what the application printed when it was red."""
        fault = faults()[name].as_json()
        narrow = {"package": "colour", "variable": "KEY"}.get(fault.get("each", ""), "")
        job: dict[str, Any] = {"watch": EVERYTHING, "imports": COLOUR, "hide": []}
        before, healthy = self.under(Conditions(job=job))
        assert not healthy.reds, healthy.reds
        notes, ran = self.under(conditions(fault, narrow, COLOUR))
        read = reading(fault, narrow, COLOUR, notes, before)
        told = "".join(red.message for red in ran.reds)
        return verdict(evidence(read, [ran])), read.why, told


def shop(folder: Path, text: str, flags: str = "") -> Shop:
    return Shop(folder, text, f"{sys.executable} {flags} -m shop.main")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import colour", "caught-error"),
        ("def later():\n    from colour.names import RED\nlater()", "caught-error"),
        ("try:\n    import colour\nexcept ImportError:\n    colour = None", "survived"),
        ("import importlib.util\nprint(importlib.util.find_spec('colour') is None)", "survived"),
        ("import json", "not-reached"),
    ],
)
def test_a_hidden_package(tmp_path: Path, text: str, expected: str) -> None:
    found, why, told = shop(tmp_path, text).tried("package-hidden")

    assert found == expected, why
    assert ("No module named 'colour'" in told) == (expected == "caught-error")
    assert ("shop/main.py:" in why) == (expected != "not-reached")


def test_a_hidden_package_has_no_metadata(tmp_path: Path) -> None:
    text = "from importlib.metadata import version\nimport colour\nprint(version('colour'))"
    hidden = shop(tmp_path, text.replace("import colour", "")).tried("package-hidden")

    assert "PackageNotFoundError" in hidden[2]


@pytest.mark.parametrize(
    ("text", "expected", "reason"),
    [
        ("import os\nos.environ['KEY']", "caught-error", "shop/main.py:2"),
        ("import os\nos.environ.get('KEY', 'made up')", "survived", "shop/main.py:2"),
        ("import os\nos.getenv('KEY')", "survived", "shop/main.py:2"),
        ("import os\nprint('KEY' in os.environ)", "survived", "shop/main.py:2"),
        ("import os\nos.environ.get('KEY', 'test-only')", "no-effect", "'test-only'"),
        (
            "import os\nread = {k.lower(): v for k, v in os.environ.items()}\nread.get('key')",
            "survived",
            "shop/main.py:3",
        ),
        ("import os\nread = dict(os.environ)\nread.get('PATH')", "not-reached", "no process"),
        ("print()", "not-reached", "no process"),
    ],
)
def test_an_unset_variable(tmp_path: Path, text: str, expected: str, reason: str) -> None:
    found, why, _ = shop(tmp_path, text).tried("variable-unset")

    assert found == expected and reason in why, why


SETS_ITS_ZONE = "import os, time\nos.environ['TZ'] = 'UTC'\ntime.tzset()\n"  # as Django does


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from datetime import datetime\nprint(datetime.now())", "survived"),
        ("import datetime as d\nmake = d.datetime.now\nprint(make())", "survived"),
        ("from datetime import date\nprint(date.today())", "survived"),
        ("from time import localtime, strftime\nprint(strftime('%H', localtime()))", "survived"),
        ("import datetime as d\nassert d.datetime.now().hour == d.datetime.now(d.timezone.utc).hour"
         " and d.datetime.now().minute == d.datetime.now(d.timezone.utc).minute", "caught-error"),
        ("import datetime as d\nprint(d.datetime.now(d.timezone.utc))", "not-reached"),
        ("import datetime as d\nprint(d.datetime.now().astimezone())", "not-reached"),
        ("import time\nprint(time.time(), time.strftime('%H', time.gmtime()))", "not-reached"),
        (SETS_ITS_ZONE + "import datetime\nprint(datetime.datetime.now())", "not-reached"),
        ("import logging\nlogging.warning('in local time')", "not-reached"),
    ],
)  # fmt: skip
def test_another_zone(tmp_path: Path, text: str, expected: str) -> None:
    found, why, told = shop(tmp_path, text).tried("zone-east")

    assert found == expected, (why, told)
    assert ("sets its zone itself" in why) == (SETS_ITS_ZONE in text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{TEXT}('letters.txt').read_text()", "caught-error"),
        (f"{TEXT}('letters.txt')\nopen(file, errors='ignore').read()", "survived"),
        (f"{TEXT}('written.txt').open('w', errors='replace').write('Zoë')", "survived"),
        (f"{TEXT}('letters.txt').read_text(encoding='utf-8')", "not-reached"),
        (f"{TEXT}('ascii.txt').read_text()", "no-effect"),
        (f"{TEXT}('letters.txt').read_bytes()", "not-reached"),
        ("print('Zoë')", "caught-error"),
    ],
)
def test_a_locale_without_utf_8(tmp_path: Path, text: str, expected: str) -> None:
    found, why, told = shop(tmp_path, text).tried("locale-without-utf-8")

    assert found == expected, (why, told)


@pytest.mark.parametrize(
    ("fault", "text", "expected"),
    [
        ("home-missing", "(pathlib.Path.home() / 'x').mkdir(exist_ok=True)", "caught-error"),
        (
            "home-missing",
            "with suppress(OSError): open(pathlib.Path.home() / 'x', 'w')",
            "survived",
        ),
        ("home-missing", "print((pathlib.Path.home() / 'x').exists())", "no-effect"),
        ("home-missing", "print()", "not-reached"),
        ("temporary-folder-missing", "tempfile.mkdtemp()", "caught-error"),
        ("temporary-folder-missing", "with suppress(OSError): tempfile.mkdtemp()", "survived"),
        ("temporary-folder-missing", "tempfile.mkdtemp(dir='.')", "not-reached"),
        ("asserts-removed", "with suppress(AssertionError): assert not 1", "survived"),
        ("asserts-removed", "assert 1", "no-effect"),
        ("asserts-removed", "print()", "not-reached"),
    ],
)
def test_folders_and_asserts(tmp_path: Path, fault: str, text: str, expected: str) -> None:
    text = f"import pathlib, tempfile\nfrom contextlib import suppress\n{text}"

    found, why, told = shop(tmp_path, text).tried(fault)

    assert found == expected, (why, told)


def test_a_library_that_writes_by_itself_is_not_the_application(tmp_path: Path) -> None:
    library = """
import pathlib, threading
from contextlib import suppress

def housekeeping():
    with suppress(OSError):
        open(pathlib.Path.home() / "x", "w")

thread = threading.Thread(target=housekeeping)
thread.start()
thread.join()
"""
    write(tmp_path, {"lib/site-packages/serves.py": library})
    here = shop(tmp_path, "import sys\nsys.path.append('lib/site-packages')\nimport serves")

    found, why, _ = here.tried("home-missing")

    assert (found, "only a library was refused" in why) == ("no-effect", True), why


@pytest.mark.parametrize("fault", ["package-hidden", "zone-east", "asserts-removed"])
def test_a_process_that_cannot_be_watched_is_inactive(tmp_path: Path, fault: str) -> None:
    here = Shop(tmp_path, "print()", f"{sys.executable} -E -c pass")

    found, why, _ = here.tried(fault)

    assert (found, why) == ("inactive", "no Python process of the application could be watched")


def test_the_settings_are_as_they_were(tmp_path: Path) -> None:
    here = shop(tmp_path, "print()")
    before = dict(vars(here.settings))

    here.tried("zone-west")

    assert vars(here.settings) == before


def test_the_applications_own_sitecustomize_runs_too(tmp_path: Path) -> None:
    write(tmp_path, {"lib/sitecustomize.py": "import builtins\nbuiltins.mine = 1\n"})

    found, why, told = shop(tmp_path, "print(mine)").tried("asserts-removed")

    assert (found, told) == ("not-reached", ""), why
