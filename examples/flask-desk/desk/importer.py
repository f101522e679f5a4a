"""Customers from the CSV file that sales exports: email,name,vip,customer_since."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date, datetime

from psycopg import Connection

from desk import customers, payload
from desk.db import Row
from desk.payload import Invalid


class BadFile(Exception):
    """A line that cannot be imported; then nothing is."""


def import_customers(connection: Connection[Row], lines: Iterable[str]) -> int:
    """Add or update one customer per line; the number of lines. The caller commits."""
    count = 0
    for number, line in enumerate(csv.DictReader(lines), start=2):
        try:
            values = payload.read(
                {
                    "email": line.get("email"),
                    "name": line.get("name"),
                    "vip": line.get("vip") == "yes",
                    "customer_since": line.get("customer_since"),
                },
                payload.CUSTOMER | {"customer_since": parse_day},
            )
        except Invalid as error:
            raise BadFile(f"line {number}: {error}") from error
        customers.put(connection, values)
        count += 1
    return count


def parse_day(value: str | None) -> date | None:
    """Sales writes 2024-02-29, older exports 29.02.2024."""
    if not value:
        return None
    return datetime.strptime(value, "%d.%m.%Y" if "." in value else "%Y-%m-%d").date()
