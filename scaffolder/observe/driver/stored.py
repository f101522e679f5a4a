"""The section `stored` of a journey, from what changed in two performances."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from scaffolder.observe.driver.tables import Changes, Row, Schema, changed_columns
from scaffolder.observe.driver.values import PRESENT, UNKNOWN, Pair, Values
from scaffolder.observe.driver.world import Fingerprint
from support.journeys.compare import same
from support.journeys.placeholders import fill

MOST_TABLES = 5
MOST_ROWS = 3  # of one table that are told apart
KEPT = 6  # unchanged columns that an update names
LOOSE = ("present", "differs", "recent")
Rows = Sequence[tuple[Row, Row]]  # the same row in the first and in the second performance
Where = dict[str, Any]


def is_matcher(value: Any) -> bool:
    """Whether it is no exact value: what is unchanged may match it, too."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in LOOSE


def _rows(change: Changes, keys: list[str]) -> list[Row]:
    """What was written: of updated rows, the changed columns and those that identify it."""
    updated = [
        {name: new[name] for name in new if name in changed_columns(old, new) or name in keys}
        for old, new in change.updated
    ]
    return [*change.inserted, *updated, *change.deleted]


class Storing:
    """Builds the section for one operation. `initial`: the rows before anybody did anything."""

    def __init__(self, values: Values, schema: Schema, initial: Fingerprint) -> None:
        self.values = values
        self.schema = schema
        self.initial = initial

    def section(self) -> list[dict[str, Any]]:
        """The main table first; [] when no changed row can be told from the others."""
        firsts, seconds = self.values.first.changes, self.values.second.changes
        pairs = [(one, two) for one, two in zip(firsts, seconds, strict=True)]
        pairs.sort(key=lambda pair: -self._weight(*pair))
        found: list[dict[str, Any]] = []
        for number, (one, two) in enumerate(pairs[:MOST_TABLES]):
            entries = self.of_table(one, two)
            if not entries and number == 0:
                return []  # what is said of the others would hide that the action itself is not
            found += entries
        return found

    def _weight(self, one: Changes, two: Changes) -> int:
        """How likely a table is the one that the action is about."""
        texts = [sent for sent in self.values.sent if isinstance(sent, str) and len(sent) > 2]
        captured = list(self.values.captured.values())
        answered = [pair for _, pair in self.values.answered]
        keys = self.schema.primary.get(one.table, [])
        weight = 0
        for first, second in list(zip(_rows(one, keys), _rows(two, keys), strict=True))[:MOST_ROWS]:
            weight += 4 * sum(any(same(text, value) for text in texts) for value in first.values())
            if len(keys) == 1:
                key = (first[keys[0]], second[keys[0]])
                weight += 3 * any(same(a, key[0]) and same(b, key[1]) for a, b in captured)
                weight += 2 * any(same(a, key[0]) and same(b, key[1]) for a, b in answered)
        return weight

    def of_table(self, one: Changes, two: Changes) -> list[dict[str, Any]]:
        """All that happened to a table, or nothing: half of it would not add up."""
        entries: list[dict[str, Any]] = []
        inserted = self._paired(one.table, one.inserted, two.inserted)
        deleted = self._paired(one.table, one.deleted, two.deleted)
        updated = self._paired(
            one.table, [new for _, new in one.updated], [new for _, new in two.updated]
        )
        for rows, build in (
            (inserted, self._inserted),
            (updated, self._updated(one)),
            (deleted, self._deleted),
        ):
            if rows:
                made = build(one.table, rows)
                if not made:
                    return []
                entries += made
        return entries

    def _paired(self, table: str, firsts: list[Row], seconds: list[Row]) -> Rows:
        """The rows of both performances, in an order that does not depend on ids and moments."""
        types = self.schema.types.get(table, {})
        plain = [
            name
            for name, kind in types.items()
            if not self.schema.is_key(table, name) and not kind.startswith(("time", "uuid"))
        ]

        def order(row: Row) -> str:
            return repr([str(row.get(name)) for name in plain])

        ordered = sorted(firsts, key=order), sorted(seconds, key=order)
        return list(zip(*ordered, strict=True))

    def _inserted(self, table: str, rows: Rows) -> list[dict[str, Any]]:
        entries = []
        if len(rows) <= MOST_ROWS:
            for pair in rows:
                where = self._where(table, [pair], early=False)
                if where is None:
                    break
                entries.append(self._entry(table, where, [pair]))
            else:
                return entries
        where = self._where(table, rows, early=False)
        return [] if where is None else [self._entry(table, where, rows)]

    def _updated(self, change: Changes) -> Callable[[str, Rows], list[dict[str, Any]]]:
        columns = {name for pair in change.updated for name in changed_columns(*pair)}

        def build(table: str, rows: Rows) -> list[dict[str, Any]]:
            entries = []
            for pair in rows[:MOST_ROWS]:
                where = self._where(table, [pair], early=True, without=columns)
                if where is None:
                    return []
                entry = self._entry(table, where, [pair])
                exact = [
                    name
                    for name, value in entry["values"].items()
                    if name not in columns and not is_matcher(value)
                ]
                # What the setup gave a value, and the change does not speak of, must stay.
                kept = sorted(exact, key=lambda name: name not in self.values.given)[:KEPT]
                entry["values"] = {
                    name: value
                    for name, value in entry["values"].items()
                    if name in columns or name in kept
                }
                entries.append(entry)
            return entries if len(rows) <= MOST_ROWS else []

        return build

    def _deleted(self, table: str, rows: Rows) -> list[dict[str, Any]]:
        where = self._where(table, rows, early=True, before=True)
        return [] if not where else [{"table": table, "where": where, "rows": 0}]

    def _entry(self, table: str, where: Where, rows: Rows) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column in rows[0][0]:
            if column in where:
                continue
            expected = [self._expected(table, column, pair) for pair in rows]
            if column in self.schema.primary.get(table, []) and expected[0] == PRESENT:
                continue  # a primary key always is
            if expected[0] is not UNKNOWN and all(one == expected[0] for one in expected):
                values[column] = expected[0]
        return {"table": table, "where": where, "values": values, "rows": len(rows)}

    def _expected(self, table: str, column: str, rows: tuple[Row, Row]) -> Any:
        key = self.schema.is_key(table, column)
        pair = (rows[0][column], rows[1][column])
        found = self.values.expected(pair, column, key=key)
        if found == PRESENT and key and self._is_initial(table, column, pair):
            return pair[0]
        return found

    def _is_initial(self, table: str, column: str, pair: Pair) -> bool:
        """Whether a key is that of a row which was there from the beginning."""
        if type(pair[0]) is not int or pair[0] != pair[1]:
            return False
        other, target = self.schema.foreign.get(table, {}).get(column, (table, column))
        return any(row.get(target) == pair[0] for row in self.initial.get(other, {}).values())

    def _where(
        self,
        table: str,
        rows: Rows,
        *,
        early: bool,
        without: set[str] | frozenset[str] = frozenset(),
        before: bool = False,
    ) -> Where | None:
        """Columns that select exactly these rows in both performances, as few as possible."""
        tests = self._tests(table, rows, early, without)
        for name in self._order(table, tests):
            if self._selects(table, {name: tests[name]}, rows, before):
                return {name: tests[name]}
        where: Where = {}
        for name in self._order(table, tests):
            where[name] = tests[name]
            if self._selects(table, where, rows, before):
                return where
        return self._counted(table, rows, before)

    def _counted(self, table: str, rows: Rows, before: bool) -> Where | None:
        """By numbers that the database counts: they are the same after each reset."""
        keys = [name for name in rows[0][0] if self.schema.is_key(table, name)]
        numbers = {name: rows[0][0][name] for name in keys if type(rows[0][0][name]) is int}
        primary = {k: v for k, v in numbers.items() if k in self.schema.primary.get(table, [])}
        for where in (primary, numbers):
            if where and self._selects(table, where, rows, before, both=False):
                return where
        # Of an empty table all rows are those that were made.
        return {} if not before and self._selects(table, {}, rows, before) else None

    def _tests(
        self, table: str, rows: Rows, early: bool, without: set[str] | frozenset[str]
    ) -> Where:
        """Column -> what all the rows have there: a placeholder, or a literal that lasts."""
        tests: Where = {}
        for column in rows[0][0]:
            if column in without:
                continue
            found = [self._test(table, column, pair, early) for pair in rows]
            if found[0] is not UNKNOWN and all(one == found[0] for one in found):
                tests[column] = found[0]
        return tests

    def _test(self, table: str, column: str, rows: tuple[Row, Row], early: bool) -> Any:
        pair = (rows[0][column], rows[1][column])
        key = self.schema.is_key(table, column)
        known = self.values.placeholder(pair, name=column, early=early)
        if known is None and key and not early:
            known = self.values.capture_key(pair, column)
        if known is not None:
            return known
        expected = self._expected(table, column, rows)
        plain = isinstance(expected, str | int) and not isinstance(expected, bool)
        if plain and not (early and isinstance(expected, str) and expected.startswith("{")):
            return expected
        return UNKNOWN

    def _order(self, table: str, tests: Where) -> list[str]:
        """Keys with a placeholder first, then unique columns, then texts, then the rest."""
        primary = self.schema.primary.get(table, [])
        unique = self.schema.unique.get(table, set())

        def rank(name: str) -> tuple[int, int]:
            held = isinstance(tests[name], str) and tests[name].startswith("{")
            if name in primary:
                return (0 if held else 2, 0)
            if name in unique:
                return (1, 0)
            return (
                3 if held else 4 if isinstance(tests[name], str) else 5,
                list(tests).index(name),
            )

        return sorted(tests, key=rank)

    def _selects(
        self, table: str, where: Where, rows: Rows, before: bool, *, both: bool = True
    ) -> bool:
        """Whether exactly these rows match, in both performances (or in the first)."""
        tries = (self.values.first, self.values.second)
        for number, tried in enumerate(tries if both else tries[:1]):
            wanted = fill(where, self._known(number))
            stored = (tried.before if before else tried.after).get(table, {}).values()
            matching = [row for row in stored if all(same(v, row[k]) for k, v in wanted.items())]
            if len(matching) != len(rows):
                return False
            if not all(pair[number] in matching for pair in rows):
                return False
        return True

    def _known(self, number: int) -> dict[str, Any]:
        answered = dict(self.values.answered)
        known = {name: pair[number] for name, pair in self.values.captured.items()}
        captured = self.values.capture.items()
        return known | {
            name: answered[path][number]
            for name, path in captured
            if isinstance(path, str) and path in answered
        }
