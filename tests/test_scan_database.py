"""Engine, driver and default of the application's database, and how it is told where it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from scanned import found, repository

from scaffolder.scan.detectors.database import detect

URL = "DATABASE_URL={}://{{user}}:{{password}}@{{host}}:{{port}}/{{name}}"
PARTS = ["PG_USER={user}", "PG_PASS={password}", "PG_HOST={host}", "PG_PORT={port}", "PG_DB={name}"]
READ = "".join(
    f"{name} = os.environ['{name}']\n"
    for name in ("PG_USER", "PG_PASS", "PG_HOST", "PG_PORT", "PG_DB")
)


def facts(tmp_path: Path, files: Mapping[str, str]) -> dict[str, list[str]]:
    where = repository(tmp_path, files)
    keys = ("engine", "driver", "default", "variable")
    return {key: values for key in keys if (values := found(detect, where, f"database.{key}"))}


def variables(tmp_path: Path, text: str, **files: str) -> list[str]:
    return facts(tmp_path, {"shop/db.py": text, **files}).get("variable", [])


ENGINE = "from sqlalchemy import create_engine\nimport os\n"
ASYNC = "from sqlalchemy.ext.asyncio import create_async_engine\nimport os\n"


TWO_URLS = """\
from pydantic import PostgresDsn
from pydantic_settings import BaseSettings
class Config(BaseSettings):
    DATABASE_URL: PostgresDsn
    DATABASE_ASYNC_URL: PostgresDsn
    REDIS_URL: str
settings = Config()
"""


def test_settings_with_two_urls_and_a_variable_called_like_one(tmp_path: Path) -> None:
    files = {
        "shop/config.py": TWO_URLS,
        "shop/db.py": ASYNC
        + "from shop.config import settings\n"
        + "DATABASE_URL = str(settings.DATABASE_ASYNC_URL)\n"
        + "engine = create_async_engine(DATABASE_URL)\n",
        "requirements.txt": "asyncpg\npsycopg2-binary\n",
        ".env.example": "DATABASE_ASYNC_URL=postgresql+asyncpg://a:b@localhost/c\n",
    }
    found = facts(tmp_path, files)
    asynchronous = URL.format("postgresql+asyncpg").replace("DATABASE", "DATABASE_ASYNC")
    assert found["variable"] == [asynchronous, URL.format("postgresql")]
    assert found["driver"] == ["asyncpg"]


def test_a_url_handed_to_an_engine(tmp_path: Path) -> None:
    files = {
        "shop/db.py": ENGINE + "engine = create_engine(os.environ['DATABASE_URL'])\n",
        "requirements.txt": "psycopg2-binary==2.9\n",
    }
    assert facts(tmp_path, files) == {
        "engine": ["postgres"],
        "driver": ["psycopg2-binary"],
        "variable": [URL.format("postgresql")],
    }


def test_scheme_that_an_unchanged_url_needs(tmp_path: Path) -> None:
    files = {"requirements.txt": "asyncpg\n"}
    text = ASYNC + "engine = create_async_engine(os.environ['DATABASE_URL'])\n"
    assert variables(tmp_path, text, **files) == [URL.format("postgresql+asyncpg")]
    changed = "os.environ['DATABASE_URL'].replace('postgres://', 'postgresql+asyncpg://')"
    text = ASYNC + f"engine = create_async_engine({changed})\n"
    assert variables(tmp_path, text, **files) == [URL.format("postgresql")]


@pytest.mark.parametrize(
    ("path", "line"),
    [("compose.yaml", "      DATABASE_URL: postgres://a:b@db/c"),
     (".env.example", "DATABASE_URL=postgres://a:b@db/c"),
     ("README.md", "Set `DATABASE_URL=postgres://a:b@db/c`")],
)  # fmt: skip
def test_scheme_as_it_is_written(tmp_path: Path, path: str, line: str) -> None:
    text = ENGINE + "engine = create_engine(os.environ['DATABASE_URL'])\n"
    files = {path: line + "\n", "requirements.txt": "psycopg2\n"}
    assert variables(tmp_path, text, **files) == [URL.format("postgres")]


@pytest.mark.parametrize(
    "expression",
    [
        "f'postgresql://{PG_USER}:{PG_PASS}@{PG_HOST}:{PG_PORT}/{PG_DB}'",
        "'postgresql://%s:%s@%s:%s/%s' % (PG_USER, PG_PASS, PG_HOST, PG_PORT, PG_DB)",
        "'postgresql://{}:{}@{}:{}/{}'.format(PG_USER, PG_PASS, PG_HOST, PG_PORT, PG_DB)",
        "'postgresql://' + PG_USER + ':' + PG_PASS + '@' + PG_HOST + ':' + PG_PORT + '/' + PG_DB",
        "f'postgresql://{PG_USER}:{quote_plus(PG_PASS)}@{PG_HOST}:{PG_PORT}/{PG_DB}?sslmode=require'",
        "URL.create('postgresql', username=PG_USER, password=PG_PASS, host=PG_HOST, port=PG_PORT, "
        "database=PG_DB)",
    ],
)
def test_parts_composed_to_a_url(tmp_path: Path, expression: str) -> None:
    text = f"{ENGINE}{READ}engine = create_engine({expression})\n"
    assert variables(tmp_path, text) == PARTS


FLASK = """\
import os
host = os.getenv("PG_HOST", "db")
url = f"{}://shop:secret@{{host}}:5432/shop"
SQLALCHEMY_DATABASE_URI = os.getenv("DATABASE_URL", url)
"""


def test_the_scheme_of_a_default_that_is_put_together(tmp_path: Path) -> None:
    text = FLASK.format("postgresql+psycopg")
    assert variables(tmp_path, text) == [URL.format("postgresql+psycopg")]


@pytest.mark.parametrize(
    ("driver", "scheme"),
    [("psycopg[binary]", "postgresql+psycopg"), ("psycopg2-binary\npsycopg", "postgresql")],
)
def test_sqlalchemy_has_to_be_told_of_psycopg_3(driver: str, scheme: str, tmp_path: Path) -> None:
    text = "import os\nSQLALCHEMY_DATABASE_URI = os.environ['DATABASE_URL']\n"
    files = {"requirements.txt": f"{driver}\n"}
    assert variables(tmp_path, text, **files) == [URL.format(scheme)]


def test_a_name_between_and_a_function(tmp_path: Path) -> None:
    composed = "f'postgresql://{PG_USER}:{PG_PASS}@{PG_HOST}:{PG_PORT}/{PG_DB}'"
    text = f"{ENGINE}{READ}\ndef url():\n    return {composed}\n\nx = url()\ncreate_engine(x)\n"
    assert variables(tmp_path, text) == PARTS


def test_connect_with_keywords(tmp_path: Path) -> None:
    call = "host=PG_HOST, user=PG_USER, password=PG_PASS, dbname=PG_DB"
    files = {"shop/db.py": f"import os, psycopg\n{READ}psycopg.connect({call})\n"}
    result = facts(tmp_path, files)
    assert (result["engine"], result["driver"]) == (["postgres"], ["psycopg"])
    assert set(result["variable"]) == set(PARTS) - {"PG_PORT={port}"}


SETTINGS = """
from pydantic import PostgresDsn, computed_field
from pydantic_settings import BaseSettings, SettingsConfigDict

class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="APP_")
    PG_HOST: str
    PG_PORT: int = 5432
    PG_USER: str
    PG_PASS: str = ""
    PG_DB: str = ""

    @computed_field
    @property
    def dsn(self) -> PostgresDsn:
        return PostgresDsn.build(
            scheme="postgresql+psycopg", username=self.PG_USER, password=self.PG_PASS,
            host=self.PG_HOST, port=self.PG_PORT, path=self.PG_DB)

settings = Settings()
"""


def test_pydantic_settings_with_a_computed_url(tmp_path: Path) -> None:
    files = {
        "shop/config.py": SETTINGS,
        "shop/db.py": "from sqlmodel import create_engine\nfrom shop.config import settings\n"
        "engine = create_engine(str(settings.dsn))\n",
    }
    expected = ["APP_" + each for each in PARTS]
    result = facts(tmp_path, files)
    assert sorted(result["variable"]) == sorted(expected)
    assert (result["engine"], result["driver"]) == (["postgres"], ["psycopg"])
    assert "default" not in result


def test_a_validator_that_composes(tmp_path: Path) -> None:
    text = (
        "from pydantic import BaseSettings, PostgresDsn, validator\nfrom sqlalchemy import "
        "create_engine\nclass Settings(BaseSettings):\n    PG_HOST: str\n    PG_USER: str\n"
        "    URI: PostgresDsn = None\n    @validator('URI', pre=True)\n"
        "    def make(cls, v, values):\n        return PostgresDsn.build(scheme='postgresql', "
        "user=values.get('PG_USER'), host=values['PG_HOST'])\n"
        "settings = Settings()\ncreate_engine(settings.URI)\n"
    )
    assert variables(tmp_path, text) == ["PG_USER={user}", "PG_HOST={host}"]


def test_flask_sqlalchemy_with_a_fallback(tmp_path: Path) -> None:
    text = (
        "import os\nclass Config:\n    SQLALCHEMY_DATABASE_URI = os.environ.get('DATABASE_URL') or "
        "'sqlite:///app.db'\n\nclass TestConfig(Config):\n    SQLALCHEMY_DATABASE_URI = 'mysql://x'\n"
    )
    files = {"shop/config.py": text, "requirements.txt": "psycopg2-binary\n"}
    assert facts(tmp_path, files) == {
        "engine": ["postgres"],
        "driver": ["psycopg2-binary"],
        "default": ["sqlite"],
        "variable": [URL.format("postgresql")],
    }


def test_sqlite_alone(tmp_path: Path) -> None:
    files = {"shop/db.py": ENGINE + "create_engine('sqlite:///x.db')\n"}
    assert facts(tmp_path, files) == {"engine": ["sqlite"], "default": ["sqlite"]}


def django(tmp_path: Path, text: str, **files: str) -> dict[str, list[str]]:
    settings = f"import os\nINSTALLED_APPS = []\n{text}\n"
    return facts(tmp_path, {"shop/settings.py": settings, **files})


DATABASES = (
    "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': "
    "os.getenv('DB_NAME', 'x'), 'HOST': os.getenv('DB_HOST', 'db')}}"
)


def test_django_databases(tmp_path: Path) -> None:
    result = django(tmp_path, DATABASES, **{"requirements.txt": "psycopg[binary]\n"})
    assert result == {
        "engine": ["postgres"],
        "driver": ["psycopg"],
        "default": ["postgres"],
        "variable": ["DB_HOST={host}", "DB_NAME={name}"],
    }


def test_django_branches_and_the_variable_that_selects(tmp_path: Path) -> None:
    text = (
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': "
        "os.getenv('DB_NAME', 'x')}}\nif os.getenv('DB') == 'postgres':\n    " + DATABASES + "\n"
        "if os.getenv('DB') == 'mysql':\n    "
        + DATABASES.replace("backends.postgresql", "backends.mysql")
    )
    result = django(tmp_path, text)
    assert result["engine"] == ["postgres"]
    assert result["default"] == ["sqlite"]
    assert result["variable"] == ["DB=postgres", "DB_HOST={host}", "DB_NAME={name}"]
    compose = {"compose.yaml": "services:\n  db:\n    image: mysql:8\n"}
    assert django(tmp_path, text, **compose)["variable"][0] == "DB=mysql"


@pytest.mark.parametrize(
    "text",
    [
        "import dj_database_url\nDATABASES = {'default': dj_database_url.config()}",
        "import dj_database_url\nDATABASES = {}\nDATABASES['default'] = "
        "dj_database_url.parse(os.environ['DATABASE_URL'])",
        "import dj_database_url as dj\nDATABASES = {'default': {}}\n"
        "DATABASES['default'].update(dj.config(conn_max_age=5))",
        "import environ\nenv = environ.Env()\nDATABASES = {'default': env.db()}",
        "from environs import Env\nenv = Env()\n"
        "DATABASES = {'default': env.dj_db_url('DATABASE_URL')}",
    ],
)
def test_django_with_a_url(tmp_path: Path, text: str) -> None:
    result = django(tmp_path, text, **{"requirements.txt": "psycopg2\n"})
    assert (result["engine"], result["variable"]) == (["postgres"], [URL.format("postgresql")])


def test_django_engine_by_a_variable(tmp_path: Path) -> None:
    text = (
        "DATABASES = {'default': {'ENGINE': os.getenv('DB_ENGINE', 'django.db.backends.sqlite3'), "
        "'HOST': os.getenv('DB_HOST')}}"
    )
    example = {".env.example": "DB_ENGINE=django.db.backends.postgresql\n"}
    result = django(tmp_path, text, **example)
    assert result["variable"] == ["DB_ENGINE=django.db.backends.postgresql", "DB_HOST={host}"]
    assert result["default"] == ["sqlite"]


def test_no_way_to_follow_but_a_telling_name(tmp_path: Path) -> None:
    text = (
        "import os\nfrom psycopg_pool import ConnectionPool\nclass Db:\n"
        "    def __init__(self, url):\n        self.pool = ConnectionPool(url)\n\n"
        "def main():\n    return Db(os.environ['DATABASE_URL'])\n"
    )
    assert variables(tmp_path, text) == [URL.format("postgresql")]


def test_two_telling_names_say_nothing(tmp_path: Path) -> None:
    text = "import os, psycopg\nA = os.getenv('A_DB_URL')\nB = os.getenv('B_DB_URL')\n"
    assert variables(tmp_path, text + "def f(x):\n    psycopg.connect(x)\n") == []


def test_other_urls_are_no_database(tmp_path: Path) -> None:
    text = (
        "import os, redis\nredis.from_url(os.environ['REDIS_URL'])\nX = os.getenv('TEST_DB_URL')\n"
    )
    assert facts(tmp_path, {"shop/a.py": text}) == {}


def test_fields_of_the_same_name_in_several_classes(tmp_path: Path) -> None:
    text = (
        "import os\nfrom dataclasses import dataclass, field\nfrom sqlalchemy import "
        "create_engine\n"
        "@dataclass\nclass Store:\n    URL: str = field(default_factory=lambda: "
        "os.getenv('STORE', 'sqlite:///x'))\n    def engine(self):\n"
        "        return create_engine(self.URL)\n\n"
        "@dataclass\nclass Web:\n    URL: str = field(default_factory=lambda: os.getenv('WEB'))\n"
    )
    files = {"shop/db.py": text, ".env.example": "STORE=postgresql+psycopg://a@b/c\n"}
    assert facts(tmp_path, files) == {
        "engine": ["postgres"],
        "driver": ["psycopg"],
        "default": ["sqlite"],
        "variable": ["STORE=postgresql+psycopg://{user}:{password}@{host}:{port}/{name}"],
    }


def test_fields_that_can_not_be_told_apart_say_nothing(tmp_path: Path) -> None:
    text = (
        "from pydantic_settings import BaseSettings\nfrom sqlalchemy import create_engine\n"
        "class A(BaseSettings):\n    url: str = ''\n    model_config = {'env_prefix': 'A_'}\n"
        "class B(BaseSettings):\n    url: str = ''\n    model_config = {'env_prefix': 'B_'}\n"
        "a, b = A(), B()\ncreate_engine(a.url)\n"
    )
    assert variables(tmp_path, text) == []
