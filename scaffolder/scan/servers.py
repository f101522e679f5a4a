"""What a web server's command points at, and what uWSGI's and gunicorn's configuration adds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from scaffolder.scan.commands import option
from scaffolder.scan.facts import Evidence
from scaffolder.scan.paths import folder_of, inside, is_file
from scaffolder.scan.shell_words import expand
from scaffolder.scan.startup import Ran
from scaffolder.scan.tree import Tree
from scaffolder.scan.wrappers import base

_TARGET = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_][\w.]*(\(.*\))?")
_FASTAPI = ("main.py", "app.py", "api.py", "app/main.py", "app/app.py", "app/api.py")


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server's command is looked at: the files that it can mean, its variables."""

    tree: Tree
    locate: Callable[[str], str | None]
    directory: str
    variables: Mapping[str, str]


def target(server: Server, ran: Ran) -> tuple[str, Evidence] | None:
    """`module:object` as the server resolves it, and where it stands."""
    core = ran.meaning.core
    name = base(core[0]) if core else ""
    variables = {**server.variables, **dict(ran.assigned)}
    written = expand(ran.meaning.target, variables)
    if name in ("uwsgi", "pyuwsgi"):
        return _uwsgi_target(server, ran, written)
    if name == "gunicorn" and not written:
        return _gunicorn_target(server, ran)
    if name == "fastapi":
        written = _fastapi(server, core, written)
    elif name in ("flask", "quart", "litestar"):
        written = _flask(server, written or variables.get(f"{name.upper()}_APP", ""))
    found = resolved(written)
    return (found, ran.evidence) if found else None


def resolved(written: str) -> str | None:
    """`hc.wsgi` -> `hc.wsgi:application`; None for what is no module and object."""
    text = written if ":" in written else f"{written}:application"
    return text if _TARGET.fullmatch(text) else None


def _fastapi(server: Server, core: tuple[str, ...], written: str) -> str:
    names = [written] if written else list(_FASTAPI)
    path = next((found for name in names if (found := _find(server, name))), None)
    if path is None:
        return ""
    module = module_of(server.tree, path)
    text = server.tree.text(path) or ""
    known = [each for each in ("app", "api") if re.search(rf"(?m)^{each}\b[^=\n]*=", text)]
    named = option(core, "--app")
    return f"{module}:{named or known[0]}" if named or known else ""


def _flask(server: Server, written: str) -> str:
    if ":" in written or not written:
        return written
    path = _find(server, written if written.endswith(".py") else written.replace(".", "/") + ".py")
    path = path or _find(server, written.replace(".", "/") + "/__init__.py")
    text = (server.tree.text(path) or "") if path else ""
    module = written.removesuffix(".py").replace("/", ".")
    for name in ("app", "application"):
        if re.search(rf"(?m)^{name}\b[^=\n]*=|^from .* import .*\b{name}\b", text):
            return f"{module}:{name}"
    made = re.search(r"(?m)^def (create_app|make_app)\b", text)
    return f"{module}:{made[1]}" if made else ""


def _find(server: Server, path: str) -> str | None:
    own = inside(server.directory, path)
    return own if own and is_file(server.tree, own) else server.locate(path)


def module_of(tree: Tree, path: str) -> str:
    """`backend/app/main.py` -> app.main: from the topmost folder with an `__init__.py`."""
    parts = [path.rpartition("/")[2].removesuffix(".py")]
    folder = folder_of(path)
    while folder != "." and is_file(tree, f"{folder}/__init__.py"):
        parts.insert(0, folder.rpartition("/")[2])
        folder = folder_of(folder)
    return ".".join(part for part in parts if part != "__init__")


def _gunicorn_target(server: Server, ran: Ran) -> tuple[str, Evidence] | None:
    named = option(ran.meaning.core, "-c", "--config") or "gunicorn.conf.py"
    path = _find(server, named.removeprefix("file:"))
    for number, line in enumerate(server.tree.lines(path) if path else [], 1):
        match = re.match(r"wsgi_app\s*=\s*['\"]([^'\"]+)['\"]", line)
        found = resolved(match[1]) if match else None
        if path and found:
            return found, Evidence(path, number)
    return None


def uwsgi_options(server: Server, ran: Ran) -> Iterator[tuple[str, str, Evidence]]:
    """Keys and values of the ini file that a uWSGI command names."""
    core = ran.meaning.core
    named = option(core, "--ini", "-i") or next((w for w in core if w.endswith(".ini")), "")
    path = _find(server, named) if named else None
    for number, line in enumerate(server.tree.lines(path) if path else [], 1):
        match = re.match(r"\s*([\w-]+)\s*=\s*(\S.*?)\s*$", line)
        if path and match and not line.lstrip().startswith((";", "#")):
            yield match[1].replace("_", "-"), match[2], Evidence(path, number)


def _uwsgi_target(server: Server, ran: Ran, written: str) -> tuple[str, Evidence] | None:
    if written:
        found = resolved(written)
        return (found, ran.evidence) if found else None
    core = ran.meaning.core
    rows = [(k, v, e) for k, v, e in uwsgi_options(server, ran)]
    rows += [(key, option(core, f"--{key}"), ran.evidence) for key in ("wsgi-file", "callable")]
    options = {key: (value, evidence) for key, value, evidence in rows if value}
    for key in ("module", "wsgi"):
        if key in options and (found := resolved(options[key][0])):
            return found, options[key][1]
    if "wsgi-file" in options:
        path, evidence = options["wsgi-file"]
        name = options.get("callable", ("application", evidence))[0]
        found = resolved(f"{path.removesuffix('.py').replace('/', '.')}:{name}")
        return (found, evidence) if found else None
    return None
