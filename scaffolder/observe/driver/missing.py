"""Variables that the application lacks or refuses, from what it printed."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
UPPER = r"[A-Z][A-Z0-9]*_[A-Z0-9_]+|[A-Z]{3,}[A-Z0-9]*"
PATTERNS = (
    # os.environ["X"]; the name alone, or KeyErrors of the application's dicts would count
    re.compile(rf"KeyError: ['\"]({UPPER})['\"]"),
    # pydantic 2 and 1: the field on a line, its complaint on the next
    re.compile(rf"^({NAME})\n\s+(?:Field|field) required\b", re.MULTILINE),
    re.compile(rf"Set the ({NAME}) environment variable"),  # django-environ
    re.compile(rf"({NAME}) not found\. Declare it as envvar"),  # python-decouple
    re.compile(rf"Environment variable \"({NAME})\" not set"),  # environs
    re.compile(rf"Config '({NAME})' is missing, and has no default"),  # Starlette
    re.compile(rf"The ({UPPER}) setting must not be empty"),  # Django
    # in the application's own words
    re.compile(
        rf"\b({UPPER})['\"`]?(?: (?:environment|env) (?:variable|var))?(?: \w+)?"
        r" (?:(?:is|was|must be|has to be|needs to be|isn't|are) )?"
        r"(?:not (?:be )?(?:set|defined|found|provided|configured)|required|missing|set|defined"
        r"|unset|empty)\b"
    ),
    re.compile(
        rf"(?i:missing|required|undefined|unset|set|define|provide)"
        rf"(?i: (?:the|a|required|mandatory|environment|env|vars?|variables?|settings?|values?))*"
        rf":? ['\"`]?({UPPER})\b"
    ),
)
WRONG = (
    # pydantic-settings 2 and pydantic 1: a list or an object must be JSON
    re.compile(rf"error parsing (?:JSON|value) for (?:field )?\"({NAME})\""),
    re.compile(
        rf"^({NAME})\n\s+(?:Input|Value|value|ensure|invalid|Invalid|unexpected)\b", re.MULTILINE
    ),
)
NO_NAMES = frozenset(
    {"ERROR", "WARNING", "INFO", "DEBUG", "CRITICAL", "FATAL", "NOT", "NULL", "SQL", "ALTER"}
    | {"TABLE", "TLS", "SSL", "HTTP", "HTTPS", "JSON", "URL", "UTC", "THE", "AND", "KEY"}
)


def missing_variables(output: str, known: Collection[str] = ()) -> list[str]:
    """Names in the order in which they are named; those of `known` as they are written there.

    A field of a settings class is not yet a variable: it is in upper case, and the known variable
    that ends with it, after a prefix, is preferred.
    """
    return _named(PATTERNS, output, known)


def wrong_variables(output: str, known: Collection[str] = ()) -> list[str]:
    """Variables whose value a settings class does not take, in the same way."""
    return _named(WRONG, output, known)


def _named(patterns: Sequence[re.Pattern[str]], output: str, known: Collection[str]) -> list[str]:
    found = {
        (match.start(), match.group(1)): None
        for pattern in patterns
        for match in pattern.finditer(output)
    }
    names = (_variable(name, known) for _, name in sorted(found))
    return list(dict.fromkeys(name for name in names if name not in NO_NAMES))


def _variable(name: str, known: Collection[str]) -> str:
    by_name = {one.upper(): one for one in known}
    upper = name.upper()
    if upper in by_name:
        return by_name[upper]
    prefixed = [one for one in known if one.upper().endswith(f"_{upper}")]
    return prefixed[0] if len(prefixed) == 1 else upper
