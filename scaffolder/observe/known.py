"""What is known of a repository before it is observed, as the driver takes it: plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request that the team's own tests make; `path` may have `{name}` for what is not literal.

    The same fields as in driver/world.py, which cannot be imported here: it needs a harness.
    """

    method: str
    path: str
    json: Any = None
    form: dict[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What was read from the repository; everything is optional.

    `environment`: the application's variables, with defaults that the source names.
    `credentials`: further pairs of user name and password. `schema_paths`: where an OpenAPI
    document is served. `document`: the document itself, where the repository holds one.
    `routes`: `POST /orders/{id}`, as the source has them. `health_candidates`: paths to try when
    the draft's own does not answer. `seconds`: for all of discovery.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    credentials: Sequence[tuple[str, str]] = ()
    schema_paths: Sequence[str] = ()
    document: Mapping[str, Any] | None = None
    requests: Sequence[SeenRequest] = ()
    routes: Sequence[str] = ()
    health_candidates: Sequence[str] = ()
    seconds: float = 90.0
