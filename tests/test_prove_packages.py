"""Which distributions an application imports, by its code and by what is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness_settings import make_settings, write

from scaffolder.prove.driver.packages import imported
from support.install.environment import Environment

SITE = "env/lib/python3.11/site-packages"
DATABASE: dict[str, Any] = {"migrate": ["alembic upgrade head"]}


def installed(name: str, files: list[str], scripts: str = "") -> dict[str, str]:
    place = f"{SITE}/{name.lower().replace('-', '_')}-1.dist-info"
    record = "".join(f"{file},,\n" for file in files)
    metadata = {f"{place}/METADATA": f"Name: {name}\nVersion: 1\n", f"{place}/RECORD": record}
    return metadata | ({f"{place}/entry_points.txt": scripts} if scripts else {})


def asked(folder: Path, files: dict[str, str]) -> dict[str, tuple[str, ...]]:
    write(folder, files)
    environment = Environment(folder / "env", Path("python"), folder, "3.11", None)
    settings = make_settings(DATABASE=DATABASE, START=None, PREPARE=[], WORKERS=[])
    return imported(settings, folder / "app", environment)


def test_what_the_code_imports_and_no_more(tmp_path: Path) -> None:
    files = installed("PyYAML", ["yaml/__init__.py", "_yaml/__init__.py"])
    files |= installed("six", ["six.py"]) | installed("unused", ["unused/__init__.py"])
    files["app/shop/main.py"] = (
        "import os\n\ndef later():\n    from yaml import load\n    import six"
    )

    assert asked(tmp_path, files) == {"PyYAML": ("_yaml", "yaml"), "six": ("six",)}


def test_programs_of_the_commands_count_too(tmp_path: Path) -> None:
    scripts = "[console_scripts]\nalembic = alembic.config:main\n"
    files = installed("alembic", ["alembic/__init__.py"], scripts) | {"app/shop/main.py": ""}

    assert asked(tmp_path, files) == {"alembic": ("alembic",)}


def test_distributions_that_share_a_name_are_told_apart(tmp_path: Path) -> None:
    files = installed("google-storage", ["google/storage/__init__.py"])
    files |= installed("google-auth", ["google/auth/__init__.py", "google/auth/keys.py"])
    files["app/shop/main.py"] = "from google.auth import keys\n"

    assert asked(tmp_path, files) == {"google-auth": ("google.auth",)}


def test_tests_environments_and_unreadable_code_import_nothing(tmp_path: Path) -> None:
    files = installed("six", ["six.py"])
    for name in ("tests/test_a.py", ".venv/lib/a.py", "node_modules/a.py"):
        files[f"app/{name}"] = "import six\n"
    files["app/shop/broken.py"] = "import six\nprint 'old'\n"

    assert asked(tmp_path, files) == {}


def test_the_application_itself_is_not_hidden(tmp_path: Path) -> None:
    files = installed("shop", ["shop/__init__.py"]) | {"app/run.py": "import shop\n"}

    assert asked(tmp_path, files) == {}
