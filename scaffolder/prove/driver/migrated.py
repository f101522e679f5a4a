"""Faults of the migrations: revisions are not there, and the application runs on what is built."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import pytest

from scaffolder.prove.driver.copied import Copied, evidence
from scaffolder.prove.driver.lacking import Content, Lack, content, lack, restless
from scaffolder.prove.driver.results import Result, result_of
from scaffolder.prove.driver.revisions import Revision, chains
from scaffolder.prove.driver.trace import Target
from scaffolder.prove.driver.tree import Tree
from scaffolder.prove.driver.verdict import Evidence
from support.app import migrate
from support.database.cluster import Database

STEPS = 3
"""Revisions that are dropped, one more each time, until the database differs."""
NO_REVISIONS = "there are no revisions of Alembic, Django or plain SQL that build on each other"
BOOKKEEPING = (
    "SELECT _parity.label(oid) FROM pg_class WHERE relkind = 'r' AND NOT _parity.ours(oid)"
)


class Migrated:
    """`revision`: the last one is dropped; `revision_within`: the one before it."""

    def __init__(self, copied: Copied) -> None:
        self.copied, self.shared, self.restarted = copied, copied.shared, copied.restarted
        self._whole: Content | None = None
        self._bookkeeping: frozenset[str] = frozenset()

    def prove(self, fault: Mapping[str, Any], _: Callable[[Target], bool]) -> Iterator[Result]:
        """For each line of migrations; the first worker does it, with a copy of its own."""
        if self.copied.part[0]:
            return iter(())
        within = fault["removes"] == "revision_within"
        return self.copied.prove(fault, self._revision_within if within else self._revision)

    def _revision(self, fault: Mapping[str, Any], tree: Tree) -> Iterator[Result]:
        """The last one; with those before it, until the database differs."""
        for line in self._chains(tree):
            for number in range(1, min(STEPS, len(line)) + 1):
                if self.copied.is_asked(Target(fault["id"], line[number - 1].name)):
                    result = self._dropped(fault, tree, line[:number])
                    yield result
                    if result.verdict != "no-effect":
                        break
        if not self._chains(tree):
            yield self.copied.unmet(fault, NO_REVISIONS)

    def _revision_within(self, fault: Mapping[str, Any], tree: Tree) -> Iterator[Result]:
        """The one before the last, which is there."""
        found = [line[1] for line in self._chains(tree) if len(line) > 1]
        for one in found:
            if self.copied.is_asked(Target(fault["id"], one.name)):
                yield self._dropped(fault, tree, [one])
        if not found:
            yield self.copied.unmet(fault, NO_REVISIONS)

    def _chains(self, tree: Tree) -> list[list[Revision]]:
        settings = self.shared.settings
        plain = migrate.sql_files(tree.directory, settings)
        return chains(tree.directory, plain, bool(settings.DATABASE["migrate"]))

    def _dropped(self, fault: Mapping[str, Any], tree: Tree, dropped: Sequence[Revision]) -> Result:
        """The migrations without the last revisions."""
        target = Target(fault["id"], dropped[-1].name)
        cluster, begin = self.shared.cluster, time.perf_counter()
        template = cluster.create(f"less{next(self.restarted.variants.numbers)}", self.shared.role)
        try:
            with tree.lacking(*(one.path for one in dropped)):
                migration = migrate.migrate(
                    tree.directory, tree.environment, self.shared.settings, template
                )
                less = self._lack(tree, template)
                if not migration.problem and less.is_nothing:
                    return result_of(target, fault, Evidence(reached=1), why=_same(less))
                if not migration.problem:
                    cluster.seal(template)
                items, meeting = self._meeting(less, bool(migration.problem))
                with tree.running(self.copied.runner, template=template, migration=migration):
                    done, late = self.copied.run(fault, items)
        finally:
            template.drop()
        seen = evidence(done, late=late, meeting=meeting)
        why = "" if seen.infected else f"no test uses what is missing: {less.text}"
        seconds = time.perf_counter() - begin
        return self.copied.judged(target, fault, seen, tree, why=why, seconds=seconds)

    def _meeting(self, less: Lack, failed: bool) -> tuple[list[pytest.Item], set[str]]:
        """Checks that look at the schema, then tests that write a table which differs."""
        static = list(self.restarted.static)
        if failed:
            return static, set()
        writing = {
            test
            for table in less.tables
            for test in self.restarted.trace.tests(("INSERT", "UPDATE", "DELETE"), table)
        }
        return static + [item for item in self.copied.items if item.nodeid in writing], writing

    def _lack(self, tree: Tree, template: Database) -> Lack:
        """Without what differs from one run of the same migrations to the next."""
        whole, less = self._content(), content(template, self._bookkeeping)
        found = lack(whole, less)
        if found.parts or not found.tables:
            return found
        return lack(whole, less, restless(less, self._again(tree)))

    def _again(self, tree: Tree) -> Content:
        """What another run of the migrations builds."""
        cluster, number = self.shared.cluster, next(self.restarted.variants.numbers)
        database = cluster.create(f"again{number}", self.shared.role)
        try:
            migrate.migrate(tree.directory, tree.environment, self.shared.settings, database)
            return content(database, self._bookkeeping)
        finally:
            database.drop()

    def _content(self) -> Content:
        """What the migrations of the repository build, all of them."""
        if self._whole is None:
            copy = self.restarted.variants.any_copy()
            with closing(copy.connect()) as connection:
                names = connection.execute(BOOKKEEPING).fetchall()
            self._bookkeeping = frozenset(name for (name,) in names)
            self._whole = content(copy, self._bookkeeping)
            copy.drop()
        return self._whole


def _same(less: Lack) -> str:
    if less.only_indexes:
        return f"only indexes that are not unique are missing, which alters no result: {less.text}"
    return "the schema and its rows are the same without it"
