"""What production's proxy tells the application about the connection."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scaffolder.scan.facts import Evidence, Fact
from scaffolder.scan.python import text_of
from scaffolder.scan.repository import Repository

REDIRECTING = frozenset({"HTTPSRedirectMiddleware", "Talisman", "SSLify"})
"""What sends plain HTTP away: Starlette's middleware, Flask-Talisman, Flask-SSLify."""
FORWARDED = "X-Forwarded-Proto: https"


def detect(repository: Repository) -> Iterator[Fact]:
    """Headers without which the application sends every request to https."""
    for module in repository.shipped():
        for assign in module.all(ast.Assign):
            name = assign.targets[0]
            if isinstance(name, ast.Name) and name.id == "SECURE_PROXY_SSL_HEADER":
                header = _header(assign.value)
                if header is not None:
                    at = (Evidence(module.path, assign.lineno),)
                    yield Fact("app.proxy-header", header, at, "settings")
        named = REDIRECTING & module.aliases.keys()
        for node in module.all(ast.Name) if named else ():
            if node.id in named:
                at = (Evidence(module.path, node.lineno),)
                yield Fact("app.proxy-header", FORWARDED, at, "code", "likely")


def _header(value: ast.expr) -> str | None:
    """`("HTTP_X_FORWARDED_PROTO", "https")` -> `X-Forwarded-Proto: https`."""
    if not isinstance(value, ast.Tuple | ast.List) or len(value.elts) != 2:
        return None
    name, wanted = (text_of(each) for each in value.elts)
    if name is None or wanted is None or not name.startswith("HTTP_"):
        return None
    words = name.removeprefix("HTTP_").split("_")
    return f"{'-'.join(word.capitalize() for word in words)}: {wanted}"
