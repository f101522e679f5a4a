"""Rows that every check begins with. Yours: no update touches this file."""

from __future__ import annotations

import psycopg


def seed(connection: psycopg.Connection) -> None:
    """Called once, after the migrations and `prepare`, as the application's role; committed."""
