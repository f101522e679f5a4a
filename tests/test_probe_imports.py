from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from harness_settings import make_settings, this_python, write

from support.source import imports
from support.source.probe import ProbeFailed, ask

Found = tuple[dict[str, str], list[tuple[str, str]]]


def problems(repository: Path, files: dict[str, str], **settings: Any) -> Found:
    write(repository, {"requirements.txt": "flask\n", "shop/__init__.py": "", **files})
    given = make_settings(**settings)
    return imports.problems(given, repository, this_python(repository), {})


def test_healthy_modules_give_no_problem(tmp_path: Path) -> None:
    files = {"shop/a.py": "import shop.sub.b", "shop/sub/b.py": "", "single.py": "X = 1"}

    assert problems(tmp_path, files, PACKAGES=["shop", "single"]) == ({}, [])


def test_all_missing_distributions_are_named_at_once(tmp_path: Path) -> None:
    files = {
        "shop/mail.py": "import absent_yaml",
        "shop/web.py": "import flask_absent.views",
        "requirements-dev.txt": "flask-absent==1.0\n",
    }

    found, _ = problems(tmp_path, files)

    assert found == {
        "shop.mail": "shop.mail: ModuleNotFoundError: No module named 'absent_yaml'"
        " (shop/mail.py:1)\n"
        "absent-yaml is not declared by the project: add it and lock it (requirements.txt),\n"
        "or name it in app.install.extra when production's image brings it",
        "shop.web": "shop.web: ModuleNotFoundError: No module named 'flask_absent'"
        " (shop/web.py:1)\n"
        "flask-absent is in the file requirements-dev.txt only,\n"
        "which production does not install: move it to the main dependencies",
    }


@pytest.mark.parametrize(
    ("imported", "distribution"),
    [("PIL", "pillow"), ("dateutil", "python-dateutil"), ("bs4", "beautifulsoup4")],
)
def test_a_distribution_with_another_name_is_known(
    tmp_path: Path, imported: str, distribution: str
) -> None:
    files = {
        "shop/a.py": f"raise ModuleNotFoundError('no {imported}', name='{imported}.sub')",
        "pyproject.toml": f"[dependency-groups]\ndev = ['{distribution}>=1']\n",
    }

    found, _ = problems(tmp_path, files)

    assert f"{distribution} is in the group dev only" in found["shop.a"]


def test_what_belongs_to_an_optional_extra_is_not_covered(tmp_path: Path) -> None:
    manifest = "[project]\nname='shop'\n[project.optional-dependencies]\ns3 = ['absent-boto']\n"
    files = {"shop/s3.py": "import absent_boto", "pyproject.toml": manifest}

    optional = problems(tmp_path, files)
    installed, _ = problems(tmp_path, files, INSTALL={"lock": "requirements.txt", "extras": ["s3"]})

    assert optional == ({}, [("shop.s3", "needs absent-boto, which is in the extra s3 only")])
    assert "shop.s3" in installed


def test_modules_that_only_import_a_failing_one_are_named_in_its_text(tmp_path: Path) -> None:
    files = {"shop/a.py": "import shop.c", "shop/b.py": "import shop.a", "shop/c.py": "1 / 0"}

    found, _ = problems(tmp_path, files)

    assert found == {
        "shop.c": "shop.c: ZeroDivisionError: division by zero (shop/c.py:1)\n"
        "so these cannot be imported either: shop.a, shop.b"
    }


def test_a_failing_module_that_is_excluded_does_not_hide_who_needs_it(tmp_path: Path) -> None:
    files = {"shop/dev.py": "import absent_a", "shop/web.py": "import shop.dev"}
    exclude = [{"module": "shop.dev", "reason": "only used by developers"}]

    found, not_covered = problems(tmp_path, files, IMPORTS_EXCLUDE=exclude)

    assert list(found) == ["shop.web"]
    assert not_covered == [("shop.dev", "only used by developers")]


def test_the_cause_behind_another_error_is_named(tmp_path: Path) -> None:
    code = "try:\n    import absent_driver\nexcept ImportError as e:\n"
    code += "    raise RuntimeError('no driver') from e\n"

    found, _ = problems(tmp_path, {"shop/db.py": code})

    assert "RuntimeError: no driver (shop/db.py:4)" in found["shop.db"]
    assert "absent-driver is not declared" in found["shop.db"]


def test_syntax_errors_and_scripts_without_a_guard_are_problems(tmp_path: Path) -> None:
    files = {"shop/old.py": "x = 1\nprint 'x'", "shop/script.py": "import sys; sys.exit(3)"}

    found, _ = problems(tmp_path, files)

    assert "SyntaxError" in found["shop.old"] and "(shop/old.py:2)" in found["shop.old"]
    assert found["shop.script"] == "shop.script: SystemExit: 3 (shop/script.py:1)"


def test_tests_alembic_and_files_that_are_no_modules_are_left_out(tmp_path: Path) -> None:
    broken = "raise RuntimeError"
    files = {
        "shop/tests/test_a.py": broken,
        "shop/tests.py": broken,
        "shop/conftest.py": broken,
        "shop/test_b.py": broken,
        "shop/migrations/0001_initial.py": broken,
        "shop/db/env.py": "raise AttributeError(\"module 'alembic' has no attribute 'context'\")",
        "shop/run-me.py": broken,
        "shop/__main__.py": broken,
    }

    found, not_covered = problems(tmp_path, files)

    assert found == {}
    assert sorted(not_covered) == [
        ("shop.__main__", "only runs as a program"),
        ("shop.db.env", "Alembic runs it, nothing imports it"),
        ("shop.run-me", "its name is no module name"),
    ]


def test_an_env_module_that_fails_otherwise_is_a_problem(tmp_path: Path) -> None:
    found, _ = problems(tmp_path, {"shop/env.py": "import absent_dotenv"})

    assert list(found) == ["shop.env"]


def test_an_unlucky_order_of_imports_is_forgiven(tmp_path: Path) -> None:
    early = "import sys\nif 'shop.main' not in sys.modules: raise ImportError('too early')"

    assert problems(tmp_path, {"shop/a.py": early, "shop/main.py": ""})[0] == {}


def test_a_module_of_another_origin_is_a_problem(tmp_path: Path) -> None:
    found, _ = problems(tmp_path, {"json.py": ""}, PACKAGES=["shop", "json"])

    assert "not from the application" in found["json"]


def test_packages_that_do_not_exist_are_problems(tmp_path: Path) -> None:
    found, _ = problems(tmp_path, {}, PACKAGES=["shop", "shoop"])

    assert found == {"shoop": "shoop: there is no such package in . (app.packages)"}


def test_django_that_cannot_be_set_up_is_one_problem(tmp_path: Path) -> None:
    files = {"django/__init__.py": "def setup(): import shop.settings", "shop/settings.py": "1/0"}

    found, _ = problems(tmp_path, files, DJANGO_SETTINGS="shop.settings")

    assert found == {
        "shop.settings": "shop.settings: ZeroDivisionError: division by zero (shop/settings.py:1)"
    }


def test_prints_threads_and_exit_handlers_do_not_disturb_the_report(tmp_path: Path) -> None:
    code = (
        "import atexit, threading, time, os\nprint('hello')\nos.write(1, b'raw')\n"
        "atexit.register(time.sleep, 60)\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\n"
    )

    assert problems(tmp_path, {"shop/loud.py": code}) == ({}, [])


def test_an_import_that_never_ends_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"shop/__init__.py": "", "shop/slow.py": "import time\ntime.sleep(60)"})

    report = ask("import_modules", make_settings(), tmp_path, this_python(tmp_path), {}, seconds=1)

    assert [failure["module"] for failure in report["failures"]] == ["shop.slow"]
    assert report["failures"][0]["message"] == "the import did not finish within 1 s"


def test_an_application_that_ends_the_process_is_said(tmp_path: Path) -> None:
    code = "import os, sys\nsys.stderr.write('last words')\nsys.stderr.flush()\nos._exit(7)"

    with pytest.raises(ProbeFailed, match="code 7\nlast words"):
        problems(tmp_path, {"shop/a.py": code})


def test_only_production_s_variables_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_DEVELOPER", "1")
    code = "import os\nassert 'OF_THE_DEVELOPER' not in os.environ\nos.environ['SECRET_KEY']"

    assert (
        problems(tmp_path, {"shop/a.py": code}, ENVIRONMENT={"SECRET_KEY": {"sample": "x"}})[0]
        == {}
    )
    assert "KeyError: 'SECRET_KEY'" in problems(tmp_path, {"shop/a.py": code})[0]["shop.a"]


def test_nothing_is_written_into_the_tree(tmp_path: Path) -> None:
    problems(tmp_path, {"shop/a.py": "X = 1"})

    assert not [path for path in tmp_path.rglob("__pycache__") if ".parity" not in path.parts]


def test_a_source_folder_is_where_the_packages_are(tmp_path: Path) -> None:
    files = {"backend/src/shop2/a.py": "import shop2.b", "backend/src/shop2/b.py": ""}
    write(tmp_path, {"backend/requirements.txt": ""})

    found = problems(tmp_path, files, DIRECTORY="backend", SOURCE="src", PACKAGES=["shop2"])

    assert found == ({}, [])


def test_the_probes_are_python_3_8() -> None:
    files = sorted((Path(imports.__file__).parent / "probes").glob("*.py"))

    assert len(files) >= 5
    for file in files:
        ast.parse(file.read_text(), feature_version=(3, 8))
