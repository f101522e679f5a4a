"""The section `production`, where a repository speaks of several engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from scaffolder.draft.draft import draft, unsupported
from scaffolder.scan.facts import Evidence, Fact, Facts
from scaffolder.scan.scan import Scan, scan

COMPOSE = "services:\n  web: {build: .}\n  db: {image: 'mysql:5.7'}\n"
FILES = {
    "requirements.txt": "flask==3.1.0\n",
    "shop.py": "from flask import Flask\napp = Flask('shop')\n",
    "compose.yaml": COMPOSE,
    "Dockerfile": "FROM python:3.12\nCOPY . .\nCMD flask run\n",
}


def write(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def scanned(root: Path, settings: str) -> Scan:
    write(root, {**FILES, "config.py": f"import os\n{settings}"})
    return scan(root)


def test_a_default_does_not_hide_the_engine_of_production(tmp_path: Path) -> None:
    settings = "URI = os.environ.get('DATABASE_URL') or 'sqlite:///shop.db'\n"

    found = scanned(tmp_path, f"class Config:\n    SQLALCHEMY_DATABASE_{settings}")

    assert unsupported(found) == "mysql"


def test_what_flask_s_commands_work_on_is_handed_over(tmp_path: Path) -> None:
    dockerfile = FILES["Dockerfile"] + "ENV FLASK_APP=shop.web\n"
    write(tmp_path, {**FILES, "compose.yaml": "", "Dockerfile": dockerfile})

    found = draft(scan(tmp_path), date(2026, 11, 22))

    assert found.data["production"]["environment"]["FLASK_APP"] == {"sample": "shop.web"}
    assert "# Dockerfile:4" in found.text


def test_the_version_of_another_engine_is_no_version_of_postgresql(tmp_path: Path) -> None:
    found = scanned(tmp_path, "")
    other = Fact("database.engine", "postgres", (Evidence("deploy.sh", 1),), "deploy")
    found = replace(found, facts=Facts((*found.facts.found, other)))

    data = draft(found, date(2026, 11, 1)).data

    assert set(found.facts.values("database.engine")) == {"mysql", "postgres"}
    assert data["production"]["database"]["version"] == "18"
    assert "image" not in data["production"]["database"]


def test_a_project_of_django_below_its_manifest_is_reached_from_above(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "django==5.2\npsycopg==3.2.9\n",
        "Dockerfile": "FROM python:3.12\nCOPY . /app\nWORKDIR /app/src\n"
        "RUN python3 manage.py collectstatic --no-input\nCMD python manage.py runserver\n",
        "src/manage.py": "import os\n"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.conf')\n",
        "src/shop/__init__.py": "",
        "src/shop/conf.py": "INSTALLED_APPS = ['shop']\n",
        "src/shop/tests.py": "from django.test import TestCase\n\n\n"
        "class Shop(TestCase):\n    def test_shop(self):\n        pass\n",
    }
    write(tmp_path, files)

    data = draft(scan(tmp_path), date(2026, 11, 1)).data
    app = data["app"]

    assert data["production"]["environment"]["PYTHONPATH"] == {"sample": "src"}
    assert app["directory"] == "."
    assert app["prepare"] == ["python src/manage.py collectstatic --no-input"]
    assert app["start"] == "python src/manage.py runserver --noreload {host}:{port}"
    assert app["own_suite"]["run"] == "python src/manage.py test src"


BUILT = "[project]\nname = 'x'\nversion = '1'\n[build-system]\nrequires = ['hatchling']\n"


@pytest.mark.parametrize(
    ("manifest", "asked"),
    [
        (BUILT, False),
        (f"{BUILT}[tool.hatch.build.targets.wheel]\npackages = ['src/shop']\n", False),
        (f"{BUILT}[tool.hatch.build.targets.wheel]\npackages = ['src']\n", True),
        ("[project]\nname = 'x'\nversion = '1'\n", True),
    ],
)
def test_packages_that_nothing_installs_need_a_path(
    manifest: str, asked: bool, tmp_path: Path
) -> None:
    files = {
        "pyproject.toml": manifest,
        "uv.lock": "version = 1\n",
        "Dockerfile": "FROM python:3.12\nRUN uv sync\nCMD uvicorn shop.main:app\n",
        "src/shop/__init__.py": "",
        "src/shop/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
    }
    write(tmp_path, files)

    found = draft(scan(tmp_path), date(2026, 11, 1)).data

    assert (found["app"]["source"], found["app"]["packages"]) == ("src", ["shop"])
    assert ("PYTHONPATH" in found["production"].get("environment", {})) is asked


def test_settings_that_production_does_not_load_name_no_variables(tmp_path: Path) -> None:
    parts = "'ENGINE': 'django.db.backends.postgresql', 'NAME': os.environ"
    files = {
        "requirements.txt": "django==5.2\npsycopg==3.2.9\n",
        "Dockerfile": "FROM python:3.12\nCOPY . .\n",
        "compose.yaml": "services:\n  web:\n    build: .\n    environment: {SQL_HOST: db}\n"
        "  db: {image: 'postgres:17'}\n",
        "manage.py": "import os\n"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.conf.prod')\n",
        "shop/__init__.py": "",
        "shop/conf/__init__.py": "",
        "shop/conf/common.py": f"import os\nDATABASES = {{'default': {{{parts}['DB_NAME']}}}}\n",
        "shop/conf/prod.py": "from .common import *\nINSTALLED_APPS = ['shop']\n",
        "shop/conf/dev.py": "from .common import *\n",
        "shop/conf/docker.py": "import os\nfrom .dev import *\n"
        "DATABASES['default']['HOST'] = os.environ['SQL_HOST']\n",
    }
    write(tmp_path, files)

    drafted = draft(scan(tmp_path), date(2026, 11, 1))

    assert list(drafted.data["production"]["database"]["env"]) == ["DB_NAME", "DATABASE_URL"]
    (question,) = [q for q in drafted.questions if q.place == "production.database.env"]
    assert question.candidates == ("DB_NAME={name}",)
