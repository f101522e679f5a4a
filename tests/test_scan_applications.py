"""Which applications a repository holds, where their packages lie, and which of them ship."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from scaffolder.scan.applications import applications
from scaffolder.scan.repository import Application
from scaffolder.scan.tree import Tree

API = "from fastapi import FastAPI\napp = FastAPI()\n"
MANAGE = (
    "import os\nfrom django.core.management import execute_from_command_line\n"
    "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n"
    "execute_from_command_line([])\n"
)


def apps(root: Path, files: Mapping[str, str]) -> tuple[Application, ...]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return applications(Tree.read(root))


def shape(application: Application) -> tuple[str, str, tuple[str, ...]]:
    return application.directory, application.source, application.packages


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"requirements.txt": "", "main.py": API}, (".", ".", ("main",)), id="single-module"
        ),
        pytest.param(
            {"pyproject.toml": "", "app/__init__.py": "", "app/main.py": API},
            (".", ".", ("app",)),
            id="flat",
        ),
        pytest.param(
            {"pyproject.toml": "", "src/shop/__init__.py": "", "src/shop/main.py": API},
            (".", "src", ("shop",)),
            id="src",
        ),
        pytest.param(
            {
                "backend/pyproject.toml": "",
                "backend/app/__init__.py": "",
                "backend/app/main.py": API,
            },
            ("backend", "backend", ("app",)),
            id="monorepo",
        ),
        pytest.param(
            {
                "requirements.txt": "",
                "app/core/config.py": "",
                "app/main.py": f"from app.core import config\n{API}",
            },
            (".", ".", ("app",)),
            id="namespace-package",
        ),
        pytest.param(
            {"requirements.txt": "", "shop/web.py": f"from .models import Order\n{API}"},
            (".", ".", ("shop",)),
            id="relative-imports-alone",
        ),
        pytest.param(
            {"requirements/base.txt": "", "shop/__init__.py": API},
            (".", ".", ("shop",)),
            id="requirements-folder",
        ),
    ],
)
def test_one_application(
    tmp_path: Path, files: dict[str, str], expected: tuple[str, str, tuple[str, ...]]
) -> None:
    (found,) = apps(tmp_path, files)
    assert shape(found) == expected


def test_evidence_is_the_line_that_makes_the_application(tmp_path: Path) -> None:
    (found,) = apps(tmp_path, {"requirements.txt": "", "main.py": API})
    assert [str(each) for each in found.evidence] == ["main.py:2"]


def test_what_is_imported_or_started_ships_and_nothing_else(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "",
        "Dockerfile": 'CMD ["gunicorn", "wsgi:app"]\n',
        "Procfile": "web: gunicorn wsgi:app\nworker: python -m jobs.run\n",
        "wsgi.py": "from shop import create_app\napp = create_app()\n",
        "shop/__init__.py": "from flask import Flask\nimport config\n\ndef create_app():\n"
        "    return Flask(__name__)\n",
        "config.py": "",
        "jobs/run.py": "import shop\n",
        "seed.py": "import shop\n",
        "tests/test_shop.py": "import shop\n",
        "migrations/env.py": "import shop\n",
        "manage.py": "import shop\n",
    }
    (found,) = apps(tmp_path, files)
    assert found.packages == ("config", "jobs", "shop", "wsgi")


def test_configuration_by_name_ships(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "",
        "shop/__init__.py": "from flask import Flask\napp = Flask(__name__)\n"
        "app.config.from_object('config.Production')\n",
        "config.py": "class Production: pass\n",
    }
    (found,) = apps(tmp_path, files)
    assert found.packages == ("config", "shop")


def test_django_apps_ship_by_their_settings(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "",
        "manage.py": MANAGE,
        "config/settings.py": "INSTALLED_APPS = ['django.apps', 'orders', 'crm.apps.Crm']\n",
        "orders/models.py": "",
        "crm/apps.py": "",
        "playground/notes.py": "",
    }
    (found,) = apps(tmp_path, files)
    assert shape(found) == (".", ".", ("config", "crm", "orders"))


def test_django_below_its_manifest(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": "",
        "src/manage.py": MANAGE,
        "src/config/__init__.py": "",
        "src/config/settings.py": "INSTALLED_APPS = ['orders']\n",
        "src/orders/__init__.py": "",
        "src/orders/models.py": "from config import settings\n",
    }
    (found,) = apps(tmp_path, files)
    assert shape(found) == (".", "src", ("config", "orders"))


def test_build_configuration_says_where_packages_lie(tmp_path: Path) -> None:
    project = "[tool.hatch.build.targets.wheel]\npackages = ['lib/shop', 'lib/extra']\n"
    files = {
        "pyproject.toml": project,
        "lib/shop/__init__.py": API,
        "lib/extra/__init__.py": "",
        "lib/other/__init__.py": "",
    }
    (found,) = apps(tmp_path, files)
    assert shape(found) == (".", "lib", ("extra", "shop"))


def test_start_commands_decide_between_folders(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": "",
        "Dockerfile": "COPY src/app app\nCMD uvicorn app.main:app\n",
        "src/__init__.py": "",
        "src/app/__init__.py": "",
        "src/app/main.py": f"from .api import router\n{API}",
        "tests/test_app.py": "from src.app.main import app\n",
    }
    (found,) = apps(tmp_path, files)
    assert shape(found) == (".", "src", ("app",))


def test_what_is_started_counts_more_than_what_is_built(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": "[tool.hatch.build.targets.wheel]\npackages = ['src']\n",
        "Dockerfile": "CMD uvicorn app.main:app\n# CMD python -m src.scripts.seed\n",
        "src/__init__.py": "",
        "src/app/__init__.py": "",
        "src/app/main.py": f"from .api import router\n{API}",
        "src/migrations/env.py": "from app.db import Base\n",
    }
    (found,) = apps(tmp_path, files)
    assert shape(found) == (".", "src", ("app",))


def test_several_applications_the_one_with_a_database_first(tmp_path: Path) -> None:
    files = {
        "services/proxy/requirements.txt": "",
        "services/proxy/main.py": API,
        "services/shop/requirements.txt": "",
        "services/shop/main.py": f"import db\n{API}",
        "services/shop/db.py": "import sqlalchemy\n",
    }
    assert [each.directory for each in apps(tmp_path, files)] == ["services/shop", "services/proxy"]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({}, id="empty"),
        pytest.param({"package.json": "{}", "index.js": ""}, id="no-python"),
        pytest.param({"setup.cfg": "", "lib/__init__.py": "import sqlalchemy\n"}, id="library"),
        pytest.param({"docs/requirements.txt": "", "docs/app.py": API}, id="documentation"),
        pytest.param({"examples/app.py": API, "tests/app.py": API}, id="examples-and-tests"),
        pytest.param({"{{cookiecutter.name}}/main.py": API}, id="cookiecutter"),
        pytest.param(
            {"requirements.txt": "", "name/main.py": f"# {{{{ cookiecutter.x }}}}\n{API}"},
            id="placeholders",
        ),
        pytest.param(
            {
                "setup.py": "setup(classifiers=['Framework :: Flask'])",
                "flask_x/__init__.py": "from flask import Flask\napp = Flask('x')\n",
            },
            id="extension-of-a-framework",
        ),
        pytest.param({"a.py": "from django.apps import apps\nApp(1)\n"}, id="another-class"),
        pytest.param({"a.py": "from fastapi import FastAPI\n# app = FastAPI()\n"}, id="comment"),
        pytest.param({"pyproject.toml": "[tool", "a.py": "\0def (:"}, id="broken"),
    ],
)
def test_no_application(tmp_path: Path, files: dict[str, str]) -> None:
    assert apps(tmp_path, files) == ()


def test_a_worker_without_a_framework_counts_where_an_image_starts_it(tmp_path: Path) -> None:
    files = {"requirements.txt": "", "worker.py": "import psycopg\n", "Dockerfile": ""}
    (found,) = apps(tmp_path, files)
    assert shape(found) == (".", ".", ("worker",))
