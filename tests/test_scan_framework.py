"""Framework, ORM, target and settings of an application."""

from __future__ import annotations

from pathlib import Path

import pytest
from scanned import found, repository, the

from scaffolder.scan.detectors.framework import detect


@pytest.mark.parametrize(
    ("text", "framework"),
    [
        ("from fastapi import FastAPI\napp = FastAPI()", "fastapi"),
        ("import fastapi as f\nfrom starlette.applications import Starlette\n"
         "app = f.FastAPI()\nin_it = Starlette()", "fastapi"),
        ("from starlette.applications import Starlette\napp = Starlette()", "starlette"),
        ("from flask import Flask\nclass App(Flask): pass", "flask"),
        ("from apiflask import APIFlask\napp = APIFlask(__name__)", "flask"),
        ("from litestar import Litestar\napp = Litestar([])", "litestar"),
        ("from aiohttp import web\napp = web.Application()", "aiohttp"),
        ("import falcon.asgi\napp = falcon.asgi.App()", "falcon"),
        ("from sanic import Sanic\napp = Sanic('x')", "sanic"),
        ("from pyramid.config import Configurator\nc = Configurator()", "pyramid"),
    ],
)  # fmt: skip
def test_framework_by_the_object_that_is_made(tmp_path: Path, text: str, framework: str) -> None:
    where = repository(tmp_path, {"shop/main.py": text})
    assert found(detect, where, "app.framework") == [framework]


def test_an_import_alone_is_no_framework(tmp_path: Path) -> None:
    where = repository(tmp_path, {"shop/main.py": "from fastapi import FastAPI, Depends\n"})
    assert found(detect, where, "app.framework") == []


def test_tests_do_not_count(tmp_path: Path) -> None:
    text = "from flask import Flask\napp = Flask('x')\n"
    where = repository(tmp_path, {"shop/__init__.py": "", "shop/tests/test_a.py": text})
    assert found(detect, where, "app.framework") == []


@pytest.mark.parametrize(
    ("line", "orm"),
    [
        ("from sqlmodel import SQLModel", "sqlalchemy"),
        ("from flask_sqlalchemy import SQLAlchemy", "sqlalchemy"),
        ("from sqlalchemy.orm import Session", "sqlalchemy"),
        ("from tortoise import fields", "tortoise"),
        ("import peewee", "peewee"),
        ("from beanie import Document", "mongo"),
    ],
)
def test_orm(tmp_path: Path, line: str, orm: str) -> None:
    fact = the(detect, repository(tmp_path, {"shop/models.py": f"\n{line}\n"}), "app.orm")
    assert (fact.value, str(fact.evidence[0])) == (orm, "shop/models.py:2")


def test_places_come_from_the_application(tmp_path: Path) -> None:
    files = {"src/shop/__init__.py": "", "src/shop/main.py": ""}
    where = repository(tmp_path, files, source="src")
    assert found(detect, where, "app.source") == ["src"]
    assert found(detect, where, "app.directory") == ["."]
    assert str(the(detect, where, "app.package").evidence[0]) == "src/shop/__init__.py"


def target(tmp_path: Path, files: dict[str, str], **options: object) -> list[str]:
    return found(detect, repository(tmp_path, files, **options), "app.target")  # type: ignore[arg-type]


def test_target_of_a_module_level_object(tmp_path: Path) -> None:
    files = {"src/shop/main.py": "from fastapi import FastAPI\napp: FastAPI = FastAPI()\n"}
    assert target(tmp_path, files, source="src") == ["shop.main:app"]


def test_target_of_a_factory_that_needs_no_arguments(tmp_path: Path) -> None:
    text = "from flask import Flask\n\ndef create_app(x=None):\n    return Flask('x')\n"
    assert target(tmp_path, {"shop/__init__.py": text}) == ["shop:create_app()"]


def test_a_factory_that_needs_arguments_is_no_target(tmp_path: Path) -> None:
    text = "from flask import Flask\n\ndef create_app(x):\n    return Flask('x')\n"
    assert target(tmp_path, {"shop/__init__.py": text}) == []


def test_an_object_of_a_factory_wins_over_the_factory(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "from flask import Flask\n\ndef create_app():\n    return Flask('x')\n",
        "wsgi.py": "from shop import create_app\napp = create_app()\n",
    }
    assert target(tmp_path, files, packages=("shop", "wsgi")) == ["wsgi:app"]


def test_what_the_code_runs_itself_is_the_target(tmp_path: Path) -> None:
    files = {
        "shop/main.py": "from fastapi import FastAPI\nserved = FastAPI()\napp = FastAPI()\n",
        "shop/__main__.py": "import uvicorn\nuvicorn.run('shop.main:served', port=1)\n",
    }
    where = repository(tmp_path, files)
    assert found(detect, where, "app.target") == ["shop.main:served"]
    start = the(detect, where, "app.start")
    assert (start.value, start.confidence) == ("python -m shop", "likely")


def test_a_module_may_hand_the_object_of_another_on(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "from flask import Flask\napp = Flask('shop')\n",
        "manage.py": "from shop import app\n",
        "compose.yaml": "services:\n  web: {build: ., command: 'gunicorn manage:app'}\n",
    }
    assert target(tmp_path, files) == ["manage:app"]


def test_a_script_names_the_module_beside_it(tmp_path: Path) -> None:
    code = "import uvicorn\nfrom fastapi import FastAPI\napp = FastAPI()\n"
    files = {"shop/__init__.py": "", "shop/main.py": f"{code}uvicorn.run('main:app')\n"}
    assert target(tmp_path, files) == ["shop.main:app"]


WSGI = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n"
DJANGO = {
    "config/settings.py": "INSTALLED_APPS = []\nWSGI_APPLICATION = 'config.wsgi.application'\n",
    "config/wsgi.py": WSGI,
    "manage.py": WSGI.replace("settings'", "local'"),
    "config/local.py": "from config.settings import *\n",
}


def test_django_prefers_wsgi_over_manage(tmp_path: Path) -> None:
    where = repository(tmp_path, DJANGO, packages=("config",))
    fact = the(detect, where, "app.settings")
    assert (fact.value, str(fact.evidence[0])) == ("config.settings", "config/wsgi.py:2")
    assert found(detect, where, "app.framework") == ["django"]
    assert found(detect, where, "app.orm") == ["django"]
    assert found(detect, where, "app.target") == ["config.wsgi:application"]


def test_django_settings_that_are_named_for_production(tmp_path: Path) -> None:
    named = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings.local')\n"
    files = {
        "config/settings/local.py": "from .base import *\n",
        "config/settings/base.py": "INSTALLED_APPS = []\n",
        "config/settings/production.py": "from .base import *\n",
        "manage.py": named,
    }
    fact = the(detect, repository(tmp_path, files, packages=("config",)), "app.settings")
    assert (fact.value, fact.confidence) == ("config.settings.production", "likely")


COLLECTS = "FROM python:3.12\nRUN DJANGO_SETTINGS_MODULE=config"


def test_django_settings_that_say_they_are_production_s(tmp_path: Path) -> None:
    named = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings.local')\n"
    files = {
        "config/settings/local.py": '"""Like production, on a laptop."""\nfrom .base import *\n',
        "config/settings/base.py": '"""What all have in common."""\nINSTALLED_APPS = []\n',
        "config/settings/cloud.py": '"""Settings of our production."""\nfrom .base import *\n',
        "config/settings/files.py": "from .base import *\n",
        "Dockerfile": f"{COLLECTS}.settings.files ./manage.py collectstatic\n",
        "manage.py": named,
    }
    fact = the(detect, repository(tmp_path, files, packages=("config",)), "app.settings")
    assert fact.value == "config.settings.cloud"


def test_django_settings_that_the_image_is_built_with(tmp_path: Path) -> None:
    files = {
        **DJANGO,
        "config/files.py": "from config.settings import *\n",
        "Dockerfile": f"{COLLECTS}.files ./manage.py collectstatic\n",
    }
    names = found(detect, repository(tmp_path, files, packages=("config",)), "app.settings")
    assert names == ["config.settings"]  # of wsgi.py: static files have settings of their own


def test_of_several_the_one_that_a_command_names(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "from flask import Flask\n\ndef create_app():\n    return Flask('x')\n",
        "wsgi.py": "from shop import create_app\napp = create_app()\n",
        "start.sh": "exec gunicorn 'shop:create_app()' --bind 0.0.0.0:80\n",
    }
    assert target(tmp_path, files, packages=("shop", "wsgi")) == ["shop:create_app()"]
