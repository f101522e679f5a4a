"""Hostile values sent to a write endpoint are refused, or stored as sent; never a 5xx.

Faults that turn it red: a column narrowed; a value cut or altered on its way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from support import settings
from support.boundary_values import HOSTILE
from support.client import show
from support.compare import same_kind
from support.journeys import Journey, over_http, with_value
from support.outcome import Outcome

CASES = [
    pytest.param(journey, field, value, id=f"{journey.id}-{field}-{name}")
    for journey in over_http(settings)
    for field in journey.fields
    for name, value in HOSTILE[journey.field(field).kind].items()
]


@pytest.mark.parametrize(("journey", "field", "value"), CASES)
def test_a_hostile_value_is_refused_or_stored(
    journey: Journey,
    field: str,
    value: Any,
    perform: Callable[[Journey], Outcome],
) -> None:
    kind, column = journey.field(field).kind, journey.field(field).column
    name = f"boundaries: {journey.id}: {journey.tables[0]}.{column}"

    outcome = perform(with_value(journey, field, value))

    answer = outcome.answer
    assert answer is not None
    sent = repr(value)[:60]
    assert answer.status_code < 500, (
        f"{name}: {sent} in {field} answers {answer.status_code}\n{show(answer)}"
    )
    if outcome.problem is not None:
        return
    stored = outcome.changed(column)
    assert any(same_kind(kind, value, one) for one in stored), (
        f"{name}: {sent} in {field} was accepted, and stored as {str(stored)[:200]}"
    )
