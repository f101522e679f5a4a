"""What Procfiles, platforms, Kubernetes and systemd say."""

from __future__ import annotations

from pathlib import Path

from scanned import found, repository, the

from scaffolder.scan.detectors.deploy import detect
from scaffolder.scan.facts import Evidence


def test_a_procfile_and_heroku_s_files(tmp_path: Path) -> None:
    files = {
        "Procfile": """\
            release: python manage.py migrate --noinput
            web: gunicorn config.wsgi --log-file -
            worker: celery -A shop worker
            """,
        "runtime.txt": "python-3.11.4\n",
        "app.json": '{"addons": [{"plan": "heroku-postgresql", "options": {"version": "15"}}]}',
    }
    where = repository(tmp_path, files)

    facts = {(fact.key, fact.value, fact.place) for fact in detect(where)}

    assert facts == {
        ("app.start", "gunicorn config.wsgi --log-file -", "procfile"),
        ("app.target", "config.wsgi:application", "procfile"),
        ("app.worker", "celery -A shop worker", "procfile"),
        ("database.migrate", "python manage.py migrate --noinput", "procfile"),
        ("production.python", "3.11", "procfile"),
        ("database.engine", "postgres", "deploy"),
        ("database.version", "15", "deploy"),
    }


def test_a_procfile_s_script_is_followed(tmp_path: Path) -> None:
    files = {
        "Procfile": "web: bin/boot.sh\n",
        "bin/boot.sh": "#!/bin/sh\nalembic upgrade head\nexec uvicorn shop.main:app --port $PORT\n",
    }
    where = repository(tmp_path, files)

    assert found(detect, where, "app.start") == ["uvicorn shop.main:app --port $PORT"]
    assert the(detect, where, "database.migrate").evidence == (Evidence("bin/boot.sh", 2),)


def test_fly(tmp_path: Path) -> None:
    text = """\
    [env]
    TZ = "UTC"
    [deploy]
    release_command = "alembic upgrade head"
    [processes]
    app = "uvicorn shop.main:app"
    queue = "arq shop.queue.Settings"
    [[http_service.checks]]
    path = "/healthz"
    """
    where = repository(tmp_path, {"fly.toml": text})

    facts = {fact.key: (fact.value, fact.evidence[0].line) for fact in detect(where)}

    assert facts["production.timezone"] == ("UTC", 2)
    assert facts["database.migrate"] == ("alembic upgrade head", 4)
    assert facts["app.start"] == ("uvicorn shop.main:app", 6)
    assert facts["app.worker"] == ("arq shop.queue.Settings", 7)
    assert facts["app.health"] == ("/healthz", 9)


def test_render(tmp_path: Path) -> None:
    text = """\
    databases: [{name: db, postgresMajorVersion: "15"}]
    services:
      - type: web
        startCommand: gunicorn shop:app
        healthCheckPath: /up
        envVars: [{key: PYTHON_VERSION, value: 3.12.1}]
      - {type: web, rootDir: site, startCommand: npm start}
    """
    where = repository(tmp_path, {"render.yaml": text})

    assert found(detect, where, "database.version") == ["15"]
    assert found(detect, where, "app.start") == ["gunicorn shop:app"]
    assert found(detect, where, "app.health") == ["/up"]
    assert found(detect, where, "production.python") == ["3.12"]


def test_kubernetes(tmp_path: Path) -> None:
    text = """\
    apiVersion: apps/v1
    kind: Deployment
    spec:
      template:
        spec:
          initContainers:
            - {name: migrate, image: "me/shop:1", command: [flask, db, upgrade]}
          containers:
            - name: web
              image: me/shop:1
              command: ["gunicorn"]
              args: ["shop:app", "-w", "2"]
              env: [{name: TZ, value: Europe/Vienna}]
              livenessProbe: {httpGet: {path: /alive, port: 80}}
            - {name: proxy, image: "envoy:1", livenessProbe: {httpGet: {path: /no}}}
    ---
    apiVersion: apps/v1
    kind: StatefulSet
    spec: {template: {spec: {containers: [{name: db, image: "postgres:14"}]}}}
    """
    where = repository(tmp_path, {"k8s/shop.yaml": text, "docs/k8s/old.yaml": text})

    facts = {(fact.key, fact.value, fact.evidence[0].line) for fact in detect(where)}

    assert facts == {
        ("app.start", "gunicorn shop:app -w 2", 11),
        ("app.target", "shop:app", 11),
        ("database.migrate", "flask db upgrade", 7),
        ("production.timezone", "Europe/Vienna", 13),
        ("app.health", "/alive", 14),
        ("database.engine", "postgres", 19),
        ("database.version", "14", 19),
        ("database.image", "postgres:14", 19),
    }


def test_systemd(tmp_path: Path) -> None:
    unit = "[Service]\nExecStart=/srv/venv/bin/gunicorn \\\n  -b :80 shop.wsgi:application\n"
    where = repository(
        tmp_path, {"deploy/shop.service": unit, "deploy/x.service": "ExecStart=/x\n"}
    )

    assert found(detect, where, "app.start") == [
        "/srv/venv/bin/gunicorn -b :80 shop.wsgi:application"
    ]
