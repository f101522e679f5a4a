"""Requests that the team's own tests make: as operations, or as examples for a document's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scaffolder.observe.driver.openapi import METHODS, PARAMETER, Operation, snake
from scaffolder.observe.driver.world import SeenRequest


def operations_of(requests: Sequence[SeenRequest]) -> list[Operation]:
    """One for each method and path; what the tests send to it are its examples."""
    found: dict[tuple[str, str], Operation] = {}
    for request in requests:
        method, path = request.method.lower(), _path(request.path)
        if method not in METHODS or not path.startswith("/"):
            continue
        body = "json" if request.json is not None else "form" if request.form is not None else None
        payload = request.json if request.json is not None else request.form
        known = found.get((method, path))
        examples = known.examples if known else ()
        if payload is not None and payload not in examples:
            examples = (*examples, payload)
        found[method, path] = Operation(
            method=method,
            path=path,
            body=body or (known.body if known else None),
            examples=examples,
            headers=dict(request.headers),
        )
    return list(found.values())


def _path(path: str) -> str:
    """Without query and with parameters in snake case."""
    plain = path.split("?")[0].split("#")[0]
    return PARAMETER.sub(lambda name: "{" + snake(name[1]) + "}", plain)


def matched(
    operations: Sequence[Operation], requests: Sequence[SeenRequest]
) -> dict[str, list[object]]:
    """Label of an operation -> payloads that the tests send to it."""
    found: dict[str, list[object]] = {}
    for operation in operations:
        pattern = re.compile(
            PARAMETER.sub(
                "[^/]+", re.escape(operation.path).replace(r"\{", "{").replace(r"\}", "}")
            )
        )
        for request in requests:
            payload = request.json if request.json is not None else request.form
            same = request.method.lower() == operation.method
            if same and payload is not None and pattern.fullmatch(_path(request.path)):
                found.setdefault(operation.label, []).append(payload)
    return found
