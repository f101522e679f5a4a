"""What Dockerfiles say, and which of them is the application's."""

from __future__ import annotations

from pathlib import Path

import pytest
from scanned import found, repository, the

from scaffolder.scan import images
from scaffolder.scan.detectors.docker import detect
from scaffolder.scan.facts import Evidence

PLAIN = """\
FROM python:3.12-slim-bookworm
ENV TZ=Europe/Vienna LANG=C.UTF-8
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt "gunicorn[gevent]>=22"
USER nobody
HEALTHCHECK CMD curl -f http://localhost:8000/healthz/?full=1 || exit 1
CMD ["gunicorn", "-b", "0.0.0.0:8000", "-k", "gevent", "shop.wsgi"]
"""


def test_a_plain_image(tmp_path: Path) -> None:
    where = repository(tmp_path, {"Dockerfile": PLAIN, "requirements.txt": "flask\n"})

    facts = {fact.key: (fact.value, fact.evidence[0].line) for fact in detect(where)}

    assert facts == {
        "production.dockerfile": ("Dockerfile", None),
        "production.python": ("3.12", 1),
        "production.os": ("debian-12", 1),
        "production.timezone": ("Europe/Vienna", 2),
        "production.locale": ("C.UTF-8", 2),
        "app.start": ("gunicorn -b 0.0.0.0:8000 -k gevent shop.wsgi", 7),
        "app.target": ("shop.wsgi:application", 7),
        "app.health": ("/healthz/", 6),
        "install.lock": ("requirements.txt", 4),
        "install.tool": ("pip", 4),
        "install.added": ("gunicorn", 4),
    }


def test_the_last_stage_counts_through_its_chain(tmp_path: Path) -> None:
    text = """\
    ARG PYTHON=3.13
    FROM ghcr.io/astral-sh/uv:0.5-python${PYTHON}-trixie-slim AS builder
    WORKDIR /app
    RUN --mount=type=bind,source=uv.lock,target=uv.lock \\
        # only what runs in production
        uv sync --frozen --no-dev \\
            --group server --extra pg
    FROM python:${PYTHON}-slim AS base
    ENV LANG=de_DE.UTF-8
    FROM base AS test
    RUN pip install pytest
    FROM base
    COPY --from=builder /app /app
    CMD uvicorn shop.main:app --port ${PORT:-8000}
    """
    where = repository(tmp_path, {"Dockerfile": text, "uv.lock": ""})

    assert found(detect, where, "production.python") == ["3.13"]
    assert found(detect, where, "production.os") == []
    assert the(detect, where, "production.locale").value == "de_DE.UTF-8"
    assert the(detect, where, "install.lock").evidence == (Evidence("Dockerfile", 6),)
    assert found(detect, where, "install.group") == ["server"]
    assert found(detect, where, "install.extra") == ["pg"]
    assert found(detect, where, "install.added") == []
    assert found(detect, where, "app.start") == ["uvicorn shop.main:app --port ${PORT:-8000}"]
    assert the(detect, where, "image.root").evidence == (Evidence("Dockerfile", 12),)


@pytest.mark.parametrize(
    ("taken", "added"),
    [("/wheels /wheels", ["psycopg"]), ("/usr/local /usr/local", ["flake8", "psycopg"])],
)
def test_a_stage_that_hands_on_wheels_keeps_what_it_installs(
    taken: str, added: list[str], tmp_path: Path
) -> None:
    text = f"""\
    FROM python:3.12 AS builder
    RUN pip install flake8 && flake8 .
    RUN pip wheel -w /wheels psycopg
    FROM python:3.12
    COPY --from=builder {taken}
    CMD uvicorn shop.main:app
    """
    where = repository(tmp_path, {"Dockerfile": text})

    assert found(detect, where, "install.added") == added


@pytest.mark.parametrize(
    ("path", "expected"), [(".", ["."]), ("/app", ["."]), ("/opt/tools", []), ("$X:/app", ["."])]
)
def test_python_s_path_may_name_the_packages(
    path: str, expected: list[str], tmp_path: Path
) -> None:
    text = f"FROM python:3.12\nWORKDIR /app\nENV PYTHONPATH={path}\nCOPY . .\nCMD flask run\n"
    where = repository(tmp_path, {"Dockerfile": text, "shop/__init__.py": ""})

    assert found(detect, where, "production.path") == expected


def test_an_entry_point_of_the_repository_is_followed(tmp_path: Path) -> None:
    files = {
        "Dockerfile": """\
            FROM python:3.11
            WORKDIR /code
            COPY ./deploy/entry.sh /usr/local/bin/entry
            RUN chmod +x /usr/local/bin/entry
            ENTRYPOINT ["entry", "web"]
            """,
        "deploy/entry.sh": """\
            #!/bin/sh
            set -e
            case "$1" in
              web)
                flask db upgrade
                exec gunicorn --bind :$PORT \\
                    "shop:create_app()" ;;
              worker) exec celery -A shop worker ;;
            esac
            """,
    }
    files["Dockerfile"] = files["Dockerfile"].replace('"entry"', '"/usr/local/bin/entry"')
    where = repository(tmp_path, files)

    assert found(detect, where, "app.start") == ['gunicorn --bind :$PORT "shop:create_app()"']
    assert found(detect, where, "app.target") == ["shop:create_app()"]
    assert the(detect, where, "database.migrate").evidence == (Evidence("deploy/entry.sh", 5),)
    assert found(detect, where, "app.worker") == []


def test_words_of_cmd_go_through_the_entry_point(tmp_path: Path) -> None:
    files = {
        "Dockerfile": """\
            FROM python:3.11
            COPY . /app
            WORKDIR /app
            ENTRYPOINT ["tini", "--", "./boot.sh"]
            CMD ["uvicorn", "shop.main:app"]
            """,
        "boot.sh": '#!/bin/bash\nalembic upgrade head > /dev/null\nexec "$@"\n',
    }
    where = repository(tmp_path, files)

    assert the(detect, where, "app.start").evidence == (Evidence("Dockerfile", 5),)
    assert found(detect, where, "app.start") == ["uvicorn shop.main:app"]
    assert found(detect, where, "database.migrate") == ["alembic upgrade head"]


def test_a_process_manager_starts_server_and_worker(tmp_path: Path) -> None:
    files = {
        "Dockerfile": """\
            FROM python:3.11
            COPY supervisord.conf /etc/supervisor/supervisord.conf
            CMD ["supervisord", "-n", "-c", "/etc/supervisor/supervisord.conf"]
            """,
        "supervisord.conf": """\
            [program:web]
            command=uwsgi --ini uwsgi.ini
            [program:queue]
            command=rq worker high
            """,
        "uwsgi.ini": """\
            [uwsgi]
            module = shop.wsgi
            hook-pre-app = exec:./manage.py migrate
            attach-daemon = ./manage.py sendreports
            """,
    }
    where = repository(tmp_path, files)

    assert found(detect, where, "app.start") == ["uwsgi --ini uwsgi.ini"]
    assert found(detect, where, "app.target") == ["shop.wsgi:application"]
    assert found(detect, where, "app.worker") == ["./manage.py sendreports", "rq worker high"]
    assert found(detect, where, "database.migrate") == ["./manage.py migrate"]


def test_the_default_of_a_build_argument_decides_on_groups(tmp_path: Path) -> None:
    text = """\
    FROM python:3.11
    COPY pyproject.toml poetry.lock ./
    ARG INSTALL_DEV=false
    RUN bash -c "true" && if [ "$INSTALL_DEV" = "true" ]; then poetry install --with dev; \\
        else poetry install --only main,server; fi
    CMD ["python", "-m", "shop"]
    """
    where = repository(tmp_path, {"Dockerfile": text, "poetry.lock": "", "pyproject.toml": ""})

    assert found(detect, where, "install.group") == ["server"]
    assert found(detect, where, "install.tool") == ["poetry"]


@pytest.mark.parametrize("flag, groups", [("", ["dev"]), ("--no-dev", []), ("--no-group dev", [])])
def test_uv_installs_its_default_group(flag: str, groups: list[str], tmp_path: Path) -> None:
    files = {
        "Dockerfile": f"FROM python:3.12\nRUN uv sync --frozen {flag}\nCMD uvicorn shop:app\n",
        "uv.lock": "",
        "pyproject.toml": '[project]\nname = "shop"\n[dependency-groups]\ndev = ["pytest"]\n',
    }

    assert found(detect, repository(tmp_path, files), "install.group") == groups


def test_exported_requirements_lead_to_the_lock(tmp_path: Path) -> None:
    text = """\
    FROM python:3.11 AS lock
    RUN pip install poetry
    COPY pyproject.toml poetry.lock ./
    RUN poetry export -o requirements.txt --with prod && poetry export -o dev.txt --with dev
    FROM python:3.11
    COPY --from=lock requirements.txt .
    RUN pip install -r requirements.txt uvicorn
    CMD ["uvicorn", "shop.main:app"]
    """
    where = repository(tmp_path, {"Dockerfile": text, "poetry.lock": "", "pyproject.toml": ""})

    assert found(detect, where, "install.lock") == ["poetry.lock"]
    assert found(detect, where, "install.tool") == ["poetry"]
    assert found(detect, where, "install.group") == ["prod"]
    assert found(detect, where, "install.added") == ["uvicorn"]


def test_the_front_end_and_development_do_not_count(tmp_path: Path) -> None:
    python = 'FROM python:3.{}\nCMD ["uvicorn", "shop.main:app"{}]\n'
    files = {
        "frontend/Dockerfile": "FROM node:22\nCMD npm start\n",
        "Dockerfile.dev": python.format(9, ', "--reload"'),
        "backend/Dockerfile": python.format(12, ""),
        "backend/pyproject.toml": "",
    }
    where = repository(tmp_path, files, directory="backend")

    assert found(detect, where, "production.dockerfile") == ["backend/Dockerfile"]
    assert found(detect, where, "production.python") == ["3.12"]


def test_the_image_without_the_development_group_is_production_s(tmp_path: Path) -> None:
    command = "services: {web: {build: ., command: uv run python manage.py runserver}}\n"
    files = {
        "Dockerfile": "FROM python:3.12\nRUN uv sync --frozen\n",
        "Dockerfile.cloud": "FROM python:3.13\nRUN uv sync --frozen --no-dev\n",
        "docker-compose.yml": command,
    }
    assert found(detect, repository(tmp_path / "a", files), "production.python") == ["3.13"]

    files["docker-compose.yml"] = "services: {web: {build: .}}\n"
    assert found(detect, repository(tmp_path / "b", files), "production.python") == ["3.12"]


def test_of_several_variants_the_default_one(tmp_path: Path) -> None:
    files = {
        "docker/alpine.Dockerfile": "FROM python:3.13-alpine3.22\nCMD uvicorn shop:app\n",
        "docker/default.Dockerfile": "FROM python:3.13-trixie\nCMD uvicorn shop:app\n",
    }
    assert found(detect, repository(tmp_path, files), "production.os") == ["debian-13"]


def test_another_application_s_image_is_not_ours(tmp_path: Path) -> None:
    files = {
        "api/pyproject.toml": "",
        "jobs/pyproject.toml": "",
        "jobs/Dockerfile": "FROM python:3.12\nCMD gunicorn jobs.web:app\n",
    }

    assert list(detect(repository(tmp_path, files, directory="api"))) == []


def test_fastapi_s_own_command_names_a_file(tmp_path: Path) -> None:
    files = {
        "Dockerfile": 'FROM python:3.12\nCMD ["fastapi", "run", "--workers", "4", "app/main.py"]\n',
        "app/__init__.py": "",
        "app/main.py": "app = FastAPI()\n",
    }

    assert found(detect, repository(tmp_path, files), "app.target") == ["app.main:app"]


def test_images_without_a_version_float(tmp_path: Path) -> None:
    text = """\
    FROM python:slim AS base
    COPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/
    COPY --from=base /x /x
    FROM base
    FROM python:3-alpine
    FROM nginx@sha256:0123
    FROM redis:$TAG
    """

    values = found(detect, repository(tmp_path, {"Dockerfile": text}), "image.floating")

    assert values == ["python:slim", "ghcr.io/astral-sh/uv:latest"]


@pytest.mark.parametrize(
    "reference, python, system",
    [
        ("python:3.12.4-slim", "3.12", None),
        ("python:3-slim", None, None),
        ("python:3.9-alpine3.20", "3.9", "alpine-3.20"),
        ("docker.io/library/python:3.11-bullseye", "3.11", "debian-11"),
        ("tiangolo/uvicorn-gunicorn-fastapi:python3.8", "3.8", None),
        ("registry.access.redhat.com/ubi9/python-312:1", "3.12", None),
        ("gcr.io/distroless/python3-debian12", None, "debian-12"),
        ("ubuntu:24.04", None, "ubuntu-24.04"),
        ("debian:trixie-slim", None, "debian-13"),
        ("node:22", None, None),
        ("python:${VERSION}", None, None),
    ],
)
def test_what_a_reference_says(reference: str, python: str | None, system: str | None) -> None:
    assert (images.python(reference), images.system(reference)) == (python, system)


@pytest.mark.parametrize(
    "reference, engine, version",
    [
        ("postgres:16-alpine", "postgres", "16"),
        ("postgres:9.6", "postgres", "9.6"),
        ("postgis/postgis:16-3.4", "postgres", "16"),
        ("pgvector/pgvector:pg17", "postgres", "17"),
        ("timescale/timescaledb:2.14.2-pg15", "postgres", "15"),
        ("timescale/timescaledb:2.14.2", "postgres", None),
        ("bitnami/postgresql:15.1.0-debian-11-r0", "postgres", "15"),
        ("mysql:8.0.33", "mysql", "8.0"),
        ("mariadb:11", "mariadb", "11"),
        ("mcr.microsoft.com/mssql/server:2022-latest", "mssql", "2022"),
        ("prodrigestivill/postgres-backup-local", None, None),
        ("docker/server:1", None, None),
    ],
)
def test_databases(reference: str, engine: str | None, version: str | None) -> None:
    assert (images.engine(reference), images.version(reference)) == (engine, version)
