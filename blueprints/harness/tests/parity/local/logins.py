"""Logins that need code: a token that you sign, say. Yours: no update touches this file."""

from __future__ import annotations

from support.journeys.client import Client


def log_in(login: str, client: Client) -> None:
    """Called after the steps of a login of parity.yaml; `client.headers` go with each request."""
