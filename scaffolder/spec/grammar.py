"""The grammar of every kind of identifier.

Identifiers of the spec end up in file names, Python, SQL, YAML and workflow files. So each kind
has a grammar that holds no quote, space, brace or control character, and whatever does not match is
refused. All of them are ASCII: a look-alike letter in a name is a mistake more often than not.
Free text has no grammar; the templates escape it.
"""

from __future__ import annotations

import keyword
import re
import shlex
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of identifier: its pattern (of the whole string) and what to tell who breaks it."""

    name: str
    pattern: str
    wanted: str
    limit: int = 200

    def matches(self, value: str) -> bool:
        """Whether the whole value is of this kind."""
        return len(value) <= self.limit and re.fullmatch(self.pattern, value) is not None


_SEGMENT = r"(?:[A-Za-z0-9_.@+][A-Za-z0-9_.@+-]*)"
_INSIDE = rf"(?!(?:.*/)?\.\.(?:/|$)){_SEGMENT}(?:/{_SEGMENT})*"
_NEAR = rf"(?:\.\./)*(?!(?:.*/)?\.\.(?:/|$)){_SEGMENT}(?:/{_SEGMENT})*"
_GLOB = r"(?:[A-Za-z0-9_.@+*?\[\]][A-Za-z0-9_.@+*?\[\]-]*)"
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_SQL = r"[A-Za-z_][A-Za-z0-9_$]{0,62}"
_HOST = r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*"

ID = Kind("id", r"[a-z][a-z0-9-]*", "small letters, digits and '-', a letter first", 64)
CAPTURE = Kind(
    "captured name", r"(?!base_url$)[a-z][a-z0-9_]*", "small letters, digits and '_'", 64
)
MODULE = Kind("module name", rf"{_NAME}(?:\.{_NAME})*", "like shop.models")
VARIABLE = Kind("variable name", _NAME, "letters, digits and '_', like SECRET_KEY", 128)
TABLE = Kind("table name", rf"{_SQL}(?:\.{_SQL})?", "like orders or sales.orders")
COLUMN = Kind("column name", _SQL, "like created_at")
PATH = Kind(
    "path",
    rf"\.|{_INSIDE}",
    "relative to the repository, with '/', inside of it; letters, digits and . _ - @ +",
    400,
)
NEAR_PATH = Kind(
    "path",
    rf"\.|(?:\.\./)*\.\.|{_NEAR}",
    "relative to app.directory, with '/', inside the repository; letters, digits and . _ - @ +",
    400,
)
GLOB = Kind(
    "pattern of paths",
    rf"(?!(?:.*/)?\.\.(?:/|$)){_GLOB}(?:/{_GLOB})*",
    "relative to app.directory, like migrations/*.sql",
    400,
)
EVIDENCE = Kind(
    "place", rf"{_INSIDE}(?::[1-9][0-9]*(?:-[1-9][0-9]*)?)?", "like tests/conftest.py:12", 400
)
TEST = Kind("test", rf"{_INSIDE}\.py(?:::{_NAME})+", "like tests/test_price.py::test_rounds", 400)
IMAGE = Kind(
    "image name",
    rf"(?:{_HOST}(?::[0-9]+)?/)?{_HOST}(?:/{_HOST})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha256:[0-9a-f]{64})?",
    "like postgres:16 or ghcr.io/acme/postgres:16",
    300,
)
LOCALE = Kind(
    "locale name", r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9-]+)?(?:@[A-Za-z0-9]+)?", "like C.UTF-8"
)
COLLATION = Kind("collation name", r"[A-Za-z][A-Za-z0-9_.@-]*", "like C.UTF-8 or en-x-icu", 63)
TIMEZONE = Kind("time zone", r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*", "like Europe/Berlin")
SYSTEM = Kind("operating system", r"[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*", "like debian-12")
PYTHON = Kind("Python version", r"3\.[0-9]{1,2}(?:\.[0-9]{1,2})?", 'like "3.12"')
MAJOR = Kind("major version", r"[1-9][0-9]?", 'the major alone, like "16"')
EXTENSION = Kind("extension name", r"[A-Za-z_][A-Za-z0-9_-]*", "like citext", 63)
ENCODING = Kind("encoding", r"[A-Za-z][A-Za-z0-9_-]*", "like UTF8", 63)
PACKAGE = Kind("package name", r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", "like shop-admin")
HEADER = Kind("header name", r"[A-Za-z0-9][A-Za-z0-9_-]*", "like X-Forwarded-Proto")
COOKIE = Kind("cookie name", r"[A-Za-z0-9_][A-Za-z0-9_.-]*", "like csrftoken")
FIELD = Kind("field name", r"[A-Za-z_][A-Za-z0-9_.-]*", "like deliver_at or address.city")
ANSWER = Kind(
    "path in the answer",
    r"[A-Za-z0-9_@$][A-Za-z0-9_@$-]*(?:\.[A-Za-z0-9_@$][A-Za-z0-9_@$-]*)*",
    "like id or items.0.id",
)
RUNNER = Kind("runner", r"[A-Za-z0-9][A-Za-z0-9._-]*", "like ubuntu-24.04")
URL = Kind(
    "URL path",
    r"(?:/|\{[a-z][a-z0-9_]*\})(?!.*\{\{)(?!.*\}\})[A-Za-z0-9!#$%&'()*+,./:;=?@\[\]_~{}-]*",
    "beginning with '/', anything else percent-encoded",
    2000,
)
DURATION = Kind("duration", r"[1-9][0-9]{0,5}s", "whole seconds, like 15s")
DATE = Kind("date", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", 'like "2027-01-31"')

KINDS: tuple[Kind, ...] = tuple(value for value in list(globals().values()) if type(value) is Kind)

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
"""A name in single braces, as it stands in commands, URLs and payloads."""


def problem_of(kind: Kind, value: str) -> str | None:
    """Why the value is none of this kind, beyond the pattern; None when it is one."""
    if not kind.matches(value):
        return kind.wanted
    if kind is MODULE and any(keyword.iskeyword(part) for part in value.split(".")):
        return "a word of the Python language is no module"
    if kind is DATE:
        try:
            date.fromisoformat(value)
        except ValueError:
            return "there is no such day"
    return None


def command_problem(value: str) -> str | None:
    """Why the text is no command that can be split into arguments; None when it is one."""
    if any(not c.isprintable() for c in value.strip()):
        return "a command is one line without control characters"
    try:
        arguments = shlex.split(value)
    except ValueError as error:
        return f"it can't be split into arguments: {str(error).lower()}"
    if not arguments or not arguments[0]:
        return "the program is missing"
    return None


def instant_problem(value: str) -> str | None:
    """Why the text is no instant (ISO 8601 with an offset); None when it is one."""
    try:
        # Python 3.10 does not read a final Z.
        moment = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", value))
    except ValueError:
        return 'an instant looks like "2027-03-28T01:30:00Z"'
    return None if moment.tzinfo else "without an offset from UTC it is no instant; add Z or +02:00"


def seconds(duration: str) -> int:
    """`15s` as 15; the text must be a DURATION."""
    return int(duration.removesuffix("s"))


def placeholders(text: str) -> list[str]:
    """The names in single braces, in order."""
    return PLACEHOLDER.findall(text)
