"""What tests put in the place of the application's own services, and of the clock."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from scaffolder.scan.python import Module, dotted, keyword, text_of

_STAND_INS = frozenset(
    ["fakeredis", "moto", "mongomock", "mongomock_motor", "birdisle", "mockredis", "fakesnow"]
)
_DATABASE = (
    r"db\.session|session\.(?:commit|execute|add|add_all|query|scalars?|flush|rollback|get|delete"
    r"|refresh)$|SessionLocal|async_session|(?:^|\.)get_(?:db|session|database|db_session)$"
    r"|sqlalchemy|psycopg|asyncpg|create_engine|(?:^|\.)engine(?:\.|$)|connections?\.cursor"
    r"|pymongo|\.objects(?:\.|$)|[Rr]epositor(?:y|ies)|(?:^|[._])repo(?:\.|$)|(?:^|[._])dao(?:[._]|$)"
    r"|(?:^|\.)crud(?:\.|_)"
)
_OTHERS = (
    r"(?:^|[._])redis(?:[._]|$)|Redis|(?:^|\.)cache(?:\.|$)|memcache|(?:^|[._])s3(?:[._]|$)"
    r"|boto3|(?:^|[._])storages?(?:\.|$)|[Mm]inio|(?:^|[._])bucket(?:[._]|$)"
    r"|\.(?:delay|apply_async|send_task|enqueue|kiq)$|(?:^|\.)celery(?:_app)?$|elasticsearch"
)
_OWN = re.compile(f"{_DATABASE}|{_OTHERS}")
_FOREIGN = re.compile(
    r"\b(?:requests|httpx|aiohttp|urllib|smtplib|stripe|twilio|sendgrid|pygit2|git|github)\b"
    r"|\bSite\.objects\b"  # the domain's name
)
_CLOCK = re.compile(
    r"(?:^|\.)(?:_?(?:get_)?(?:utc_?|current_)?now|utcnow|datetime|now|time\.time|time\.monotonic"
    r"|datetime\.(?:datetime|date)|date\.today|timezone\.now)$"
)
_NAMED = re.compile(
    r"^_?(?:mock|mocked|fake|dummy|stub)_?(?:async_)?(?:db|database|session|db_session|repo"
    r"|\w+_repo|repository|\w+_repository|redis|cache|storage|queue|conn|connection|cursor)$"
    r"|^(?:db|session|db_session|repo|repository|\w+_repository|cursor)_(?:mock|fake|stub)$"
)
_CLASS = re.compile(
    r"^_?(?:Fake|Mock|InMemory|Memory|Dummy|Stub)\w*(?:Database|Db|DB|Session|Repository|Repo|Redis"
    r"|Cache|Storage|Queue|Connection|Cursor|UnitOfWork|UoW|Dao|DAO|Broker)$"
)
_SPECS = re.compile(r"(?:Session|Repository|Repo|Redis|Storage|(?<!HTTP)Connection|Engine|Cursor)$")
_MOCKS = ("Mock", "MagicMock", "AsyncMock", "NonCallableMock", "create_autospec")
_EAGER = re.compile(r"always_eager$", re.IGNORECASE)
_MEMORY = re.compile(r"cache\.backends\.(?:locmem|dummy)\.|InMemoryStorage$|^memory://$")


def own_mocks(module: Module) -> Iterator[int]:
    """Lines that replace a dependency of the application's own."""
    for name, statement in module.imported:
        if name.partition(".")[0] in _STAND_INS:
            yield statement.lineno
    for target, line in patched(module):
        if _OWN.search(target) and not _FOREIGN.search(target) and not _CLOCK.search(target):
            yield line
    for node in module.all(ast.ClassDef):
        if _CLASS.match(node.name):
            yield node.lineno
    yield from _mock_objects(module)
    yield from _in_the_process(module)


def frozen(module: Module) -> Iterator[int]:
    """Lines that freeze or replace the clock."""
    for name, statement in module.imported:
        if name.partition(".")[0] in ("freezegun", "time_machine"):
            yield statement.lineno
    for target, line in patched(module):
        if _CLOCK.search(target):
            yield line
    for argument in module.all(ast.arg):
        if argument.arg in ("freezer", "time_machine", "frozen_time"):
            yield argument.lineno
    for node in module.all(ast.Attribute):
        if node.attr in ("freeze_time", "time_machine") and dotted(node).startswith("pytest.mark."):
            yield node.lineno


def patched(module: Module) -> Iterator[tuple[str, int]]:
    """Dotted targets of `patch("a.b")`, `patch.object(a, "b")`, `setattr(a, "b", c)`."""
    for name in ("patch", "object", "setattr", "spy", "multiple"):
        for call in module.called.get(name, ()):
            written = dotted(call.func)
            known = name in ("patch", "setattr") or ".patch" in f".{written}"
            if not known or (name == "setattr" and "." not in written) or not call.args:
                continue
            first = text_of(call.args[0])
            if first is not None:
                yield first, call.lineno
            elif len(call.args) > 1 and (second := text_of(call.args[1])) is not None:
                yield f"{module.qualified(call.args[0])}.{second}", call.lineno


def _mock_objects(module: Module) -> Iterator[int]:
    """`mock_session = AsyncMock()` and `MagicMock(spec=AsyncSession)`."""
    mocks = {id(call): call for name in _MOCKS for call in module.called.get(name, ())}
    if not mocks:
        return
    for call in mocks.values():
        given = keyword(call, "spec") or keyword(call, "spec_set")
        if given is None and dotted(call.func).endswith("create_autospec") and call.args:
            given = call.args[0]
        spec = "" if given is None else module.qualified(given)
        if _SPECS.search(spec) and not _FOREIGN.search(spec):
            yield call.lineno
    for node in module.all(ast.Assign):
        named = dotted(node.targets[0]).rpartition(".")[2]
        if id(node.value) in mocks and _NAMED.match(named):
            yield node.lineno


def _in_the_process(module: Module) -> Iterator[int]:
    """Tasks that run where they are called, caches and storages that live in memory."""
    for node in module.all(ast.Assign):
        target = node.targets[0]
        named = dotted(target).rpartition(".")[2]
        if isinstance(target, ast.Subscript):
            named = text_of(target.slice) or ""
        if _EAGER.search(named) and _is_true(node.value):
            yield node.lineno
    for word in module.all(ast.keyword):
        if word.arg and _EAGER.search(word.arg) and _is_true(word.value):
            yield word.value.lineno
    for pair in module.all(ast.Dict):
        for key, value in zip(pair.keys, pair.values, strict=True):
            name = text_of(key) or ""
            eager = _EAGER.search(name) and _is_true(value)
            if eager or (name == "BACKEND" and _MEMORY.search(text_of(value) or "")):
                yield value.lineno


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
