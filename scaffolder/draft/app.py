"""The section `app` of the draft."""

from __future__ import annotations

import re
import shlex

from scaffolder.draft.commands import with_manage
from scaffolder.draft.install import install
from scaffolder.draft.questions import Question
from scaffolder.draft.samples import SECRET
from scaffolder.draft.sections import Sections, evidence
from scaffolder.draft.start import Known, harness_start
from scaffolder.scan.tree import join, relative

SERVERS = ("uvicorn", "hypercorn", "granian", "gunicorn", "daphne", "waitress", "uwsgi")
_BROKERS = re.compile(
    r"(^|[\s/])(celery|rq|rqworker|rqscheduler|dramatiq|arq|huey\S*|flower|taskiq|saq)\b"
)
"""Workers that end at once when their broker does not answer."""
CREDENTIALS = ("parity", "parity@example.org", SECRET)
"""Name, address and password of the superuser that SUPERUSER makes."""
SUPERUSER = (
    f"env DJANGO_SUPERUSER_USERNAME={CREDENTIALS[0]} DJANGO_SUPERUSER_EMAIL={CREDENTIALS[1]} "
    f"DJANGO_SUPERUSER_PASSWORD={CREDENTIALS[2]} python manage.py createsuperuser --noinput"
)
_TOO_PLAIN = {"backend", "server", "src", "app", "api", "service", "web", "."}
_PORT = re.compile(r"(^|_)PORT$")
_HOST = re.compile(r"(^|_)(HOST|BIND|ADDRESS|LISTEN)$")
_FOREIGN = re.compile(r"(?i)db|database|postgres|pg|sql|redis|smtp|mail|mq|broker|cache|mongo")


def app(draft: Sections, *, superuser: bool = False, seeded: bool = True) -> None:
    """What ships, how it is installed and started, from the facts.

    superuser: whether Django's own command makes a user that journeys can log in as.
    """
    facts = draft.facts
    directory = facts.value("app.directory") or "."
    draft.put(("app", "name"), _name(draft, directory))
    draft.put(("app", "directory"), directory)
    _packages(draft, directory)
    install(draft, directory, seeded=seeded)
    orm = facts.one("app.orm")
    known = orm is not None and orm.value in ("sqlalchemy", "django")
    draft.put(("app", "orm"), orm.value if orm and known else "none", orm if known else None)
    settings = facts.one("app.settings")
    if facts.value("app.framework") == "django" or (orm and orm.value == "django"):
        if settings is not None:
            draft.put(("app", "django_settings"), settings.value, settings)
        else:
            draft.data["app"]["orm"] = "none"
            draft.ask(
                Question(
                    "app.django_settings",
                    "which Django settings module does production use?",
                    ("schema-drift", "imports"),
                )
            )
    _start(draft, directory)
    _prepare(draft, superuser)
    _processes(draft)
    _suite(draft, directory)


def _name(draft: Sections, directory: str) -> str:
    """The folder's name, or the repository's where that says nothing."""
    last = directory.rpartition("/")[2]
    text = last if last not in _TOO_PLAIN else draft.scan.tree.root.resolve().name
    text = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-")
    return text if re.match(r"[a-z]", text) else f"app-{text}".strip("-")


def _packages(draft: Sections, directory: str) -> None:
    found = draft.facts.all("app.package")
    packages = [fact.value for fact in found]
    if packages:
        draft.put(("app", "packages"), packages, found[:1])
    source = draft.facts.value("app.source") or directory
    if source != directory:
        draft.put(("app", "source"), relative(source, directory), draft.facts.one("app.source"))


def _start(draft: Sections, directory: str) -> None:
    facts = draft.facts
    found = facts.one("app.start")
    target = facts.value("app.target") or ""
    text = with_manage(found.value, draft.manage) if found and draft.manage else ""
    start = harness_start(text or (found.value if found else ""), _known(draft, directory, target))
    if start.command is not None:
        draft.put(("app", "start"), start.command, found)
        if start.differs:
            draft.put(("app", "start_differs"), start.differs)
    if start.command is None or (found is None and start.differs):
        candidates = [f"target {target}"] if target else []
        candidates += [f"{fact.value} ({evidence([fact])})" for fact in facts.all("app.start")]
        draft.ask(
            Question(
                "app.start",
                "how does production start the web server? {host} and {port} are filled in",
                ("entry-points", "environment", "journeys", "boundaries", "serialization"),
                tuple(candidates),
                start.command or "",
            )
        )
    headers = facts.all("app.proxy-header")
    if headers:
        pairs = dict(fact.value.split(": ", 1) for fact in headers)
        draft.put(("app", "proxy_headers"), pairs, headers)
    health = facts.one("app.health")
    if health is not None:
        draft.put(("app", "health"), health.value, health)


def _known(draft: Sections, directory: str, target: str) -> Known:
    facts = draft.facts
    names = (*facts.values("environment.optional"), *facts.values("environment.required"))
    own = [name for name in names if not _FOREIGN.search(name)]
    return Known(
        target,
        facts.value("app.framework") or "",
        installed(draft),
        tuple(name for name in own if _PORT.search(name)),
        tuple(name for name in own if _HOST.search(name)),
        draft.manage,
        lambda path: _read_in_image(draft, directory, path),
    )


def _read_in_image(draft: Sections, directory: str, path: str) -> str | None:
    """A file by its path in the image: `/srv/shop/docker/x.ini` is docker/x.ini of the tree."""
    if not path.startswith("/"):
        return draft.read(join(directory, path))
    parts = path.strip("/").split("/")
    for start in range(len(parts)):
        ending = "/".join(parts[start:])
        for candidate in dict.fromkeys((join(directory, ending), ending)):
            if candidate in draft.scan.tree.files:
                return draft.read(candidate)
    return None


def installed(draft: Sections) -> frozenset[str]:
    """Which of the known servers production installs, by the text of its lock."""
    lock = draft.facts.value("install.lock")
    text = (draft.read(lock) or "").lower() if lock else ""
    added = {re.split(r"[\[<>=~! ;@]", each)[0] for each in draft.facts.values("install.added")}
    found = {
        name
        for name in SERVERS
        if re.search(rf'(?m)^(name = "|\s*"|){name}("|\s*$|\[|[=<>~! ;])', text)
    }
    return frozenset(found | {name for name in SERVERS if name in added})


def _processes(draft: Sections) -> None:
    workers: list[dict[str, str]] = []
    left: list[str] = []
    for number, fact in enumerate(draft.facts.all("app.worker"), 1):
        command = draft.command(fact.value)
        if command is None or _BROKERS.search(command):
            left.append(f"{fact.value} ({evidence([fact])})")
            continue
        workers.append({"id": _worker_id(command, workers, number), "run": command})
        draft.remark(("app", "workers", len(workers) - 1), evidence([fact]))
    if workers:
        draft.put(("app", "workers"), workers)
    if left:
        asks = "how does it start without a broker or a shell? the harness has PostgreSQL alone"
        draft.ask(Question("app.workers", asks, ("entry-points",), (*left,)))
    scripts = draft.facts.all("app.script")
    if scripts:
        draft.put(("app", "scripts"), [fact.value for fact in scripts], scripts)


def _prepare(draft: Sections, superuser: bool) -> None:
    """Commands between the migrations and the server; what is no simple command is asked for."""
    place = ("app", "prepare")
    found = [(draft.command(fact.value), fact) for fact in draft.facts.all("app.prepare")]
    commands = [(command, fact) for command, fact in found if command is not None]
    lines = [command for command, _ in commands]
    for number, (_, fact) in enumerate(commands):
        draft.remark((*place, number), evidence([fact]))
    if superuser:
        draft.remark((*place, len(lines)), "somebody whom the journeys log in as")
        lines.append(with_manage(SUPERUSER, draft.manage or "manage.py"))
    if lines:
        draft.put(place, lines)
    left = tuple(f"{fact.value} ({evidence([fact])})" for command, fact in found if command is None)
    if left:
        asks = "what else does production run between the migrations and the server?"
        draft.ask(Question("app.prepare", asks, ("journeys",), left))


def _worker_id(command: str, others: list[dict[str, str]], number: int) -> str:
    """The last plain word that tells what it does: `python manage.py send_mail` -> send-mail."""
    words = [w for w in shlex.split(command) if not w.startswith("-") and "=" not in w]
    known = {"celery", "worker", "beat", "rq", "dramatiq", "arq", "flower"}
    named = [word for word in words if word in known]
    last = "-".join(dict.fromkeys(named)) or next(
        (w for w in reversed(words) if re.fullmatch(r"[A-Za-z][\w.:/-]*", w)), "worker"
    )
    text = re.sub(r"[^a-z0-9]+", "-", last.lower().removesuffix(".py")).strip("-")[-40:].strip("-")
    text = text if re.match(r"[a-z]", text) else "worker"
    return text if all(other["id"] != text for other in others) else f"{text}-{number}"


def _suite(draft: Sections, directory: str) -> None:
    commands = draft.facts.all("tests.command")
    known = [(run, fact) for fact in commands if (run := _runner(draft, fact.value)) is not None]
    if not known:
        if draft.facts.values("tests.directory"):
            draft.ask(
                Question(
                    "app.own_suite",
                    "which command runs the team's tests? {run: pytest -q tests, groups: [dev]}",
                    ("own-suite",),
                    tuple(f"{fact.value} ({evidence([fact])})" for fact in commands[:3]),
                )
            )
        return
    run, command = known[0]
    draft.put(("app", "own_suite", "run"), run, command)
    groups = draft.facts.all("tests.group")
    draft.put(("app", "own_suite", "groups"), [fact.value for fact in groups], groups)


def _runner(draft: Sections, command: str) -> str | None:
    """A test command that is one known program; None for scripts of the team."""
    run = draft.command(command)
    words = shlex.split(run) if run else []
    while words[:1] == ["env"] or (words and "=" in words[0] and not words[0].startswith("-")):
        words = words[1:]
    if run is None or not words:
        return None
    plain = words[0] in ("pytest", "py.test", "django-admin") or words[:2] == ["python", "-m"]
    return run if plain or words[:2] == ["python", draft.manage] else None
