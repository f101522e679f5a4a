"""The team's own tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scanned import found, repository, the

from scaffolder.scan.detectors.suite import detect

A_TEST = "def test_a(client):\n    pass\n"


def suite(tmp_path: Path, key: str, **files: str) -> list[str]:
    """Values of a key; `tests__test_a` stands for tests/test_a.py."""
    paths = {f"{name.replace('__', '/')}.py": text for name, text in files.items()}
    return found(detect, repository(tmp_path, {"tests/test_a.py": A_TEST} | paths), key)


def test_without_tests_nothing_is_said(tmp_path: Path) -> None:
    files = {"shop/a.py": "", "shop/settings_test.py": "A = 1", "tests/helpers.py": "A = 1"}
    assert list(detect(repository(tmp_path, files))) == []


def test_the_topmost_folders_of_the_tests(tmp_path: Path) -> None:
    paths = [
        "tests/api/test_a.py",
        "tests/test_b.py",
        "shop/orders/tests/test_c.py",
        "shop/tests.py",
    ]
    where = repository(tmp_path, {path: A_TEST for path in paths})
    assert found(detect, where, "tests.directory") == ["shop/orders/tests", "shop", "tests"]


@pytest.mark.parametrize(
    ("files", "runner", "command"),
    [
        ({"pytest.ini": "[pytest]\n"}, "pytest", "pytest"),
        ({"setup.cfg": "[tool:pytest]\n"}, "pytest", "pytest"),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, "pytest", "pytest"),
        ({"tests/conftest.py": ""}, "pytest", "pytest"),
        (
            {"tests/base.py": "from django.test import TestCase\n"},
            "django",
            "python manage.py test",
        ),
        (
            {
                "e2e/conftest.py": "",
                "e2e/test_c.py": A_TEST,
                "tests/test_b.py": "import unittest\n" + A_TEST,
                "tests/test_d.py": A_TEST,
            },
            "unittest",
            "python -m unittest",
        ),
        ({"tests/test_b.py": "import unittest\n" + A_TEST}, "unittest", "python -m unittest"),
    ],
)
def test_the_runner_and_its_command(
    tmp_path: Path, files: dict[str, str], runner: str, command: str
) -> None:
    where = repository(tmp_path, {"tests/test_a.py": A_TEST} | files)
    assert found(detect, where, "tests.runner") == [runner]
    assert found(detect, where, "tests.command") == [command]


@pytest.mark.parametrize(
    ("path", "text", "command"),
    [
        (
            "Makefile",
            "lint:\n\truff check\ntest: build\n\t@poetry run pytest  -q tests\n",
            "poetry run pytest -q tests",
        ),
        ("tox.ini", "[testenv]\ncommands = pytest tests {posargs}\n", "pytest tests"),
        ("pyproject.toml", '[tool.poe.tasks]\ntest = "pytest -x"\n', "pytest -x"),
    ],
)
def test_commands_that_the_team_wrote_down(
    tmp_path: Path, path: str, text: str, command: str
) -> None:
    where = repository(tmp_path, {"tests/test_a.py": A_TEST, path: text})
    assert found(detect, where, "tests.command")[0] == command


@pytest.mark.parametrize(
    ("code", "engine"),
    [
        ("URL = 'sqlite://'\nDATABASE_URL = URL\nDATABASE_URL = 'sqlite:///:memory:'", "sqlite"),
        ("import os\nos.environ['DATABASE_URL'] = 'postgresql+asyncpg://localhost/t'", "postgres"),
        ("engine = create_async_engine('sqlite+aiosqlite://')", "sqlite"),
        ("app = create_app({'SQLALCHEMY_DATABASE_URI': 'sqlite://'})", "sqlite"),
        ("from testcontainers.postgres import PostgresContainer", "postgres"),
        ("def f(monkeypatch):\n    monkeypatch.setenv('DATABASE_URL', 'mysql://h/d')", "mysql"),
        ("class TestConfig:\n    SQLALCHEMY_DATABASE_URI = 'sqlite://'", "sqlite"),
    ],
)
def test_the_engine_that_conftest_names(tmp_path: Path, code: str, engine: str) -> None:
    assert suite(tmp_path, "tests.engine", tests__conftest=code) == [engine]


def test_a_url_in_a_single_test_is_not_what_the_suite_runs_on(tmp_path: Path) -> None:
    code = (
        "def test_b(monkeypatch):\n    monkeypatch.setenv('DATABASE_URL', 'postgresql://nowhere')\n"
    )
    assert suite(tmp_path, "tests.engine", tests__test_b=code) == []


def test_the_variable_that_ci_sets_wins_over_its_default(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {
            "tests/test_a.py": A_TEST,
            "tests/conftest.py": "import os\nDATABASE_URL = os.getenv('TEST_DB', 'sqlite://')\n",
            "shop/db.py": "import sqlalchemy\n",
            ".github/workflows/ci.yml": """\
                services:
                  db:
                    image: postgres:16
                steps:
                  - run: pytest
                    env:
                      TEST_DB: postgresql://localhost/t
            """,
        },
    )
    fact = the(detect, where, "tests.engine")
    assert (fact.value, fact.place, str(fact.evidence[0])) == (
        "postgres",
        "ci",
        ".github/workflows/ci.yml:3",
    )


def test_an_application_without_any_database(tmp_path: Path) -> None:
    assert suite(tmp_path, "tests.engine", shop__a="import httpx\n") == ["none"]


SETTINGS = """\
import os
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
if os.getenv("DB") == "postgres":
    DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
"""
MANAGE = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"


def test_djangos_settings_without_any_variable(tmp_path: Path) -> None:
    where = repository(
        tmp_path, {"tests/test_a.py": A_TEST, "manage.py": MANAGE, "shop/settings.py": SETTINGS}
    )
    fact = the(detect, where, "tests.engine")
    assert (fact.value, fact.place, str(fact.evidence[0])) == (
        "sqlite",
        "settings",
        "shop/settings.py:2",
    )


OTHER = """\
if os.getenv("DB") in ["mysql", "mariadb"]:
    DATABASES = {"default": {"ENGINE": "django.db.backends.mysql"}}
"""


def test_a_condition_with_several_values_does_not_hold_either(tmp_path: Path) -> None:
    files = {"tests/test_a.py": A_TEST, "manage.py": MANAGE, "shop/settings.py": SETTINGS + OTHER}
    assert found(detect, repository(tmp_path, files), "tests.engine") == ["sqlite"]


@pytest.mark.parametrize(
    ("matrix", "engine"), [("[sqlite, postgres, mysql]", "postgres"), ("[sqlite, mysql]", "sqlite")]
)
def test_a_matrix_of_ci_gives_production_s_engine_among_others(
    matrix: str, engine: str, tmp_path: Path
) -> None:
    workflow = f"db: {matrix}\nenv:\n  DB: ${{{{ matrix.db }}}}\nrun: manage.py test\n"
    files = {
        "tests/test_a.py": A_TEST,
        "manage.py": MANAGE,
        "shop/settings.py": SETTINGS + OTHER,
        ".github/workflows/ci.yml": workflow,
    }
    assert found(detect, repository(tmp_path, files), "tests.engine") == [engine]


def test_settings_that_ci_chooses_the_engine_of(tmp_path: Path) -> None:
    workflow = "image: postgres:16\nrun: manage.py test\nenv:\n  DB: postgres\n"
    where = repository(
        tmp_path,
        {
            "tests/test_a.py": A_TEST,
            "manage.py": MANAGE,
            "shop/settings.py": SETTINGS,
            ".github/workflows/ci.yml": workflow,
        },
    )
    assert found(detect, where, "tests.engine") == ["postgres"]


def test_settings_of_the_tests_follow_what_they_are_made_of(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {
            "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = shop.settings.ci\n",
            "tests/test_a.py": A_TEST,
            "shop/settings/base.py": SETTINGS.replace("sqlite3", "mysql").partition("if")[0],
            "shop/settings/ci.py": "from .base import *\nDEBUG = False\n",
        },
    )
    fact = the(detect, where, "tests.engine")
    assert (fact.value, str(fact.evidence[0])) == ("mysql", "shop/settings/base.py:2")


@pytest.mark.parametrize(
    "code",
    [
        "import fakeredis",
        "from moto import mock_aws",
        "@patch('shop.orders.db.session')\ndef test_b(s): ...",
        "def test_b(mocker):\n    mocker.patch('shop.tasks.send.delay')",
        "def test_b(monkeypatch):\n    monkeypatch.setattr('shop.cache.redis_client', 1)",
        "from shop.models import Order\nwith patch.object(Order.objects, 'create'): ...",
        "session = AsyncMock(spec=AsyncSession)",
        "mock_db = MagicMock()",
        "class FakeOrderRepository: ...",
        "app.conf.task_always_eager = True",
        "@override_settings(CELERY_TASK_ALWAYS_EAGER=True)\ndef test_b(): ...",
    ],
)
def test_mocks_of_own_services(tmp_path: Path, code: str) -> None:
    assert suite(tmp_path, "tests.mock", tests__test_b=code) == ["tests/test_b.py"]


@pytest.mark.parametrize(
    "code",
    [
        "import responses",
        "@patch('shop.payments.requests.post')\ndef test_b(p): ...",
        "with patch('shop.mail.send_email'): ...",
        "@patch('shop.celery.reports.render')\ndef test_b(p): ...",
        "monkeypatch.setattr(settings, 'DEBUG', True)",
        "http = Mock(spec=requests.Session)",
        "session = AsyncSession(engine)",
        "app.conf.task_always_eager = False",
        "class FakeCard: ...",
    ],
)
def test_mocks_of_others(tmp_path: Path, code: str) -> None:
    assert suite(tmp_path, "tests.mock", tests__test_b=code) == []


@pytest.mark.parametrize(
    ("code", "freezes"),
    [
        ("from freezegun import freeze_time", True),
        ("import time_machine", True),
        ("def test_b(freezer): ...", True),
        ("@patch('shop.orders.timezone.now')\ndef test_b(n): ...", True),
        ("with patch('time.time'): ...", True),
        ("monkeypatch.setattr('shop.clock.utcnow', now)", True),
        ("with patch('time.sleep'): ...", False),
        ("with patch('shop.known'): ...", False),
        ("now = datetime.now()", False),
    ],
)
def test_frozen_clocks(tmp_path: Path, code: str, freezes: bool) -> None:
    assert suite(tmp_path, "tests.frozen-time", tests__test_b=code) == ["tests/test_b.py"] * freezes


@pytest.mark.parametrize(
    "code",
    [
        "Base.metadata.create_all(engine)",
        "async def f(c):\n    await c.run_sync(SQLModel.metadata.create_all)",
        "db.create_all()",
        "await_(Tortoise.generate_schemas())",
    ],
)
def test_tables_made_from_the_models(tmp_path: Path, code: str) -> None:
    assert suite(tmp_path, "tests.creates-tables", tests__conftest=code) == ["tests/conftest.py"]


def test_tests_in_process(tmp_path: Path) -> None:
    code = "from fastapi.testclient import TestClient\n"
    assert suite(tmp_path, "tests.in-process", tests__conftest=code) == ["tests/conftest.py"]


@pytest.mark.parametrize(
    ("call", "value", "detail"),
    [
        (
            'client.post("/orders", json={"sku": "A1", "n": -2})',
            'POST /orders {"sku": "A1", "n": -2}',
            {"json": {"sku": "A1", "n": -2}},
        ),
        (
            'client.post("/orders", json=ORDER)',
            'POST /orders {"sku": "B2"}',
            {"json": {"sku": "B2"}},
        ),
        (
            'client.put(f"/orders/{order.id}", data={"a": now()})',
            'PUT /orders/{order.id} {"a": "{now}"}',
            {"form": {"a": "{now}"}},
        ),
        ('self.client.post("/o/", {"a": 1})', 'POST /o/ {"a": 1}', {"form": {"a": 1}}),
        (
            'self.client.post("/o/", {"a": 1}, content_type="application/json")',
            'POST /o/ {"a": 1}',
            {"json": {"a": 1}},
        ),
        (
            'client.post("/o", data=json.dumps({"a": True}))',
            'POST /o {"a": true}',
            {"json": {"a": True}},
        ),
        (
            'client.get(f"{settings.API_STR}/o", headers={"X": "1"})',
            "GET {settings.API_STR}/o",
            {"headers": {"X": "1"}},
        ),
        ('client.delete("/o/{}".format(one["id"]))', "DELETE /o/{one.id}", {}),
        ('client.get("/o", {"page": 2})', "GET /o", {"params": {"page": 2}}),
    ],
)
def test_requests_with_what_is_literal(
    tmp_path: Path, call: str, value: str, detail: dict[str, object]
) -> None:
    code = f'ORDER = {{"sku": "A1"}}\nORDER = {{"sku": "B2"}}\ndef test_b(client):\n    {call}\n'
    where = repository(tmp_path, {"tests/test_b.py": code})

    fact = the(detect, where, "tests.request")
    assert (fact.value, json.loads(fact.detail or "{}")) == (value, detail)
    assert fact.evidence[0].line == 4


@pytest.mark.parametrize(
    "call", ['data.get("/x")', "client.get(url)", 'requests.post("https://example.org/x")']
)
def test_what_is_no_request_of_the_application(tmp_path: Path, call: str) -> None:
    code = f"def test_b(client):\n    {call}\n"
    assert suite(tmp_path, "tests.request", tests__test_b=code) == []


def test_strange_payloads_are_no_error(tmp_path: Path) -> None:
    call = 'client.post("/x", json={"a": 0x%s, "b": b"x", "c": A, **more, d: 1})' % ("f" * 5000)
    where = repository(tmp_path, {"tests/test_b.py": f"A = [A]\ndef test_b():\n    {call}\n"})

    payload = json.loads(the(detect, where, "tests.request").detail)["json"]
    assert payload["a"] == payload["b"] == "{...}"
