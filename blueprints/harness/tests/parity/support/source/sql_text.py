"""SQL as text: statements of a script, what kind one is, placeholders of the drivers as $1, $2."""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = re.compile(
    r"""
    (?P<comment>--[^\n]*|/\*.*?\*/)
  | (?P<string>\b[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*")
  | (?P<dollar>\$(?P<tag>[A-Za-z_]\w*)?\$.*?\$(?(tag)(?P=tag))\$)
  | (?P<numbered>\$\d+)
  | (?P<percent>%(?:\((?P<key>[^)]+)\))?[sbt]\b|%\((?P<odd>[^)]+)\))
  | (?P<doubled>%%)
  | (?P<cast>::|:=|\\:)
  | (?P<named>(?<![\w:\]]):(?P<name>[A-Za-z_]\w*))
  | (?P<brace>\{[^{}]*\})
  | (?P<question>\?)
  | (?P<end>;)
  | (?P<word>\w+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
QUERY = re.compile(
    r"(SELECT|WITH(\s+RECURSIVE)?\s+[\w\"]+|INSERT\s+(INTO|OR)|DELETE\s+FROM|MERGE\s+INTO"
    r"|REPLACE\s+INTO|UPDATE\s+(ONLY\s+)?[\w\".{}%]+\s(.*\s)?SET|VALUES\s*\()(?!\w)",
    re.IGNORECASE | re.DOTALL,
)
OTHER = re.compile(
    r"(CREATE|ALTER|DROP|TRUNCATE|GRANT|REVOKE|COMMENT\s+ON|SET|RESET|SHOW|SAVEPOINT|LOCK|COPY|CALL"
    r"|VACUUM|ANALYZE|EXPLAIN|REFRESH|REINDEX|DO|LISTEN|NOTIFY|DECLARE|PRAGMA)\s+\S",
    re.IGNORECASE,
)
STYLES = ("percent", "numbered", "named", "question")
REWRITTEN = ("percent", "named", "question")
MANY_ROWS = re.compile(r"\bVALUES\s*(%s|:\w+)", re.IGNORECASE)  # execute_values puts rows there


def split(script: str) -> Iterator[tuple[int, str]]:
    """The statements of a script, each with the number of lines before it."""
    start = 0
    for token in TOKEN.finditer(script):
        if token["end"]:
            yield from _statement(script, start, token.start())
            start = token.end()
    yield from _statement(script, start, len(script))


def _statement(script: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    text = script[start:end]
    first = next((token for token in TOKEN.finditer(text) if not _empty(token)), None)
    if first is not None:
        yield script.count("\n", 0, start + first.start()), text.strip()


def kind(statement: str) -> str | None:
    """ "query" can be prepared, "other" is SQL that cannot, None is no SQL."""
    start = next((token.start() for token in TOKEN.finditer(statement) if not _empty(token)), 0)
    text = statement[start:].lstrip("( \n")
    return "query" if QUERY.match(text) else "other" if OTHER.match(text) else None


def is_dynamic(statement: str) -> bool:
    """Whether something is filled in before the driver sees the text."""
    braces = any(token["brace"] for token in TOKEN.finditer(statement))
    return braces or MANY_ROWS.search(statement) is not None


def style(text: str) -> str:
    """The placeholders of a text: percent, numbered, named, question or none."""
    found = {name for token in TOKEN.finditer(text) for name in STYLES if token[name]}
    return next((name for name in STYLES if name in found), "none")


def numbered(statement: str, of: str) -> str:
    """The statement with placeholders of one kind written $1, $2, a name keeping its number."""
    numbers: dict[str, int] = {}
    count = 0
    written: list[str] = []
    for token in TOKEN.finditer(statement):
        text = token[0]
        if of in REWRITTEN and token[of]:
            name = token["key"] or token["name"] or token["odd"]
            if name is None or name not in numbers:
                count += 1
            number = numbers.setdefault(name, count) if name else count
            text = f"${number}"
            if re.search(r"\bIN\s*$", "".join(written[-4:]), re.IGNORECASE):
                text = f"({text})"  # a tuple, which the driver expands
        elif of == "percent" and (token["doubled"] or token["string"]):
            text = text.replace("%%", "%")
        elif token["cast"] == "\\:":
            text = ":"
        written.append(text)
    return "".join(written)


def with_literals(statement: str) -> str:
    """$1 as an empty string: how a driver that fills values in itself sends it."""
    return "".join("''" if token["numbered"] else token[0] for token in TOKEN.finditer(statement))


def _empty(token: re.Match[str]) -> bool:
    return bool(token["comment"]) or token[0].isspace()
