"""Small specs as text, for tests."""

from __future__ import annotations

from scaffolder.spec.load import check
from scaffolder.spec.model import Spec

MINIMAL = """\
parity: 1
app:
  name: shop
  packages: [shop]
  install: {lock: uv.lock}
  start: uvicorn shop.main:app --port {port}
production:
  python: "3.12"
  database:
    engine: postgres
    version: "16"
    migrate: alembic upgrade head
    env: {DATABASE_URL: "postgresql://{user}:{password}@{host}:{port}/{name}"}
"""
"""Thirteen lines; sections added by a test begin in line 14."""


def problems(text: str | bytes) -> list[str]:
    """Every problem of a spec, as it is printed."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return [problem.render("parity.yaml") for problem in check(raw)[1]]


def spec_of(text: str) -> Spec:
    """The model of a valid spec."""
    spec, found = check(text.encode())
    assert spec is not None, found
    return spec
