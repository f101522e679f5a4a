"""What clients send, turned into Python values or refused with the name of the field."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

INTEGER_MAX = 2**31 - 1
STATUSES = ("open", "waiting", "closed")


class Invalid(Exception):
    """A field that cannot be accepted; answered with 422."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


Reader = Callable[[Any], Any]


def read(
    data: Any, readers: Mapping[str, Reader], required: Collection[str] = ()
) -> dict[str, Any]:
    """The known fields of `data`; Invalid names the first that cannot be taken."""
    if not isinstance(data, dict):
        raise Invalid("body", "must be an object")
    for field in data:
        if field not in readers:
            raise Invalid(_storable(field), "is not a field")
    for field in required:
        if field not in data:
            raise Invalid(field, "is missing")
    values = {}
    for field, value in data.items():
        try:
            values[field] = readers[field](value)
        except (ValueError, OverflowError, RecursionError) as error:
            raise Invalid(field, str(error)) from error
    return values


def text(limit: int, blank: bool = True) -> Reader:
    def reader(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("must be text")
        if len(value) > limit:
            raise ValueError(f"has more than {limit} characters")
        if not blank and not value.strip():
            raise ValueError("must not be blank")
        if not is_storable(value):
            raise ValueError("contains characters that cannot be stored")
        return value

    return reader


def email(value: Any) -> str:
    address = text(254, blank=False)(value).strip()
    name, _, domain = address.partition("@")
    if not name or "." not in domain or " " in address:
        raise ValueError("is not an e-mail address")
    return address


def integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number")
    if not -INTEGER_MAX <= value <= INTEGER_MAX:
        raise ValueError("is out of range")
    return value


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def hours(value: Any) -> Decimal:
    """Hours with at most two decimals, as a number or as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("must be a number")
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError("must be a number") from error
    if not number.is_finite() or not 0 <= number < 10**8:
        raise ValueError("is out of range")
    if number != number.quantize(Decimal("0.01")):
        raise ValueError("has more than two decimals")
    return number


def instant(value: Any) -> datetime:
    """A point in time. Without an offset it would mean something else on every machine."""
    if not isinstance(value, str):
        raise ValueError("must be text such as 2027-03-28T01:30:00Z")
    moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError("needs an offset, such as Z or +02:00")
    moment = moment.astimezone(timezone.utc)
    if not 1970 <= moment.year < 3000:
        raise ValueError("is out of range")
    return moment


def day(value: Any) -> date:
    if not isinstance(value, str):
        raise ValueError("must be text such as 2027-03-28")
    return datetime.strptime(value, "%Y-%m-%d").date()


def choice(*allowed: str) -> Reader:
    def reader(value: Any) -> str:
        if value not in allowed:
            raise ValueError("must be one of " + ", ".join(allowed))
        return value

    return reader


def optional(reader: Reader) -> Reader:
    return lambda value: None if value is None else reader(value)


def document(value: Any) -> Any:
    """Any JSON value that jsonb can hold: no NUL, no lone surrogate, no infinity."""
    if isinstance(value, str) and not is_storable(value):
        raise ValueError("contains characters that cannot be stored")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("contains a number that cannot be stored")
    for part in value.items() if isinstance(value, dict) else ():
        document(list(part))
    for part in value if isinstance(value, list) else ():
        document(part)
    return value


def is_storable(value: str) -> bool:
    return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)


def _storable(field: str) -> str:
    return field.encode("utf-8", "replace").decode("utf-8")


CUSTOMER: dict[str, Reader] = {
    "email": email,
    "name": text(80, blank=False),
    "vip": boolean,
    "customer_since": optional(day),
}
COMMENT: dict[str, Reader] = {"body": text(4000, blank=False)}
TICKET: dict[str, Reader] = {
    "customer_id": integer,
    "subject": text(120, blank=False),
    "body": text(20000),
    "priority": integer,
    "status": choice(*STATUSES),
    "billable": boolean,
    "hours": hours,
    "due_at": optional(instant),
    "visit_on": optional(day),
    "tags": document,
}
