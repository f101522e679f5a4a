"""Which variables an application reads, and which of them it can't start without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scanned import found, repository, the

from scaffolder.scan.detectors.environment import detect


def split(tmp_path: Path, text: str, **files: str) -> tuple[list[str], list[str]]:
    """(required, optional) of one settings module."""
    where = repository(tmp_path, {"shop/config.py": text, **files})
    required = found(detect, where, "environment.required")
    return required, found(detect, where, "environment.optional")


@pytest.mark.parametrize(
    ("text", "required", "optional"),
    [
        ("import os\nA = os.environ['A']", ["A"], []),
        ("from os import environ as e\nA = e['A']", ["A"], []),
        ("import os\nA = os.environ.get('A')", [], ["A"]),
        ("import os\nA = os.getenv('A', 'x')", [], ["A"]),
        ("from os import getenv\nget = getenv\nA = get('A')", [], ["A"]),
        ("import os\ndef f():\n    return os.environ['A']", [], ["A"]),
        ("import os\nif os.getenv('B'):\n    A = os.environ['A']", [], ["B", "A"]),
        ("import os\ntry:\n    A = os.environ['A']\nexcept KeyError:\n    A = 1", [], ["A"]),
        ("import os\nA = os.environ.get('A')\nif not A:\n    raise RuntimeError", ["A"], []),
        ("import os\nA = os.environ.get('A')\nassert A", ["A"], []),
        ("import os\nif 'A' in os.environ:\n    pass", [], ["A"]),
        ("import os\nos.environ['A'] = 'x'\nos.environ.setdefault('B', 'x')", [], []),
        ("import os\nPATH = os.environ['PATH']\nX = os.getenv('FLASK_ENV')", [], []),
        ("import os\nNAME = 'A'\nX = os.environ[NAME]", ["A"], []),
        ("import os\nclass Config:\n    def __init__(self):\n        self.a = os.environ['A']",
         ["A"], []),
    ],
)  # fmt: skip
def test_os_environ(tmp_path: Path, text: str, required: list[str], optional: list[str]) -> None:
    assert split(tmp_path, text) == (required, optional)


@pytest.mark.parametrize(
    ("text", "required", "optional"),
    [
        ("from environs import Env\nenv = Env()\nA = env('A')\nB = env.int('B', 3)", ["A"], ["B"]),
        ("from environs import Env\nenv = Env()\nwith env.prefixed('X_'):\n    A = env('A')",
         ["X_A"], []),
        ("import environ\nenv = environ.Env(B=(bool, False))\nA = env('A')\nB = env('B')",
         ["A"], ["B"]),
        ("import environ\nenv = environ.Env()\nA = env.list(var='A')\nC = env.cache()",
         ["A", "CACHE_URL"], []),
        ("from decouple import config\nA = config('A')\nB = config('B', default=1, cast=int)",
         ["A"], ["B"]),
        ("from starlette.config import Config\nconfig = Config('.env')\nA = config('A', cast=str)\n"
         "B = config('B', default=None)", ["A"], ["B"]),
    ],
)  # fmt: skip
def test_libraries(tmp_path: Path, text: str, required: list[str], optional: list[str]) -> None:
    assert split(tmp_path, text) == (required, optional)


def test_a_reader_of_another_module(tmp_path: Path) -> None:
    files = {"shop/base.py": "from environs import Env\nenv = Env()\n"}
    text = "from shop.base import env\nA = env('A')\n"
    assert split(tmp_path, text, **files) == (["A"], [])
    text = "from .base import *\nB = env('B')\n"
    assert split(tmp_path, text, **files) == (["B"], [])


WRAPPERS = """
import os

def needed(name):
    value = os.environ.get(name, "")
    if not value:
        raise RuntimeError(name)
    return value

def strict(name):
    return os.environ[name]

def flag(name, default=False):
    return os.environ.get(f"APP_{name}", default) == "1"

def number(name, default=None):
    if name not in os.environ:
        return default
    return int(os.environ[name])

def limit(name, low):
    value = number(name, 5)
    if value not in range(low):
        raise ValueError
    return value
"""


def test_functions_of_the_project_that_read(tmp_path: Path) -> None:
    text = (
        "from shop.env import flag, limit, needed, number, strict\n"
        "A = needed('A')\nB = strict('B')\nC = flag('C')\nD = number('D')\nE = limit('E', 9)\n"
    )
    expected = (["A", "B"], ["APP_C", "D", "E"])
    assert split(tmp_path, text, **{"shop/env.py": WRAPPERS}) == expected


def test_an_environment_that_is_handed_over(tmp_path: Path) -> None:
    text = (
        "import os\n\ndef needed(environ, name):\n    value = environ.get(name, '')\n"
        "    if not value:\n        raise RuntimeError\n    return value\n\n"
        "class Settings:\n    @classmethod\n    def from_environ(cls, environ=os.environ):\n"
        "        return cls(needed(environ, 'A'), environ.get('B', '1'))\n"
    )
    text = text.replace("(environ, name)", "(environ: Mapping[str, str], name)")
    assert split(tmp_path, text) == (["A"], ["B"])


PYDANTIC = "from pydantic_settings import BaseSettings, SettingsConfigDict\n"


@pytest.mark.parametrize(
    ("body", "required", "optional"),
    [
        ("    a: str\n    b: int = 1\n    c: str | None = None", ["A"], ["B", "C"]),
        ("    a: str | None", ["A"], []),
        ("    a: str = Field(...)\n    b: str = Field(default='x')", ["A"], ["B"]),
        ("    a: list[str] = Field(default_factory=list)", [], ["A"]),
        ("    a: Annotated[str, Field(min_length=3)]", ["A"], []),
        ("    model_config = SettingsConfigDict(env_prefix='app_')\n    a: str", ["APP_A"], []),
        ("    model_config = {'case_sensitive': True}\n    aB: str", ["aB"], []),
        ("    a: str = Field(validation_alias='x_y')", ["X_Y"], []),
        ("    a: str = Field(validation_alias=AliasChoices('X', 'Y'))", ["X"], ["Y"]),
        ("    _a: str = ''\n    b: ClassVar[int] = 1\n    c: Literal['x', 'y']", ["C"], []),
        ("    @property\n    def a(self): return 1", [], []),
    ],
)
def test_pydantic(tmp_path: Path, body: str, required: list[str], optional: list[str]) -> None:
    text = f"{PYDANTIC}class Settings(BaseSettings):\n{body}\n\nsettings = Settings()\n"
    assert split(tmp_path, text) == (required, optional)


def test_pydantic_version_one(tmp_path: Path) -> None:
    text = (
        "from pydantic import BaseSettings, Field\nfrom typing import Optional\n"
        "class Settings(BaseSettings):\n    a: Optional[str]\n    b: str = Field(..., env='B_B')\n"
        "    c = 1\n    class Config:\n        env_prefix = 'p_'\n"
        "        fields = {'d': {'env': 'DD'}}\n    d: str\n\nSettings()\n"
    )
    assert split(tmp_path, text) == (["B_B", "DD"], ["P_A", "P_C"])


def test_pydantic_models_inside_only_with_a_delimiter(tmp_path: Path) -> None:
    text = (
        "from pydantic import BaseModel\n" + PYDANTIC + "class Inner(BaseModel):\n"
        "    host: str\n    port: int = 1\n\nclass Settings(BaseSettings):\n    mail: Inner\n"
        "{}\nSettings()\n"
    )
    assert split(tmp_path, text.format("    x: int = 1")) == ([], ["X"])
    delimiter = "    model_config = SettingsConfigDict(env_nested_delimiter='__')"
    assert split(tmp_path, text.format(delimiter)) == (["MAIL__HOST"], ["MAIL__PORT"])


def test_only_classes_that_an_object_is_made_of(tmp_path: Path) -> None:
    text = (
        PYDANTIC + "class Base(BaseSettings):\n    a: str\n\nclass Settings(Base):\n    b: str\n\n"
        "class Unused(BaseSettings):\n    c: str\n\nclass TestSettings(Base):\n    d: str\n"
        "settings = Settings()\ntests = TestSettings()\n"
    )
    assert split(tmp_path, text) == (["A", "B"], [])


def test_tests_and_settings_for_development_do_not_count(tmp_path: Path) -> None:
    read = "import os\nX = os.environ['X']\n"
    files = {"shop/tests/test_a.py": read, "shop/settings/dev.py": read, "tools/x.py": read}
    assert split(tmp_path, "", **files) == ([], [])


def test_options_of_a_command_line(tmp_path: Path) -> None:
    text = "import click\n@click.option('--a', envvar='A')\ndef main(a): ...\n"
    assert split(tmp_path, text) == ([], ["A"])


def test_detail_says_type_default_and_example(tmp_path: Path) -> None:
    files = {
        "shop/config.py": "import os\nA = int(os.getenv('A', '3'))\nTOKEN = os.environ['TOKEN']\n",
        ".env.example": "# A=7\nTOKEN='abc'  # comment\n",
    }
    facts = {fact.value: json.loads(fact.detail) for fact in detect(repository(tmp_path, files))}
    assert facts["A"] == {"type": "int", "default": "3", "example": "7"}
    assert facts["TOKEN"] == {"type": "secret", "example": "abc"}


def test_place_and_line(tmp_path: Path) -> None:
    where = repository(tmp_path, {"shop/config.py": "import os\n\nA = os.environ['A']\n"})
    fact = the(detect, where, "environment.required")
    assert (str(fact.evidence[0]), fact.place) == ("shop/config.py:3", "settings")


def test_undocumented_and_committed(tmp_path: Path) -> None:
    files = {
        "shop/config.py": PYDANTIC + "class S(BaseSettings):\n"
        "    model_config = SettingsConfigDict(env_file='.env')\n    a: str\n    b: str\n\nS()\n",
        ".env": "A=1\n",
        ".env.example": "A=1\n",
    }
    where = repository(tmp_path, files)
    assert found(detect, where, "environment.undocumented") == ["B"]
    assert found(detect, where, "environment.committed") == [".env"]


def test_the_database_is_told_elsewhere(tmp_path: Path) -> None:
    text = (
        "import os\nfrom sqlalchemy import create_engine\nengine = create_engine("
        "os.environ['DATABASE_URL'], pool_size=int(os.getenv('POOL_SIZE', '5')))\n"
    )
    files = {"requirements.txt": "psycopg2\n"}
    assert split(tmp_path, text, **files) == ([], ["POOL_SIZE"])


@pytest.mark.parametrize(
    ("text", "zone"),
    [("TIME_ZONE = 'Europe/Oslo'", ["Europe/Oslo"]),
     ("import os\nTIME_ZONE = os.getenv('TZ_NAME', 'UTC')", ["UTC"]),
     ("CELERY_TIMEZONE = 'Asia/Tokyo'", ["Asia/Tokyo"])],
)  # fmt: skip
def test_zone_of_django(tmp_path: Path, text: str, zone: list[str]) -> None:
    files = {"shop/settings.py": f"INSTALLED_APPS = []\n{text}\n"}
    assert found(detect, repository(tmp_path, files), "settings.timezone") == zone
