"""A performed journey: what was counted before, and what is stored and visible now."""

from __future__ import annotations

import datetime as dt
import html
from collections import Counter
from typing import Any

import httpx

from support.database.cluster import Database, NoSuchColumn, NoSuchTable
from support.journeys.changes import changed_values, check_columns, marks, readable
from support.journeys.client import Client, Unexpected, at_path, method_and_path, show
from support.journeys.compare import difference
from support.journeys.journey import Journey, RunsCommands, act
from support.journeys.placeholders import PLACEHOLDER, fill, fill_all

ANSWER = ("json", "text", "absent")  # of a visible outcome: what is expected, not what is sent


class Outcome:
    """One performed journey: what was counted before, and what is there now."""

    def __init__(
        self, journey: Journey, client: Client, database: Database, run: RunsCommands
    ) -> None:
        self.journey = journey
        self.client = client
        self.database = database
        self.before = {table: self._count(table) for table in journey.tables}
        self.marks = {table: marks(database, table) for table in self._tables()}
        begin = dt.datetime.now(dt.timezone.utc)
        self.problem: Unexpected | None = None
        try:
            act(journey, client, run)
        except Unexpected as unexpected:
            self.problem = unexpected
        self.answer = client.last
        self.window = (begin, dt.datetime.now(dt.timezone.utc))

    def check_accepted(self) -> None:
        """The action reported success."""
        if self.problem:
            raise self.problem

    def check_stored(self, number: int) -> None:
        """The rows are there, with every named column, and no others came or went."""
        self.check_accepted()
        name = f"{self.journey.name}.stored[{number}]"
        expected = self.journey.stored[number]
        table = expected["table"]
        where = fill_all(expected.get("where") or {}, self.client.values, f"{name}.where")
        try:
            check_columns(self.database, table, [*where, *expected.get("values", {})])
        except (NoSuchTable, NoSuchColumn) as unknown:
            raise AssertionError(f"{name}: {unknown}") from None
        rows = self.database.rows(table, where)
        wanted = expected.get("rows", 1)
        if len(rows) != wanted:
            raise AssertionError(
                f"{name}: {table} has {len(rows)} rows where {readable(where)}, expected {wanted}"
                f"\n{self._answer()}"
            )
        for column, value in fill(expected.get("values", {}), self.client.values).items():
            for row in rows:
                problem = difference(value, row[column], self.window)
                if problem:
                    raise AssertionError(
                        f"{name}: {table}.{column} {problem}\n  row: {row}\n{self._answer()}"
                    )
        self._check_counts(name, table)

    def check_visible(self, number: int) -> None:
        """The outcome is shown to whoever asks next."""
        self.check_accepted()
        expected = self.journey.visible[number]
        name = f"{self.journey.name}.visible[{number}]"
        response = self.look(number)
        _, path = method_and_path(expected)
        wanted = fill(expected.get("json"), self.client.values)
        for key, value in items(wanted):
            try:
                actual = at_path(response.json(), key) if key else response.json()
            except (KeyError, ValueError):
                problem: str | None = "is not in the answer"
            else:
                problem = difference(value, actual, self.window)
            if problem:
                what = key or "the answer"
                raise AssertionError(f"{name}: {path}: {what} {problem}\n{show(response)}")
        shown = f"{response.text}\0{html.unescape(response.text)}"
        text = fill(expected.get("text"), self.client.values)
        if text is not None and str(text) not in shown:
            raise AssertionError(f"{name}: {path} does not show {text!r}\n{show(response)}")
        absent = fill(expected.get("absent"), self.client.values)
        if absent is not None and str(absent) in shown:
            raise AssertionError(f"{name}: {path} still shows {absent!r}\n{show(response)}")

    def look(self, number: int) -> httpx.Response:
        """The answer to a visible outcome's request. Raises Unexpected."""
        expected = self.journey.visible[number]
        request = {key: value for key, value in expected.items() if key not in ANSWER}
        return self.client.step(request, f"{self.journey.name}.visible[{number}]")

    def changed(self, column: str) -> list[Any]:
        """Values of the first stored table's column, in the rows that the action wrote."""
        table = self.journey.stored[0]["table"]
        return changed_values(self.database, table, column, self.marks[table])

    def _tables(self) -> list[str]:
        """The journey's first table, where the schema has it."""
        existing = self.database.tables()
        return [table for table in self.journey.tables[:1] if table in existing]

    def _where(self, number: int) -> dict[str, Any]:
        where = self.journey.stored[number].get("where") or {}
        return dict(fill(where, self.client.values))

    def _count(self, table: str) -> tuple[int, int] | None:
        """All rows of a table, and those that the journey speaks of; None: no such table."""
        spoken_of: Counter[str] = Counter()
        try:
            for number, stored in enumerate(self.journey.stored):
                where = self._where(number)
                if stored["table"] != table:
                    continue
                check_columns(self.database, table, where)
                # A value that only the answer will tell (an id) can match no row yet.
                if not any(isinstance(v, str) and PLACEHOLDER.search(v) for v in where.values()):
                    spoken_of |= Counter(map(repr, self.database.rows(table, where)))
            return self.database.count(table), spoken_of.total()
        except (NoSuchTable, NoSuchColumn):
            return None

    def _check_counts(self, name: str, table: str) -> None:
        """Whatever came or went is what the journey speaks of."""
        before, after = self.before[table], self._count(table)
        if before is None or after is None:
            return
        expected = before[0] + after[1] - before[1]
        if after[0] != expected:
            raise AssertionError(
                f"{name}: {table} went from {before[0]} to {after[0]} rows, expected {expected}"
                f"\n{self._answer()}"
            )

    def _answer(self) -> str:
        return show(self.answer) if self.answer is not None else ""


def items(expected: Any) -> list[tuple[str, Any]]:
    """Path and value of each expectation; a list is compared item by item, "" is all of it."""
    if expected is None:
        return []
    if isinstance(expected, dict):
        return list(expected.items())
    if isinstance(expected, list) and expected:
        return [(str(number), value) for number, value in enumerate(expected)]
    return [("", expected)]
