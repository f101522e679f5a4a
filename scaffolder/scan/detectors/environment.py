"""Environment variables that the application reads, `.env` files, and the zone of the settings."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator

from scaffolder.scan.database_settings import database_names
from scaffolder.scan.env_reads import Read
from scaffolder.scan.facts import Confidence, Evidence, Fact, Place
from scaffolder.scan.objects import assignments
from scaffolder.scan.python import Module, dotted, keyword, text_of
from scaffolder.scan.repository import Repository
from scaffolder.scan.tree import join
from scaffolder.scan.variables import Variables, variables

_NOT_OURS = re.compile(
    r"(?:FLASK_(?:APP|ENV|DEBUG|RUN_\w+)|DJANGO_SETTINGS_MODULE|PATH|PYTHON\w*|HOME|PWD|SHELL|LANG"
    r"|LC_\w+|PYTEST_\w+|WERKZEUG_\w+|RUN_MAIN|VIRTUAL_ENV|TERM|COLUMNS|XDG_\w+)\Z"
)
"""Of the interpreter, the shell, the frameworks and test runners."""
_SECRET = re.compile(r"(?i)secret|password|passwd|token|private|(?:^|_)key(?:$|_)|credential|salt")
_LOADS = re.compile(r"load_dotenv|read_env|find_dotenv")
_SETTINGS_FILE = re.compile(
    r"(?:^|/)(?:settings|config|configuration|conf|env|environment)(?:\.py|/)"
)


def detect(repository: Repository) -> Iterator[Fact]:
    """environment.*, settings.timezone."""
    known = variables(repository)
    skipped = database_names(repository)
    by_name: dict[str, list[Read]] = {}
    for read in known.reads:
        if read.name not in skipped and not _NOT_OURS.match(read.name):
            by_name.setdefault(read.name, []).append(read)
    for name, reads in by_name.items():
        yield _fact(known, name, reads)
    yield from _of_options(known, set(by_name) | skipped)
    yield from _undocumented(known, by_name)
    yield from _committed(repository, known)
    yield from _timezone(known)


def _fact(known: Variables, name: str, reads: list[Read]) -> Fact:
    required = any(read.required for read in reads)
    first = sorted(reads, key=lambda read: (not read.required, not read.has_default))
    evidence = tuple(dict.fromkeys(Evidence(read.module.path, read.line) for read in first))
    key = "environment.required" if required else "environment.optional"
    return Fact(key, name, evidence, place_of(first[0].module), detail=detail(known, name, first))


def detail(known: Variables, name: str, reads: list[Read]) -> str:
    """A JSON object: type, default and example, as far as they are known."""
    kind = next((read.kind for read in reads if read.kind != "str"), "str")
    if kind == "str" and _SECRET.search(name):
        kind = "secret"
    default = next((read.default for read in reads if read.default is not None), None)
    row = known.examples.first(name, "example", "compose", "env", "image", "dev", "ci")
    found = {"type": kind, "default": default, "example": row.value if row else None}
    return json.dumps({key: value for key, value in found.items() if value is not None})


def place_of(module: Module) -> Place:
    """Settings modules are `settings`, all others `code`."""
    return "settings" if _SETTINGS_FILE.search(module.path) else "code"


def _of_options(known: Variables, seen: set[str]) -> Iterator[Fact]:
    """Options of command lines that a variable can give: `click.option(envvar="X")`."""
    text = known.repository.tree.text
    for module in (each for each in known.modules if "envvar" in (text(each.path) or "")):
        for call in module.all(ast.Call):
            given = keyword(call, "envvar")
            if given is None:
                continue
            nodes = given.elts if isinstance(given, ast.List | ast.Tuple) else [given]
            for name in filter(None, map(text_of, nodes)):
                if name not in seen:
                    seen.add(name)
                    where = (Evidence(module.path, call.lineno),)
                    yield Fact("environment.optional", name, where, "code")


def _undocumented(known: Variables, by_name: dict[str, list[Read]]) -> Iterator[Fact]:
    """Required variables that no example file names."""
    files = known.examples.example_files
    for name, reads in by_name.items() if files else ():
        if any(read.required for read in reads) and not known.examples.named_in(name, "example"):
            where = [Evidence(read.module.path, read.line) for read in reads if read.required]
            evidence = tuple(dict.fromkeys([*where, Evidence(files[0])]))
            yield Fact("environment.undocumented", name, evidence, place_of(reads[0].module))


def _committed(repository: Repository, known: Variables) -> Iterator[Fact]:
    """`.env` files of the repository that the code loads by itself."""
    tree = repository.tree
    named = {text: Evidence(path, line) for text, path, line in known.models.env_files}
    for module in (each for each in known.modules if _LOADS.search(tree.text(each.path) or "")):
        for call in module.all(ast.Call):
            last = dotted(call.func).rpartition(".")[2]
            if last in ("load_dotenv", "read_env", "read_envfile", "find_dotenv"):
                text = next((t for node in ast.walk(call) if (t := text_of(node))), ".env")
                named.setdefault(text, Evidence(module.path, call.lineno))
    for text, where in named.items():
        folders = dict.fromkeys((repository.directory, repository.application.source, "."))
        for path in dict.fromkeys(join(folder, text) for folder in folders):
            if path in tree.files:
                yield Fact("environment.committed", path, (Evidence(path), where), "settings")
                break


def _timezone(known: Variables) -> Iterator[Fact]:
    """Django's TIME_ZONE, else that of Celery; a literal, or the default of a variable."""
    chain = known.django.chain if known.django else ()
    places = [*_named(chain, "TIME_ZONE"), *_named(chain or known.modules, "CELERY_TIMEZONE")]
    if not chain:
        places += _named(known.modules, ".conf.timezone")
    facts = (_zone(known, *place) for place in places)
    yield from list(filter(None, facts))[:1]


def _named(modules: Iterable[Module], name: str) -> Iterator[tuple[Module, ast.expr, ast.stmt]]:
    """Assignments to a name, or to an attribute that ends like it."""
    for module in modules:
        for target, value, node in assignments(module):
            text = dotted(target)
            if text == name or (name.startswith(".") and text.endswith(name)):
                yield module, value, node


def _zone(known: Variables, module: Module, value: ast.expr, node: ast.stmt) -> Fact | None:
    read = known.env.by_node.get(id(value))
    text = text_of(value) or (read.default if read else None)
    sure: Confidence = "certain" if read is None else "likely"
    where = (Evidence(module.path, node.lineno),)
    return Fact("settings.timezone", text, where, "settings", sure) if text else None
