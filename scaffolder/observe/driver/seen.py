"""Operations without a document: routes of the source, and requests that the team's tests make."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from scaffolder.observe.driver.openapi import METHODS, PARAMETER, Operation, snake
from scaffolder.observe.driver.world import SeenRequest


def operations_of(requests: Sequence[SeenRequest], routes: Sequence[str]) -> list[Operation]:
    """One for each route (`POST /orders/{id}`), and for each request that no route explains."""
    found: dict[tuple[str, str], Operation] = {}
    for route in routes:
        method, _, path = route.partition(" ")
        _add(found, method.lower(), _path(path))
    for request in requests:
        method, path = request.method.lower(), _path(request.path)
        known = next((one for one in found.values() if fits(one, method, path)), None)
        if known is None:
            known = _add(found, method, path)
        if known is not None:
            found[known.method, known.path] = _with_payload(known, request)
    return list(found.values())


def _add(found: dict[tuple[str, str], Operation], method: str, path: str) -> Operation | None:
    if method not in METHODS or not path.startswith("/"):
        return None
    return found.setdefault((method, path), Operation(method=method, path=path))


def _with_payload(operation: Operation, request: SeenRequest) -> Operation:
    kind, payload = _payload(request)
    if payload is None or payload in operation.examples:
        return operation
    # What has most in it says most.
    examples = sorted([*operation.examples, payload], key=lambda one: -len(str(one)))
    headers = {**operation.headers, **request.headers}
    return replace(operation, body=kind, examples=tuple(examples), headers=headers)


def _payload(request: SeenRequest) -> tuple[str | None, Any]:
    if request.json is not None:
        return "json", request.json
    return ("form", request.form) if request.form is not None else (None, None)


def _path(path: str) -> str:
    """Without query, and with parameters in snake case."""
    plain = path.split("?")[0].split("#")[0]
    return PARAMETER.sub(lambda name: "{" + snake(name[1]) + "}", plain)


def fits(operation: Operation, method: str, path: str) -> bool:
    """Whether a path, literal or with names of its own, is one of the operation's."""
    if operation.method != method:
        return False
    parts = [
        "[^/]+" if PARAMETER.fullmatch(part) else re.escape(part)
        for part in operation.path.split("/")
    ]
    return re.fullmatch("/".join(parts), path) is not None


def matched(
    operations: Sequence[Operation], requests: Sequence[SeenRequest]
) -> dict[str, list[object]]:
    """Label of an operation -> payloads that the tests send to it."""
    found: dict[str, list[object]] = {}
    for operation in operations:
        for request in requests:
            _, payload = _payload(request)
            same = fits(operation, request.method.lower(), _path(request.path))
            if same and payload is not None:
                found.setdefault(operation.label, []).append(payload)
    return found
