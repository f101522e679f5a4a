"""What requests may hold and what answers show. PostgreSQL refuses what SQLite takes: NUL in a
text, text beyond its length, integers beyond their column; so it is refused here, with a 422."""

import math
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

INT4 = 2**31 - 1
MAX_DEPTH = 20


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not hold the character NUL")
    text.encode("utf-8")  # half a surrogate pair raises UnicodeEncodeError, a ValueError
    return text


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(timezone.utc)
    except OverflowError:
        raise ValueError("lies outside the years 1 to 9999 in UTC") from None


def _storable_json(document: dict[str, Any]) -> dict[str, Any]:
    """JSONB takes neither NUL nor half a surrogate pair, NaN or an infinity."""
    pending: list[tuple[Any, int]] = [(document, 0)]
    while pending:
        value, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise ValueError(f"is nested deeper than {MAX_DEPTH} levels")
        if isinstance(value, dict):
            pending += [(part, depth + 1) for pair in value.items() for part in pair]
        elif isinstance(value, list):
            pending += [(part, depth + 1) for part in value]
        elif isinstance(value, float) and not math.isfinite(value):
            raise ValueError("holds a number that JSON does not have")
        elif isinstance(value, str):
            _storable(value)
    return document


Text = Annotated[str, AfterValidator(_storable)]
Note = Annotated[Text, Field(max_length=280)]
Sku = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,40}$")]
Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+\.[^@\s\x00]+$")]
Money = Annotated[Decimal, Field(max_digits=10, decimal_places=2)]
Price = Annotated[Money, Field(ge=0)]
Int4 = Annotated[int, Field(ge=-INT4 - 1, le=INT4)]
Quantity = Annotated[int, Field(ge=1, le=1000)]
Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Extras = Annotated[dict[str, Any], AfterValidator(_storable_json)]


class Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class SignUp(BaseModel):
    email: Email
    name: Annotated[Text, Field(min_length=1, max_length=100)]
    password: Annotated[Text, Field(min_length=8, max_length=128)]


class UserShown(Shown):
    id: int
    email: str
    name: str
    staff: bool


class Token(BaseModel):
    access_token: str
    token_type: str = "bearer"


class NewProduct(BaseModel):
    sku: Sku
    name: Annotated[Text, Field(min_length=1, max_length=200)]
    price: Price
    active: bool = True


class ProductShown(Shown, NewProduct):
    id: int


class StockLevel(Shown):
    quantity: Annotated[int, Field(ge=0, le=1_000_000_000)]


class NewLine(BaseModel):
    sku: Sku
    quantity: Quantity


class LineShown(Shown):
    sku: str
    quantity: int
    unit_price: Decimal


class NewOrder(BaseModel):
    lines: Annotated[list[NewLine], Field(min_length=1, max_length=50)]
    note: Note = ""
    gift: bool = False
    points: Int4 = 0
    adjustment: Money = Decimal(0)
    deliver_on: date | None = None
    deliver_at: Instant | None = None
    extras: Extras = {}


class OrderChange(BaseModel):
    """Only the fields that the request names are changed."""

    note: Note = ""
    gift: bool = False
    deliver_on: date | None = None
    deliver_at: Instant | None = None


class OrderShown(Shown):
    id: int
    status: str
    note: str
    gift: bool
    points: int
    adjustment: Decimal
    total: Decimal
    deliver_on: date | None
    deliver_at: datetime | None
    extras: dict[str, Any]
    created_at: datetime
    confirmation_sent: bool
    lines: list[LineShown]
