"""What the output of the application's commands says of a failure."""

from __future__ import annotations

import pytest

from support.app.commands import failed_tests

PYTEST = """\
ERROR    app:main.py:3 could not send a mail
=========================== short test summary info ============================
FAILED tests/test_items.py::test_update[a b] - AssertionError: ass...
ERROR tests/test_users.py::test_read - sqlalchemy.exc.ProgrammingError
1 failed, 48 passed, 1 error in 15.20s
"""
UNITTEST = """\
======================================================================
FAIL: test_update (clinic.tests.Bookings.test_update)
----------------------------------------------------------------------
FAILED (failures=1)
"""


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (
            PYTEST,
            ": FAILED tests/test_items.py::test_update[a b] - AssertionError: ass... and 1 more",
        ),
        (UNITTEST, ": FAIL: test_update (clinic.tests.Bookings.test_update)"),
        ("make: *** [test] Error 2\n", ""),
    ],
)
def test_first_failed_test_is_named(output: str, expected: str) -> None:
    assert failed_tests(output) == expected
