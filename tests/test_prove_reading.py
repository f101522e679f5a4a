"""What is told of readings: counted where a row of the table had moved in the same test."""

from __future__ import annotations

from scaffolder.prove.driver.log import Note
from scaffolder.prove.driver.plans import Read
from scaffolder.prove.driver.reading import UNMET, of_table, unmet
from scaffolder.prove.driver.runner import Ran
from scaffolder.prove.driver.verdict import Evidence

ORDER, STALE = {"id": "row-order"}, {"id": "stale-read"}


def ran(test: str, moved: str, *read: str) -> Ran:
    return Ran(test, noted=[Note("I", moved, "INSERT", "")], read=[Read(name, 2) for name in read])


def test_a_reading_counts_where_a_row_had_moved() -> None:
    done = [ran("a", "orders", "orders", "stock"), ran("b", "stock", "orders")]

    seen = of_table(ORDER, "orders", done)

    assert (seen.reached, seen.infected, seen.ran) == (2, 1, ["a"])


def test_a_hidden_row_counts_for_its_table() -> None:
    seen = of_table(STALE, "stock", [ran("a", "orders"), ran("b", "stock")])

    assert (seen.infected, seen.ran) == (1, ["b"])


def test_readings_of_tables_where_nothing_moved_are_told_with_their_number() -> None:
    assert unmet(ORDER, Evidence(reached=3))[1].startswith("3 such readings")
    assert unmet(ORDER, Evidence()) == (Evidence(), UNMET["row-order"])
