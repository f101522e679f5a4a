"""What a database without a revision lacks."""

from __future__ import annotations

from scaffolder.prove.driver.lacking import Content, lack, restless

TABLE = ("orders", "relation", "r")
INDEX = ("orders", "index", "CREATE INDEX by_day ON public.orders USING btree (day)")
COLUMN = ("orders", "column", "note text")


def content(*parts: tuple[str, str, str], **rows: int) -> Content:
    """Tables with one row of one value."""
    return Content(frozenset(parts), {table: {1: {"n": n}} for table, n in rows.items()})


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


def two_runs(**values: object) -> Content:
    """A user and a setting that the migrations store."""
    user = {"name": "admin", "password": values["password"]}
    return Content(frozenset(), {"users": {1: user}, "tokens": {values["key"]: {"n": 1}}})


def test_what_differs_from_run_to_run_is_not_lacking() -> None:
    whole, less, again = (two_runs(password=n, key=f"k{n}") for n in range(3))

    assert lack(whole, less).tables == ("tokens", "users")
    assert restless(less, again) == {("users", "password"), ("tokens", "")}
    assert lack(whole, less, restless(less, again)).is_nothing


def test_what_stays_the_same_from_run_to_run_is_compared() -> None:
    whole, less, again = (two_runs(password=n, key="k") for n in range(3))
    whole.rows["users"][1]["name"] = "root"

    assert lack(whole, less, restless(less, again)).tables == ("users",)


def test_a_row_less_is_lacking_though_its_columns_are_restless() -> None:
    whole, less = (two_runs(password=n, key="k") for n in range(2))
    less.rows["users"].clear()

    assert lack(whole, less, frozenset({("users", "password"), ("users", "name")})).tables
