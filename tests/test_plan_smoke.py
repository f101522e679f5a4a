"""The smoke suite: the most valuable first, within the budget, nothing dropped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scaffolder.plan.smoke import Candidate, select


def test_value_comes_before_order() -> None:
    candidates = [Candidate("a", 1, 10), Candidate("b", 9, 10), Candidate("c", 5, 10)]

    assert select(candidates, 20) == {"b", "c"}


def test_a_foundation_comes_first() -> None:
    candidates = [Candidate("a", 99, 10), Candidate("engine", 0, 10, foundation=True)]

    assert select(candidates, 10) == {"engine"}


def test_the_quicker_of_two_equals_wins_and_gaps_are_filled() -> None:
    candidates = [Candidate("slow", 5, 30), Candidate("quick", 5, 10), Candidate("tiny", 1, 5)]

    assert select(candidates, 20) == {"quick", "tiny"}


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 60)), max_size=20), st.integers(-50, 300)
)
def test_the_budget_always_holds_and_nothing_that_fits_is_left_out(
    rows: list[tuple[int, int]], room: int
) -> None:
    candidates = [Candidate(str(i), value, budget) for i, (value, budget) in enumerate(rows)]

    taken = select(candidates, room)

    left = room - sum(c.budget for c in candidates if c.id in taken)
    assert left >= min(room, 0)
    assert all(c.budget > left for c in candidates if c.id not in taken)
