"""Production's start command with the harness's own address."""

from __future__ import annotations

import pytest

from scaffolder.draft.commands import simple, with_manage
from scaffolder.draft.start import Known, Start, harness_start

ADDRESSES = [
    (
        "uvicorn app.main:app --host 0.0.0.0 --port 80 --workers 2",
        "uvicorn app.main:app --workers 2 --host {host} --port {port}",
    ),
    (
        "fastapi run --workers 4 app/main.py",
        "fastapi run --workers 4 app/main.py --host {host} --port {port}",
    ),
    (
        "/app/.venv/bin/gunicorn -b 0.0.0.0:8000 -w 3 shop.wsgi",
        "gunicorn -w 3 shop.wsgi --bind {host}:{port}",
    ),
    ("gunicorn -b0.0.0.0:80 shop:app", "gunicorn shop:app --bind {host}:{port}"),
    (
        "exec gunicorn --bind=unix:/run/x.sock shop:app",
        "gunicorn shop:app --bind {host}:{port}",
    ),
    (
        "alembic upgrade head && uvicorn app:app --port ${PORT:-8000}",
        "uvicorn app:app --host {host} --port {port}",
    ),
    (
        "sh -c 'python manage.py migrate; gunicorn shop.wsgi --workers ${WORKERS:-3}'",
        "gunicorn shop.wsgi --workers 3 --bind {host}:{port}",
    ),
    (
        "poetry run uvicorn --uds /tmp/x.sock shop.main:app",
        "uvicorn shop.main:app --host {host} --port {port}",
    ),
    (
        "uv run --frozen --no-dev fastapi run app/main.py --port 80",
        "fastapi run app/main.py --host {host} --port {port}",
    ),
    (
        "python -m shop --host 0.0.0.0 --port 8000",
        "python -m shop --host {host} --port {port}",
    ),
    (
        "python3 -m uvicorn shop:app",
        "python -m uvicorn shop:app --host {host} --port {port}",
    ),
    (
        "python manage.py runserver 0.0.0.0:8000",
        "python manage.py runserver --noreload {host}:{port}",
    ),
    ("flask run -h 0.0.0.0 -p 5000", "flask run --host {host} --port {port}"),
    (
        "DJANGO_SETTINGS_MODULE=shop.settings gunicorn shop.wsgi",
        "env DJANGO_SETTINGS_MODULE=shop.settings gunicorn shop.wsgi --bind {host}:{port}",
    ),
    ("tini -- hypercorn -b :80 shop:app", "hypercorn shop:app --bind {host}:{port}"),
    ("gosu www gunicorn shop:app", "gunicorn shop:app --bind {host}:{port}"),
    (
        'gunicorn "shop:create_app(1)" --access-logformat "%(h)s %(l)s"',
        "gunicorn 'shop:create_app(1)' --access-logformat '%(h)s %(l)s' --bind {host}:{port}",
    ),
]


@pytest.mark.parametrize(("found", "expected"), ADDRESSES, ids=[a for a, _ in ADDRESSES])
def test_only_the_address_is_exchanged(found: str, expected: str) -> None:
    assert harness_start(found, Known()) == Start(expected)


def test_a_reload_is_left_out_and_said() -> None:
    start = harness_start("uvicorn shop:app --reload", Known())

    assert start == Start(
        "uvicorn shop:app --host {host} --port {port}", differs="without --reload"
    )


def test_a_program_of_the_team_gets_its_port_by_its_variable() -> None:
    known = Known(ports=("PORT",), hosts=("BIND",))

    assert harness_start("python server.py", known).command == (
        "env PORT={port} BIND={host} python server.py"
    )


def test_an_unknown_program_is_replaced_and_that_is_said() -> None:
    known = Known(target="shop.main:app", framework="fastapi")

    start = harness_start("/start.sh", known)

    assert start.command == "uvicorn shop.main:app --host {host} --port {port}"
    assert "production starts '/start.sh'" in start.differs


@pytest.mark.parametrize("found", ["", "uvicorn $APP", "unclosed 'quote", "&&", "sh"])
def test_what_cannot_be_read_is_no_command(found: str) -> None:
    assert harness_start(found, Known()).command is None


def test_the_options_of_uwsgi_stand_in_its_file() -> None:
    ini = (
        "[uwsgi]\nsocket = /run/x.sock\nmodule = shop.wsgi\nmaster = true\nuid = www\nprocesses=4\n"
    )
    known = Known(read=lambda path: ini if path == "docker/uwsgi.ini" else None)

    start = harness_start("uwsgi docker/uwsgi.ini", known)

    assert start.command == (
        "uwsgi --module shop.wsgi --master --processes 4 --http-socket {host}:{port}"
    )
    assert start.differs == "the options of docker/uwsgi.ini as arguments; without uid"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("celery -A shop worker -l info", "celery -A shop worker -l info"),
        ("poetry run python manage.py qcluster", "python manage.py qcluster"),
        ("cd src && alembic upgrade head", "sh -c 'cd src && alembic upgrade head'"),
        ("celery -A $APP worker", None),
        ("python worker.py > /dev/null `x`", None),
    ],
)
def test_a_worker_is_a_command_without_a_shell(found: str, expected: str | None) -> None:
    assert simple(found) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("python manage.py collectstatic", "python src/manage.py collectstatic"),
        ("env A=1 python -Wd ./manage.py x", "env A=1 python -Wd src/manage.py x"),
        ("python manage.py test --parallel", "python src/manage.py test --parallel src"),
        ("python manage.py test shop", "python src/manage.py test shop"),
        ("python src/manage.py migrate", "python src/manage.py migrate"),
        ("pytest tests/test_manage.py", "pytest tests/test_manage.py"),
    ],
)
def test_commands_are_run_above_the_folder_of_manage(found: str, expected: str) -> None:
    assert with_manage(found, "src/manage.py") == expected
    assert with_manage(found, "manage.py") == found
