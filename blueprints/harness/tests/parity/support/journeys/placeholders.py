"""Values that were captured from answers, put in where parity.yaml names them in braces."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class NotCaptured(AssertionError):
    """A name in braces that no answer gave a value."""


def fill(value: Any, values: Mapping[str, Any]) -> Any:
    """Put captured values in; a string that is one placeholder keeps the value's type."""
    if isinstance(value, str):
        whole = PLACEHOLDER.fullmatch(value)
        if whole and whole.group(1) in values:
            return values[whole.group(1)]
        return PLACEHOLDER.sub(lambda match: str(values.get(match.group(1), match.group(0))), value)
    if isinstance(value, dict):
        return {key: fill(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, values) for item in value]
    return value


def fill_all(value: Any, values: Mapping[str, Any], name: str) -> Any:
    """The same where nothing may stay open: in a URL, and in a `where`. Raises NotCaptured."""
    for text in value.values() if isinstance(value, dict) else [value]:
        missing = set(PLACEHOLDER.findall(text) if isinstance(text, str) else ()) - {*values}
        if missing:
            raise NotCaptured(f"{name}: nothing was captured as {', '.join(sorted(missing))!r}")
    return fill(value, values)


def fill_text(value: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, str]:
    """Headers: whatever was captured, they are text."""
    return {key: str(fill(item, values)) for key, item in value.items()}
