"""What a database without a revision lacks."""

from __future__ import annotations

from scaffolder.prove.driver.lacking import Content, lack

TABLE = ("orders", "relation", "r")
INDEX = ("orders", "index", "CREATE INDEX by_day ON public.orders USING btree (day)")
COLUMN = ("orders", "column", "note text")


def content(*parts: tuple[str, str, str], **rows: int) -> Content:
    return Content(frozenset(parts), rows)


def test_nothing_differs() -> None:
    assert lack(content(TABLE, orders=1), content(TABLE, orders=1)).is_nothing


def test_an_index_makes_things_faster_and_nothing_else() -> None:
    less = lack(content(TABLE, INDEX), content(TABLE))

    assert less.is_nothing and less.only_indexes
    assert less.text == "index CREATE INDEX by_day"


def test_a_column_is_something() -> None:
    less = lack(content(TABLE, INDEX, COLUMN), content(TABLE))

    assert not less.is_nothing and less.tables == ("orders",)


def test_a_row_that_a_revision_brought_is_something() -> None:
    less = lack(content(TABLE, orders=2, stock=1), content(TABLE, orders=1, stock=1))

    assert not less.is_nothing
    assert (less.tables, less.text) == (("orders",), "rows of orders")
