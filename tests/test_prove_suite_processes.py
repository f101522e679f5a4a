"""What the team's tests look up themselves is no question of the application."""

from __future__ import annotations

import pytest

from scaffolder.prove.driver.notes import Asked
from scaffolder.prove.driver.suite_processes import is_of_test


@pytest.mark.parametrize(
    ("kind", "where", "of_test"),
    [
        ("variable", "_pytest/monkeypatch.py:314", True),
        ("variable", "tests/conftest.py:9", True),
        ("copied", "shop/test_orders.py:3", True),
        ("text", "tests/data.py:4", True),
        ("text", "", True),  # the runner's own output
        ("variable", "", False),
        ("variable", "shop/config.py:24", False),
        ("text", "shop/contest.py:1", False),
        ("package", "tests/conftest.py:9", False),  # the application may need it as well
    ],
)
def test_whose_question_it_is(kind: str, where: str, of_test: bool) -> None:
    assert is_of_test(Asked(kind, "x", where, True, None, "")) == of_test
