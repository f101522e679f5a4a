"""Edits of parity.yaml change what they mean to change, and nothing else."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
import yaml

from scaffolder.errors import BadInput
from scaffolder.spec.edit import Add, Change, EditError, Put, Remove, apply

TEXT = """\
# top comment
parity:   1
strict: no   # really
app: {name: "shop",
      packages: ['shop'],   start_differs: null }
failure_modes:

    # the worst one
    - id: lost          # id comment
      what: >-
        an order is
        not stored

      tier: "unit"      # tier comment
      # inner comment
      covered_by: x

    # the next one
    - {id: late, what: 'a  b',
       tier: nightly}   # behind

# about checks
checks:
- id: imports
  tier: smoke
  covers:
  - a
  - b
- {id: engine, tier: smoke, budget: 5s}
# the end
"""


def edit(text: str, *edits: Add | Change | Put | Remove) -> str:
    return apply(text.encode(), list(edits)).decode()


def changed(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")]


def test_a_changed_key_keeps_everything_around_it() -> None:
    after = edit(TEXT, Change("failure_modes", "lost", {"tier": "smoke"}))

    assert changed(TEXT, after) == [
        '-      tier: "unit"      # tier comment',
        '+      tier: "smoke"     # tier comment',
    ]


def test_a_new_key_goes_to_the_end_of_its_entry() -> None:
    after = edit(
        TEXT,
        Change("failure_modes", "lost", {"reason": "it is silent: # look"}),
        Change("checks", "engine", {"reason": "on", "covers": ["lost"]}),
    )

    assert changed(TEXT, after) == [
        '+      reason: "it is silent: # look"',
        "-- {id: engine, tier: smoke, budget: 5s}",
        '+- {id: engine, tier: smoke, budget: 5s, reason: "on", covers: [lost]}',
    ]


def test_an_entry_in_braces_over_two_lines() -> None:
    after = edit(TEXT, Change("failure_modes", "late", {"tier": "smoke"}))

    assert yaml.safe_load(after)["failure_modes"][1]["tier"] == "smoke"
    assert "# behind" in after and "'a  b'" in after
    assert TEXT.split("    - {id: late")[0] == after.split("    - {id: late")[0]


def test_an_entry_in_one_line_stays_in_one_line() -> None:
    after = edit(TEXT, Change("checks", "engine", {"reason": "very " * 60 + "long"}))

    assert len(after.splitlines()) == len(TEXT.splitlines())


def test_entries_are_added_and_removed() -> None:
    after = edit(
        TEXT,
        Remove("checks", "engine"),
        Add("checks", {"id": "migrations", "tier": "smoke", "budget": "15s", "covers": ["lost"]}),
        Add("accepted", {"check": "imports", "reason": "no"}),
    )

    assert changed(TEXT, after) == [
        "-- {id: engine, tier: smoke, budget: 5s}",
        "+- {id: migrations, tier: smoke, budget: 15s, covers: [lost]}",
        "+",
        "+accepted:",
        '+  - {check: imports, reason: "no"}',
    ]


def test_the_last_entry_of_a_section_leaves_brackets_and_comes_back() -> None:
    empty = edit(TEXT, Remove("checks", "imports"), Remove("checks", "engine"))
    again = edit(empty, Add("checks", {"id": "imports"}))

    assert "\nchecks: []\n# the end\n" in empty
    assert "\nchecks:\n  - {id: imports}\n# the end\n" in again


def test_a_section_in_brackets() -> None:
    text = "checks: [{id: a, tier: unit}, {id: b}]  # all\n"

    after = edit(text, Remove("checks", "a"), Change("checks", "b", {"tier": "unit"}))
    assert after == "checks: [{id: b, tier: unit}]  # all\n"
    assert edit(after, Add("checks", {"id": "c"})) == (
        "checks: [{id: b, tier: unit}, {id: c}]  # all\n"
    )


def test_a_long_entry_gets_a_line_for_each_key() -> None:
    after = edit("a: 1\n", Add("checks", {"id": "a", "reason": "very " * 30, "covers": ["b"]}))

    assert "checks:\n  - id: a\n    reason:" in after
    assert max(len(line) for line in after.splitlines()) <= 140


def test_windows_line_ends_and_byte_order_mark_stay() -> None:
    raw = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()

    after = apply(raw, [Change("checks", "imports", {"tier": "nightly"})])

    assert after == raw.replace(
        b"- id: imports\r\n  tier: smoke", b"- id: imports\r\n  tier: nightly"
    )


def test_no_edit_is_no_change() -> None:
    for text in (TEXT, TEXT.rstrip("\n"), TEXT.replace("\n", "\r\n", 3)):
        assert edit(text) == text


def test_a_file_without_a_last_line_end() -> None:
    after = edit("checks:\n  - id: a", Change("checks", "a", {"tier": "unit"}))

    assert after == "checks:\n  - id: a\n    tier: unit\n"


@pytest.mark.parametrize(
    "value", ["yes", "12:30", "1_000", "2027-01-01", "~", "x: y", "#", "'", "é", ""]
)
def test_text_stays_text_for_the_parser_of_copier(value: str) -> None:
    after = edit(TEXT, Change("checks", "engine", {"reason": value}))

    assert yaml.safe_load(after)["checks"][1]["reason"] == value


def test_an_alias_that_would_be_harmed_is_refused() -> None:
    text = "x: &tier smoke\nchecks:\n  - {id: a, tier: *tier}\n"

    with pytest.raises(BadInput, match="by hand"):
        edit(text, Change("checks", "a", {"budget": "5s"}))


def test_a_spec_in_one_line_is_refused() -> None:
    with pytest.raises(EditError, match="write it in lines"):
        edit("{checks: [{id: a}]}\n", Change("checks", "a", {"tier": "unit"}))


@pytest.mark.parametrize(
    "path",
    sorted((Path(__file__).parents[1] / "examples").glob("*/parity.yaml")),
    ids=lambda p: p.parent.name,
)
def test_examples_change_in_the_edited_line_only(path: Path) -> None:
    before = path.read_text(encoding="utf-8")
    name = yaml.safe_load(before)["failure_modes"][0]["id"]

    after = edit(before, Change("failure_modes", name, {"reason": "edited"}))

    assert len([line for line in changed(before, after) if line[0] == "+"]) == 1


JOURNEYS = """\
journeys:
  - id: place-order
    act: {post: /orders}
    stored:
      # the order itself
      - {table: orders, where: {id: "{id}"}, rows: 1}   # only one
      - table: stock
        values:
          left: 3      # of four
    visible: {get: /orders}

  - {id: cancel, act: {delete: /orders/1}}
"""


def test_a_place_deep_in_an_entry_is_set_and_its_comments_stay() -> None:
    after = edit(
        JOURNEYS,
        Put("journeys", "place-order", ("stored", 1, "values", "sold"), 1),
        Put("journeys", "place-order", ("stored", 0, "values", "made"), {"recent": "10s"}),
    )

    assert changed(JOURNEYS, after) == [
        '-      - {table: orders, where: {id: "{id}"}, rows: 1}   # only one',
        '+      - {table: orders, where: {id: "{id}"}, rows: 1, values: {made: {recent: 10s}}} '
        "# only one",
        "+          sold: 1",
    ]


def test_an_item_is_appended_to_a_list_that_may_be_missing() -> None:
    entry = {"table": "log", "where": {"who": "{id}", "on": "no"}, "values": {"note": None}}
    after = edit(
        JOURNEYS,
        Put("journeys", "place-order", ("stored", 2), entry),
        Put("journeys", "cancel", ("stored", 0), {"table": "orders", "rows": 0}),
    )

    assert changed(JOURNEYS, after)[0] == (
        '+      - {table: log, where: {who: "{id}", "on": "no"}, values: {note: null}}'
    )
    assert yaml.safe_load(after)["journeys"][1]["stored"] == [{"table": "orders", "rows": 0}]
    assert after.count("#") == JOURNEYS.count("#")


def test_a_place_that_cant_be_is_refused() -> None:
    with pytest.raises(BadInput, match=r"there is no stored\.7\.values in this entry"):
        edit(JOURNEYS, Put("journeys", "place-order", ("stored", 7, "values"), {}))
