"""Where the running application has its OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from scaffolder.observe.driver.answers import body_of
from scaffolder.observe.driver.world import World
from support.journeys.client import Client, Unexpected

PLACES = (
    "/openapi.json", "/api/openapi.json", "/api/v1/openapi.json", "/v1/openapi.json",
    "/schema/openapi.json", "/api/schema/", "/schema/", "/api/schema.json",
    "/api/schema/?format=json", "/swagger.json", "/api/swagger.json", "/apispec_1.json",
    "/api/docs/openapi.json",
    "/api/spec", "/openapi", "/docs/openapi.json", "/api/docs/swagger.json", "/api-docs",
)  # fmt: skip
PAGES = (
    "/docs",
    "/api/docs",
    "/api/docs/",
    "/redoc",
    "/swagger",
    "/apidocs/",
    "/swagger-ui",
    "/api/",
)
LINK = re.compile(
    r"""(?:url|spec-url|href|src)["']?\s*[:=]\s*["']([^"'\s]*?(?:openapi|swagger|schema|spec)[^"'\s]*)["']"""
)
AS_JSON = {"Accept": "application/vnd.oai.openapi+json, application/json"}


def find(world: World, candidates: Sequence[str]) -> tuple[str | None, dict[str, Any]]:
    """The path and the document; (None, {}) when there is none."""
    client = world.client()
    for place in dict.fromkeys([*candidates, *PLACES]):
        document = _read(client, place)
        if document:
            return place, document
    for page in PAGES:
        for link in _links(client, page):
            document = _read(client, link)
            if document:
                return link, document
    return None, {}


def is_document(found: Any) -> bool:
    return (
        isinstance(found, Mapping)
        and ("openapi" in found or "swagger" in found)
        and isinstance(found.get("paths"), Mapping)
    )


def _read(client: Client, place: str) -> dict[str, Any]:
    try:
        response = client.send({"get": place, "headers": AS_JSON}, place)
    except Unexpected:
        return {}
    found = body_of(response.text) if response.status_code == 200 else None
    return dict(found) if isinstance(found, dict) and is_document(found) else {}


def _links(client: Client, page: str) -> list[str]:
    """Addresses that a page of documentation reads its document from."""
    try:
        response = client.send({"get": page}, page)
    except Unexpected:
        return []
    links = LINK.findall(response.text) if response.status_code == 200 else []
    base = client.values["base_url"]
    return [link.removeprefix(base) for link in links if link.removeprefix(base).startswith("/")]
