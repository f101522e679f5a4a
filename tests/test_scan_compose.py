"""What compose files say, and which of them is production's."""

from __future__ import annotations

from pathlib import Path

import pytest
from scanned import found, repository, the

from scaffolder.scan.detectors.compose import detect
from scaffolder.scan.facts import Evidence

DOCKERFILE = 'FROM python:3.12\nCMD ["uvicorn", "shop.main:app"]\n'
SETTINGS = (
    'import os\nurl = os.environ["DATABASE_URL"], os.environ["DB_HOST"], os.getenv("DB_USER")\n'
)
COMPOSE = """\
x-app: &app
  build: .
  environment: &env
    DATABASE_URL: postgresql+asyncpg://${DB_USER?missing}:secret@db/shop?ssl=off
    TZ: Europe/Vienna
services:
  db:
    image: ${DB_IMAGE:-postgres:16-alpine}
    environment: [POSTGRES_DB=shop]
  proxy:
    image: nginx
  web:
    <<: *app
    environment:
      <<: *env
      LANG: C.UTF-8
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8000/health?x=1"]
  prestart:
    <<: *app
    command: sh -c 'alembic upgrade head && python -m shop.seed'
  queue:
    <<: *app
    command: celery -A shop worker -l info
  reports:
    <<: *app
    command: [python, -m, shop.reports, --loop]
"""


def test_a_whole_stack(tmp_path: Path) -> None:
    files = {"compose.yaml": COMPOSE, "Dockerfile": DOCKERFILE, "shop/settings.py": SETTINGS}
    where = repository(tmp_path, files)

    facts = sorted({(fact.key, fact.value, fact.evidence[0].line) for fact in detect(where)})

    url = "DATABASE_URL=postgresql+asyncpg://{user}:{password}@{host}:{port}/{name}"
    assert facts == [
        ("app.health", "/health", 18),
        ("app.prepare", "python -m shop.seed", 21),
        ("app.worker", "celery -A shop worker -l info", 24),
        ("app.worker", "python -m shop.reports --loop", 27),
        ("database.engine", "postgres", 8),
        ("database.image", "postgres:16-alpine", 8),
        ("database.migrate", "alembic upgrade head", 21),
        ("database.variable", url, 4),
        ("database.version", "16", 8),
        ("environment.promised", "DB_USER", 4),
        ("image.floating", "nginx", 11),
        ("production.locale", "C.UTF-8", 16),
        ("production.timezone", "Europe/Vienna", 5),
    ]


def test_parts_count_where_the_code_reads_them(tmp_path: Path) -> None:
    text = """\
    services:
      db: {image: "mysql:8.0", environment: {MYSQL_USER: me}}
      web:
        build: .
        environment: {DB_HOST: db, DB_USER: me, DB_PORT: 3306, CACHE_HOST: db}
    """
    files = {"compose.yaml": text, "Dockerfile": DOCKERFILE, "shop/settings.py": SETTINGS}

    values = found(detect, repository(tmp_path, files), "database.variable")

    assert values == ["DB_HOST={host}", "DB_USER={user}"]


@pytest.mark.parametrize(
    "name, remark",
    [
        ("docker-compose.dev.yml", ""),
        ("compose.override.yaml", ""),
        (".devcontainer/docker-compose.yml", ""),
        ("compose.yaml", "# For **development** only; production has its own\n"),
        ("compose.yaml", "# Not meant for production\n"),
    ],
)
def test_a_file_for_development_is_a_guess(name: str, remark: str, tmp_path: Path) -> None:
    files = {name: remark + COMPOSE, "Dockerfile": DOCKERFILE, "shop/settings.py": SETTINGS}
    where = repository(tmp_path, files)

    keys = {fact.key for fact in detect(where) if fact.confidence != "guess"}

    assert keys == {"image.floating"}


def test_production_s_file_lies_over_the_base(tmp_path: Path) -> None:
    files = {
        "docker-compose.yml": """\
            services:
              db: {image: "postgres:15"}
              web: {build: ., command: uvicorn shop.main:app --reload}
            """,
        "docker-compose.prod.yml": """\
            services:
              db: {image: "postgres:17"}
              web: {command: gunicorn shop.main:app -k uvicorn.workers.UvicornWorker}
            """,
        "Dockerfile": DOCKERFILE,
    }
    where = repository(tmp_path, files)

    assert found(detect, where, "database.version") == ["17"]
    assert the(detect, where, "app.start").evidence == (Evidence("docker-compose.prod.yml", 3),)


def test_a_server_that_reloads_is_not_production_s(tmp_path: Path) -> None:
    text = "services:\n  web: {build: ., command: uvicorn shop.main:app --reload}\n"
    where = repository(tmp_path, {"compose.yaml": text, "Dockerfile": DOCKERFILE})

    assert found(detect, where, "app.start") == []


def test_a_program_that_runs_a_server_is_no_worker(tmp_path: Path) -> None:
    text = "services:\n  web: {build: ., command: python shop/main.py}\n"
    files = {
        "compose.yaml": text,
        "Dockerfile": "FROM python:3.12\nCOPY . .\n",
        "shop/main.py": "import uvicorn\nuvicorn.run('main:app', port=8000)\n",
    }
    where = repository(tmp_path, files)

    assert found(detect, where, "app.worker") == []
    assert found(detect, where, "app.start") == ["python shop/main.py"]


def test_one_off_commands_are_no_workers(tmp_path: Path) -> None:
    text = """\
    services:
      web: {build: .}
      seed: {build: ., command: python -m shop.seed, restart: "no"}
      static: {build: ., command: python manage.py collectstatic --noinput}
      tests: {build: ., command: python -m shop.tests}
      flower: {build: ., command: celery -A shop flower}
    """
    where = repository(tmp_path, {"compose.yaml": text, "Dockerfile": DOCKERFILE})

    assert found(detect, where, "app.worker") == []


def test_two_engines_and_no_telling(tmp_path: Path) -> None:
    text = "services:\n  a: {image: postgres:16}\n  b: {image: mysql:8.4}\n  web: {build: .}\n"
    where = repository(tmp_path, {"compose.yaml": text, "Dockerfile": DOCKERFILE})
    linked = text.replace("{build: .}", "{build: ., depends_on: [b]}")
    other = repository(tmp_path / "x", {"compose.yaml": linked, "Dockerfile": DOCKERFILE})

    assert found(detect, where, "database.engine") == []
    assert found(detect, other, "database.engine") == ["mysql"]


def test_the_repository_s_own_image_may_float(tmp_path: Path) -> None:
    text = "services:\n  web: {image: me/shop:latest}\n  mail: {image: mailhog}\n"
    files = {"compose.yaml": text, "pyproject.toml": '[project]\nname = "shop"\n'}

    assert found(detect, repository(tmp_path, files), "image.floating") == ["mailhog"]


def test_the_database_of_the_plain_file_where_production_s_has_none(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM python:3.12\nCMD uvicorn shop:app\n",
        "compose.prod.yaml": "services: {web: {build: .}}\n",
        "compose.yaml": "services: {db: {image: 'library/postgres:16.3'}}\n",
    }
    where = repository(tmp_path, files)

    assert the(detect, where, "database.version").value == "16"
    assert the(detect, where, "database.image").confidence == "likely"
