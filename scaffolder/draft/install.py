"""The part `app.install` of the draft: the lock, and what the image adds to it."""

from __future__ import annotations

import re

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scaffolder.draft.questions import Question
from scaffolder.draft.sections import Sections, evidence
from scaffolder.scan.build_config import build_config
from scaffolder.scan.facts import Fact
from scaffolder.scan.manifest import manifest
from scaffolder.scan.requirements import with_included
from scaffolder.scan.tree import relative

SETUPTOOLS = "setuptools<70"
FOREIGN_DRIVERS = frozenset(
    {"mysqlclient", "pymysql", "mysql-connector-python", "aiomysql", "asyncmy", "mariadb"}
    | {"cx-oracle", "oracledb", "pyodbc", "aioodbc", "pymssql", "mssql-django", "django-mssql"}
)
"""Drivers that a harness on PostgreSQL has no use for, and that mostly need headers to be built."""


def install(draft: Sections, directory: str, *, seeded: bool = True) -> None:
    facts = draft.facts
    lock = facts.one("install.lock")
    if lock is not None:
        draft.put(("app", "install", "lock"), relative(lock.value, directory), lock)
        clash = draft.contradicted("install.lock")
        if clash is not None:
            draft.ask(
                Question(
                    "app.install.lock",
                    "several files name what production installs; is this the one?",
                    ("imports",),
                    tuple(f"{f.value} ({evidence([f])})" for f in (clash.chosen, *clash.others)),
                    relative(lock.value, directory),
                )
            )
    for key, name in (("groups", "install.group"), ("extras", "install.extra")):
        found = facts.all(name)
        if found:
            draft.put(("app", "install", key), [fact.value for fact in found], found)
    member = facts.one("install.member")
    if member is not None:
        draft.put(("app", "install", "package"), member.value, member)
    _extra(draft, seeded and _seeded(draft))


def path_of_source(draft: Sections) -> str:
    """The folder of the packages that no installation puts on Python's path; "" where none is.

    Production starts in that folder, or names it in PYTHONPATH.
    """
    facts, tree = draft.facts, draft.scan.tree
    directory = facts.value("app.directory") or "."
    source, lock = facts.value("app.source") or directory, facts.value("install.lock") or ""
    if facts.one("production.path") is not None:
        return relative(source, directory)
    if source == directory:
        return ""
    own = manifest(tree, directory)
    if lock.endswith((".txt", ".in")):
        installed = any(each.project for each in with_included(tree, lock))
    else:
        installed = own.is_package
    built = build_config(tree, directory).root
    return "" if installed and built in (None, source) else relative(source, directory)


def _extra(draft: Sections, seeded: bool) -> None:
    """What the image has beside the lock."""
    place = ("app", "install", "extra")
    added = draft.facts.all("install.added")
    kept = [fact for fact in added if canonicalize_name(fact.value) not in FOREIGN_DRIVERS]
    extra = [_requirement(fact) for fact in kept]
    if seeded:
        extra.append(SETUPTOOLS)
    if not extra:
        return
    draft.put(place, extra, kept)
    for fact in added:
        if fact not in kept:
            draft.remark(place, f"left out: {fact.value}, a driver of another engine")
    for fact, requirement in zip(kept, extra, strict=False):
        if requirement != (fact.detail or fact.value):
            draft.remark(place, f"{fact.detail or fact.value} would have to be compiled")
    if SETUPTOOLS in extra:
        said = "environments and images of Python before 3.12 have setuptools"
        draft.remark(place, said)


def _requirement(fact: Fact) -> str:
    """As the image has it, with extras and version; psycopg with its library in the wheel."""
    try:
        found = Requirement(fact.detail or fact.value)
    except InvalidRequirement:
        return fact.value
    if found.url:
        return fact.value
    if canonicalize_name(found.name) == "psycopg" and "c" in found.extras:
        found.extras = (found.extras - {"c"}) | {"binary"}
    return str(found)


def _seeded(draft: Sections) -> bool:
    """Whether production has setuptools without naming it: `pkg_resources` can be imported then.

    venv and virtualenv put it into environments of Python before 3.12, the official images too;
    uv does neither.
    """
    version = draft.facts.value("production.python") or ""
    minor = re.match(r"3\.(\d+)", version)
    tool = draft.facts.value("install.tool")
    old = minor is not None and int(minor.group(1)) < 12
    return old and tool in ("pip", "poetry", "pipenv")
