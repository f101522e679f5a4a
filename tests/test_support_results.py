"""Which failures an entry of `accepted` speaks of."""

from __future__ import annotations

import pytest

from support.results import Acceptances

CASE = "test_a_value_is_stored[sign-up-name-nul]"


@pytest.mark.parametrize(
    ("entry", "accepts"),
    [
        (None, True),
        (CASE, True),
        ("test_a_value_is_stored[*-nul]", True),
        ("*[sign-up-*]", True),
        ("test_a_value_is_stored[sign-up-name-nulX]", False),
        ("test_a_value_is_stored[*-over-long]", False),
        ("test_a_value_is_stored?sign-up-name-nul]", False),
        ("test_a_value_is_stored", False),
    ],
)
def test_entry_names_a_case_or_a_pattern_of_cases(entry: str | None, accepts: bool) -> None:
    accepted = Acceptances([{"check": "boundaries", "case": entry, "reason": "known"}])

    assert (accepted.find("boundaries", CASE) == 0) is accepts
    assert accepted.find("serialization", CASE) is None
