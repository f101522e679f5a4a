"""What is written through the application comes back equal: in the row, and in the answer.

Faults that turn it red: emoji stripped; numeric rounded; an instant cut or shifted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support import settings
from support.journeys.boundary_values import accepted_values
from support.journeys.client import at_path
from support.journeys.compare import plain, same_kind
from support.journeys.journey import Field, Journey, over_http, with_value
from support.journeys.outcome import Outcome
from support.run.cases import Cases

FIELDS = [
    pytest.param(journey, field, id=f"{journey.id}-{field}")
    for journey in over_http(settings)
    for field in journey.fields
]


@pytest.mark.parametrize(("journey", "field"), FIELDS)
def test_a_field_comes_back_equal(
    journey: Journey,
    field: str,
    perform: Callable[[Journey], Outcome],
    cases: Cases,
) -> None:
    about = journey.field(field)
    place = f"{journey.id}: {journey.tables[0]}.{about.column}"
    problems: dict[str, str] = {}
    taken = 0
    for value in accepted_values(about):
        case = f"{journey.id}.{field}={value!r}"
        outcome = perform(with_value(journey, field, value))
        if outcome.problem is not None:
            answer = outcome.answer
            if answer is None or answer.status_code >= 500:
                problems[case] = f"{place}: {value!r} in {field}: {outcome.problem}"
            else:
                cases.not_covered(case, f"refused with {answer.status_code}")
            continue
        taken += 1
        stored = outcome.changed(about.column)
        if not any(same_kind(about.kind, value, one) for one in stored):
            problems[case] = f"{place} is {plain(stored)} after {value!r} in {field}"
        elif about.shown:
            problem = shown_differently(outcome, about, value)
            if problem:
                problems[case] = f"{place}: {about.shown} {problem}"
    cases(problems)
    assert taken, f"serialization: {journey.id}: every value of {field} was refused"


def shown_differently(outcome: Outcome, field: Field, value: Any) -> str | None:
    """Why the first visible answer does not show the value, or None."""
    assert field.shown is not None
    response = outcome.look(0)
    try:
        actual = at_path(response.json(), field.shown)
    except (KeyError, ValueError):
        return "is not in the answer"
    if same_kind(field.kind, value, actual):
        return None
    return f"is {actual!r} in the answer, expected {value!r}"
