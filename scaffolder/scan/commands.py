"""What a command does: serve, migrate, work in the background, test."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scaffolder.scan.shell_words import word_set
from scaffolder.scan.wrappers import base, unwrapped

Role = Literal["web", "migrate", "worker", "tests", "manager", "shell", "program", "other"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """A command's role; `core` are its words without wrappers such as `uv run`.

    target: what a server is pointed at, as it is written. runner: of tests. development: a server
    that reloads or debugs.
    """

    role: Role
    core: tuple[str, ...]
    target: str = ""
    runner: str = ""
    development: bool = False


_MANAGERS = frozenset({"supervisord", "circusd", "honcho", "foreman", "hivemind", "overmind"})
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})
_DJANGO_MIGRATE = frozenset({"migrate", "migrate_schemas"})
_DJANGO_WORKERS = re.compile(
    r"^(rqworker|rqscheduler|qcluster|process_tasks|runworker|db_worker|run_huey|rundramatiq"
    r"|runapscheduler|celery_worker|celery|celeryd|celerybeat|procrastinate|runcrons?_loop)$"
)
_WORKERS: dict[str, tuple[str, ...]] = {
    "celery": ("worker", "beat"),
    "rq": ("worker", "worker-pool"),
    "rqworker": (),
    "rqscheduler": (),
    "dramatiq": (),
    "dramatiq-gevent": (),
    "arq": (),
    "huey_consumer": (),
    "huey_consumer.py": (),
    "taskiq": ("worker", "scheduler"),
    "faust": ("worker",),
    "saq": (),
    "procrastinate": ("worker",),
}
_MIGRATIONS: dict[str, tuple[str, ...]] = {
    "alembic": ("upgrade",),
    "aerich": ("upgrade",),
    "yoyo": ("apply",),
    "piccolo": ("forwards", "forward"),
    "goose": ("up",),
    "dbmate": ("up", "migrate"),
    "flyway": ("migrate",),
    "sqitch": ("deploy",),
}


def meaning(words: Sequence[str]) -> Meaning:
    """What a simple command does."""
    core = unwrapped(words)
    if not core:
        return Meaning("other", core)
    name = base(core[0])
    if name in _SHELLS or name in ("source", "."):
        return Meaning("shell", core)
    if name in _MANAGERS:
        return Meaning("manager", core)
    django = _django(core)
    if django:
        return _of_django(core, django)
    for table, role in ((_MIGRATIONS, "migrate"), (_WORKERS, "worker")):
        if name in table:
            wanted = table[name]
            hit = not wanted or any(word in wanted for word in core[1:])
            return Meaning(role if hit else "other", core)  # type: ignore[arg-type]
    if name in ("flask", "litestar") and _pair(core, "db" if name == "flask" else "database"):
        return Meaning("migrate", core)
    return _tests(name, core) or _server(name, core) or _program(core)


def _pair(core: tuple[str, ...], group: str) -> bool:
    return any(core[i : i + 2] == (group, "upgrade") for i in range(len(core)))


def _django(core: tuple[str, ...]) -> tuple[str, ...]:
    """The words behind `manage.py`."""
    for position, word in enumerate(core[:3]):
        if base(word) in ("manage.py", "django-admin", "django-admin.py") or word == "django":
            before = [base(each) for each in core[:position]]
            if all(re.fullmatch(r"python[\d.]*|-\w+|pypy[\d.]*", each) for each in before):
                rest = core[position + 1 :]
                return tuple(each for each in rest if not each.startswith("-")) or ("",)
    return ()


def _of_django(core: tuple[str, ...], rest: tuple[str, ...]) -> Meaning:
    command = rest[0]
    if command in _DJANGO_MIGRATE:
        idle = {"--check", "--plan", "--check-unapplied"} & set(core)
        return Meaning("other" if idle else "migrate", core)
    if command == "test":
        return Meaning("tests", core, runner="django")
    if command in ("runserver", "runserver_plus", "runserver_websocket"):
        return Meaning("web", core, development=True)
    if _DJANGO_WORKERS.match(command):
        return Meaning("worker", core)
    return Meaning("other", core)


_TASKS = frozenset({"make", "just", "task", "invoke", "inv", "poe", "hatch", "rye", "doit"})
_TEST_TASK = re.compile(
    r"^(?:[\w-]*[:+])?(?:run-?)?(?:unit-?|py-?|backend-?|ci-?)*"
    r"tests?(?:[-_:.][\w-]+)*$|^cov(erage)?$|^pytest$|^check-?tests?$"
)
_NO_TESTS = re.compile(r"lint|style|type|front|e2e|js|format|docs|deps|install|build|setup|db")


def _tests(name: str, core: tuple[str, ...]) -> Meaning | None:
    if name in ("pytest", "py.test"):
        idle = {"--version", "--help", "--collect-only", "--fixtures"} & set(core)
        return None if idle else Meaning("tests", core, runner="pytest")
    if name in ("unittest", "nose2"):
        return Meaning("tests", core, runner="unittest")
    if name in ("tox", "nox"):
        chosen = [word for word in core[1:] if not word.startswith("-")]
        other = chosen and all(_NO_TESTS.search(word) for word in chosen)
        return None if other else Meaning("tests", core)
    words = [word for word in core[1:] if not word.startswith("-") and word != "run"]
    if name in _TASKS and any(_TEST_TASK.match(w) and not _NO_TESTS.search(w) for w in words[:2]):
        return Meaning("tests", core)
    if name == "flask" and words[-1:] == ["test"]:
        return Meaning("tests", core, runner="unittest")
    script = base(words[0]) if re.fullmatch(r"python[\d.]*", name) and words else name
    if re.fullmatch(r"(run[-_]?)?tests?([-_](start|run|runner))?\.(py|sh)|runtests", script):
        return Meaning("tests", core)
    return None


_FLAGS = word_set(
    "--reload --preload --daemon -D --capture-output --check-config --print-config --spew"
    " --no-sendfile --reuse-port --proxy-protocol --enable-stdio-inheritance --log-syslog -R"
    " --proxy-headers --no-proxy-headers --use-colors --no-use-colors --factory --no-server-header"
    " --server-header --no-date-header --date-header --no-access-log --access-log --debug"
    " --reset-contextvars --version --preload-app --proxy-allow-from --dev --fast --single-process"
    " --no-ws --ws --respawn-failed-workers --log --no-log --call --noreload --insecure -p4"
) - {"--ws", "--proxy-allow-from"}
_SERVERS = frozenset(
    {"gunicorn", "uvicorn", "hypercorn", "daphne", "granian", "waitress-serve", "sanic"}
)
_OBJECT = re.compile(r"[A-Za-z_$][\w.${}:-]*(?::[\w.${}]+(?:\(.*\))?)?")


def _server(name: str, core: tuple[str, ...]) -> Meaning | None:
    development = bool({"--reload", "--debug", "--dev"} & set(core))
    if name in _SERVERS:
        return Meaning("web", core, _positional(core), development=development)
    if name == "aiohttp.web":
        return Meaning("web", core, _positional(core))
    if name in ("uwsgi", "pyuwsgi", "mod_wsgi-express", "unitd", "nginx-unit"):
        return Meaning("web", core, option(core, "--module", "-w", "--wsgi"))
    if name == "fastapi" and core[1:2] in (("run",), ("dev",)):
        path = _positional(core[1:])
        return Meaning("web", core, path, development=development or core[1] == "dev")
    if name in ("flask", "litestar", "quart") and "run" in core[1:]:
        return Meaning("web", core, option(core, "--app", "-A"), development=development)
    return None


def _positional(core: tuple[str, ...]) -> str:
    """The first word that is neither an option nor the value of one."""
    rest = list(core[1:])
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            if _OBJECT.fullmatch(word) or "/" in word:
                return word
        elif word == "--":
            continue
        elif "=" not in word and word not in _FLAGS and (word.startswith("--") or len(word) == 2):
            rest = rest[1:]
    return ""


def option(words: Sequence[str], *names: str) -> str:
    """The value of the first of these options, `--x v` or `--x=v`."""
    for position, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else "".join(words[position + 1 : position + 2])
    return ""


def _program(core: tuple[str, ...]) -> Meaning:
    name = base(core[0])
    if re.fullmatch(r"python[\d.]*", name):
        rest = [word for word in core[1:] if not word.startswith("-")]
        if rest and rest[0].endswith(".py"):
            return Meaning("program", core)
    return Meaning("other", core)
