"""What observation is told of a repository, out of the facts and the draft."""

from __future__ import annotations

import json
from typing import Any

from scaffolder.draft.app import CREDENTIALS, SUPERUSER
from scaffolder.observe.known import Known, SeenRequest
from scaffolder.scan.facts import Fact
from scaffolder.scan.scan import Scan
from scaffolder.scan.tree import is_below

HEALTH: tuple[str, ...] = (
    "/health",
    "/healthz",
    "/health/",
    "/healthz/",
    "/api/health",
    "/api/healthz",
    "/ping",
)
HEALTH += ("/status", "/livez", "/readyz", "/up", "/api/v1/health", "/health-check", "/-/healthy")
DISCOVERY = 180.0
"""Seconds for all operations of an application; most take a tenth of it."""
_DOCUMENTS = ("openapi.json", "swagger.json")


def known_of(scan: Scan, data: dict[str, Any]) -> Known:
    """For the observation of a draft; `data` is the draft's."""
    facts = scan.facts
    variables = data["production"].get("environment", {})
    environment = {name: str(entry["sample"]) for name, entry in variables.items()}
    for fact in facts.all("environment.optional"):
        environment.setdefault(fact.value, _default(fact))
    ours = SUPERUSER.partition(" python ")[0]  # manage.py may lie in a folder below
    made = any(each.startswith(ours) for each in data["app"].get("prepare", []))
    name, address, password = CREDENTIALS
    return Known(
        environment=environment,
        seconds=DISCOVERY,
        credentials=[(name, password), (address, password)] if made else (),
        schema_paths=facts.values("app.schema"),
        document=_document(scan),
        requests=[request for fact in facts.all("tests.request") if (request := _request(fact))],
        health_candidates=(*facts.values("app.health"), *HEALTH),
        routes=facts.values("app.route"),
    )


def _default(fact: Fact) -> str:
    try:
        found = json.loads(fact.detail) if fact.detail else {}
    except ValueError:
        return ""
    default = found.get("default", "") if isinstance(found, dict) else ""
    return default if isinstance(default, str) else json.dumps(default)


def _request(fact: Fact) -> SeenRequest | None:
    method, _, path = fact.value.partition(" ")
    try:
        body = json.loads(fact.detail) if fact.detail else {}
    except ValueError:
        return None
    if not isinstance(body, dict) or not path.startswith("/"):
        return None
    form = body.get("form")
    headers = body.get("headers")
    return SeenRequest(
        method,
        path.split(" ", 1)[0],
        body.get("json"),
        form if isinstance(form, dict) else None,
        {str(k): str(v) for k, v in headers.items()} if isinstance(headers, dict) else {},
        str(fact.evidence[0]) if fact.evidence else "",
    )


def _document(scan: Scan) -> dict[str, Any] | None:
    """An OpenAPI document of the application that the repository holds as JSON."""
    directory = scan.application.directory if scan.application else "."
    for path in scan.tree.named(*_DOCUMENTS):
        if not is_below(path, directory):
            continue
        try:
            found = json.loads(scan.tree.text(path) or "")
        except ValueError:
            continue
        if isinstance(found, dict) and isinstance(found.get("paths"), dict):
            return found
    return None
