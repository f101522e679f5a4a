"""What production's proxy tells the application."""

from __future__ import annotations

from pathlib import Path

import pytest
from scanned import found, repository

from scaffolder.scan.detectors.proxy import detect

DJANGO = 'SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")\n'
STARLETTE = """
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware
app.add_middleware(HTTPSRedirectMiddleware)
"""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (DJANGO, ["X-Forwarded-Proto: https"]),
        (STARLETTE, ["X-Forwarded-Proto: https"]),
        ("SECURE_PROXY_SSL_HEADER = None\n", []),
        ("Talisman = 1\nTalisman\n", []),
    ],
    ids=["django", "starlette", "none", "other"],
)
def test_a_header_that_says_https(source: str, expected: list[str], tmp_path: Path) -> None:
    where = repository(tmp_path, {"shop/__init__.py": "", "shop/settings.py": source})

    assert found(detect, where, "app.proxy-header") == expected
