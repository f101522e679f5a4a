"""From the commands that production runs to facts: server, workers, migrations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from scaffolder.scan.commands import meaning
from scaffolder.scan.facts import Confidence, Evidence, Fact, Place
from scaffolder.scan.project_file import scripts
from scaffolder.scan.servers import Server, target, uwsgi_options
from scaffolder.scan.shell_words import simple_commands
from scaffolder.scan.startup import Ran, is_program
from scaffolder.scan.wrappers import base

_HEALTH = re.compile(
    r"(?:https?://)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|\$\{?\w+\}?|(?<=//)[\w.-]+)"
    r"(?::[\w${][\w${}:.-]*)?(/[^\s\"'`?#|;)\\,\]]*)?"
)
_ASKS = re.compile(r"\b(curl|wget|httpx?|urllib|requests|urlopen|HTTPConnection|xh)\b")


def duties(
    server: Server,
    ran: Iterable[Ran],
    place: Place,
    confidence: Confidence = "certain",
    programs: bool = True,
) -> Iterator[Fact]:
    """What a start of production says: its server, its workers, its migrations.

    programs: a program of the application's own counts as its server where no known one starts.
    """
    found = list(ran)
    web = _web(server, found, programs)
    if web is not None:
        sure = confidence if web.meaning.role == "web" and not web.meaning.development else "likely"
        yield Fact("app.start", _plain(web.text), (web.evidence,), place, sure)
        pointed = target(server, web)
        if pointed:
            yield Fact("app.target", pointed[0], (pointed[1],), place, sure)
        yield from _of_uwsgi(server, web, place, confidence)
    for each in found:
        if each.meaning.role == "worker":
            yield Fact("app.worker", each.text, (each.evidence,), place, confidence)
    migrate = next((each for each in found if each.meaning.role == "migrate"), None)
    if migrate is not None:
        yield Fact("database.migrate", migrate.text, (migrate.evidence,), place, confidence)
        yield from _prepares(server, found[found.index(migrate) + 1 :], web, place)


def _plain(text: str) -> str:
    """A command without the init process in front of it: `tini -- gunicorn x` -> `gunicorn x`."""
    return re.sub(r"^(\S*/)?(tini|dumb-init|catatonit)\s+(-\S+\s+)*", "", text)


def _prepares(
    server: Server, after: Iterable[Ran], web: Ran | None, place: Place
) -> Iterator[Fact]:
    """Commands of the application's own between its migrations and its server."""
    for each in after:
        if each is web:
            return
        if not each.background and each.meaning.role in ("program", "other", "manager"):
            words = [word for one in simple_commands(each.text) for word in one.words]
            own = bool(words) and base(words[0]) in scripts(server.tree, server.directory)
            if own or is_program(words) or generates(each.meaning.core):
                yield Fact("app.prepare", each.text, (each.evidence,), place)


_NO_FILES = frozenset(
    {"migrate", "test", "shell", "runserver", "run", "check", "db", "routes", "makemigrations"}
    | {"dbshell", "flush", "showmigrations", "help"}
)


def generates(core: Sequence[str]) -> bool:
    """`manage.py collectstatic`, `flask translate compile`: a command of the framework's own tool
    that is no server, no migration and no test."""
    words = [word for word in core if not word.startswith("-")]
    tool = next((n for n, w in enumerate(words) if base(w) in ("manage.py", "flask")), None)
    if tool is None or len(words) < tool + 2:
        return False
    return words[tool + 1] not in _NO_FILES


def _web(server: Server, found: list[Ran], programs: bool) -> Ran | None:
    servers = [each for each in found if each.meaning.role == "web"]
    for each in servers:
        if not each.meaning.development:
            return each
    if servers:
        return servers[0]
    last = next((each for each in reversed(found) if not each.background), None)
    if not programs or last is None or not last.meaning.core:
        return None
    if last.meaning.role not in ("program", "other"):
        return None
    own = base(last.meaning.core[0]) in scripts(server.tree, server.directory)
    words = [word for each in simple_commands(last.text) for word in each.words]
    return last if own or (is_program(words) and "manage.py" not in last.text) else None


def _of_uwsgi(server: Server, web: Ran, place: Place, confidence: Confidence) -> Iterator[Fact]:
    """Hooks and daemons of uWSGI's configuration."""
    for key, value, evidence in uwsgi_options(server, web):
        command = value
        if key.startswith(("hook-", "exec-")):
            command = value.removeprefix("exec:").strip()
        elif key in ("attach-daemon", "attach-daemon2", "smart-attach-daemon"):
            named = re.search(r"(?:^|,)cmd=([^,]+)", value)
            command = named[1] if named else value
            yield Fact("app.worker", command, (evidence,), place, confidence)
            continue
        elif key == "env" and value.startswith("TZ="):
            yield Fact("production.timezone", value[3:], (evidence,), place, confidence)
            continue
        else:
            continue
        first = next(iter(simple_commands(command)), None)
        if first is not None and meaning(first.words).role == "migrate":
            yield Fact("database.migrate", command, (evidence,), place, confidence)


def health_path(text: str) -> str | None:
    """The path that a health check asks: `curl -f http://localhost:8000/health` -> /health."""
    if not _ASKS.search(text):
        return None
    for match in _HEALTH.finditer(text):
        if "://" in match[0] or match[1] or re.search(r":\d", match[0]):
            path = match[1] or "/"
            return path if "$" not in path and "{" not in path else None
    return None


def variables(
    rows: Iterable[tuple[str, str, Evidence]], place: Place, confidence: Confidence = "certain"
) -> Iterator[Fact]:
    """Time zone, locale, settings module and FLASK_APP among the variables of the process."""
    found = {name: (value, evidence) for name, value, evidence in rows if "$" not in value}
    zone = found.get("TZ")
    if zone and re.fullmatch(r":?[A-Za-z][\w+/-]*", zone[0]):
        yield Fact("production.timezone", zone[0].lstrip(":"), (zone[1],), place, confidence)
    for name in ("LC_ALL", "LANG"):
        if name in found and re.fullmatch(r"[A-Za-z][\w.@-]*", found[name][0]):
            value, evidence = found[name]
            yield Fact("production.locale", value, (evidence,), place, confidence)
            break
    module = found.get("DJANGO_SETTINGS_MODULE")
    if module and re.fullmatch(r"[A-Za-z_][\w.]*", module[0]):
        yield Fact("app.settings", module[0], (module[1],), place, confidence)
    flask = found.get("FLASK_APP")
    if flask and re.fullmatch(r"[A-Za-z_./][\w./:()]*", flask[0]):
        yield Fact("app.flask-app", flask[0], (flask[1],), place, confidence)
