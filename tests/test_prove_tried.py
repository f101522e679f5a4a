"""What an application must do when one of its statements fails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scaffolder.prove.driver.tried import Tried, wrong


@pytest.mark.parametrize(
    ("tried", "complaint"),
    [
        (Tried(True, (), True, False), None),
        (Tried(False, ("orders",), True, False), "statement 2 failed, and a success was reported"),
        (
            Tried(True, ("orders", "stock"), True, False),
            "statement 2 failed and was reported, and rows of orders, stock stayed altered",
        ),
        (
            Tried(True, (), False, False),
            "statement 2 failed, and the application does not recover without a restart",
        ),
    ],
)
def test_it_reports_writes_nothing_and_recovers(tried: Tried, complaint: str | None) -> None:
    assert wrong(replace(tried, what="statement 2 failed")) == complaint
