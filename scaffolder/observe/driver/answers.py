"""What an answer says: complaints about fields of the payload, values at paths of its JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]

PLACES = ("loc", "where", "path", "field", "param", "pointer")
WORDS = ("msg", "what", "message", "error", "detail", "problem", "description", "type", "reason")
# Keys that hold complaints, and are no fields themselves.
GENERAL = re.compile(
    r"errors?|details?|body|json|form|data|payload|messages|msg|non_field_errors|__all__|violations"
    r"|query|path"
)
# These are fields when they hold lists of complaints: RFC 9457 has texts there.
AMBIGUOUS = re.compile(r"title|status|code|type|description|message|success|ok|url|input|ctx")
KINDS = (
    ("missing", r"required|missing|may not be (null|blank|empty)|cannot be (null|blank|empty)"),
    ("taken", r"already|taken|exists|duplicate|unique|in use|conflict"),
    ("unknown", r"not found|unknown|no such|does not exist|doesn't exist|invalid pk|not exist"),
)
DEEPEST = 6


@dataclass(frozen=True)
class Complaint:
    """`path` in the payload; empty where the answer names no field."""

    path: Path
    text: str

    @property
    def kind(self) -> str:
        """missing, taken, unknown or wrong."""
        # "does not exist" would otherwise be one that exists
        text = self.text.lower()
        if re.search(KINDS[2][1], text):
            return "unknown"
        return next((kind for kind, said in KINDS if re.search(said, text)), "wrong")


def complaints(body: str) -> list[Complaint]:
    """Those of FastAPI, Django REST framework, marshmallow and the like, in order."""
    try:
        document = json.loads(body)
    except ValueError:
        if body.lstrip().startswith("<"):  # a page names all its fields, whatever is wrong
            return [Complaint((), "")]
        return [Complaint((), body[:300])] if body.strip() else []
    found = list(_walk(document, ()))
    return list(dict.fromkeys(found))


def _walk(node: Any, path: Path) -> Iterator[Complaint]:
    if len(path) > DEEPEST:
        return
    if isinstance(node, Mapping):
        place = next((node[key] for key in PLACES if isinstance(node.get(key), list | str)), None)
        said = next((node[key] for key in WORDS if isinstance(node.get(key), str)), None)
        if place is not None and said is not None:
            yield Complaint(_path(place), _said(node))
            return
        for key, item in node.items():
            general = GENERAL.fullmatch(str(key).lower()) is not None
            if isinstance(item, str) and AMBIGUOUS.fullmatch(str(key).lower()):
                general = True
            inner = path if general else (*path, str(key))
            yield from _walk(item, inner)
    elif isinstance(node, list):
        for number, item in enumerate(node):
            step = (number,) if isinstance(item, Mapping) and path else ()
            yield from _walk(item, (*path, *step))
    elif isinstance(node, str):
        yield Complaint(path, node)


def _said(node: Mapping[str, Any]) -> str:
    return "; ".join(str(node[key]) for key in WORDS if isinstance(node.get(key), str))


def _path(place: Any) -> Path:
    """`["body", "user", "email"]`, `/data/email` or `user.email` -> ("user", "email")."""
    parts = re.split(r"[./]", place) if isinstance(place, str) else place
    named: list[str | int] = [
        int(part) if isinstance(part, int) or str(part).isdigit() else str(part)
        for part in parts
        if part != ""
    ]
    while named and named[0] in ("body", "json", "form", "payload", "data", "__root__"):
        named.pop(0)
    return tuple(named)


def leaves(document: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Path and value of all that is neither a list nor a mapping; an empty one is a leaf."""
    if isinstance(document, Mapping) and document:
        for key, item in document.items():
            yield from leaves(item, (*path, str(key)))
    elif isinstance(document, list) and document:
        for number, item in enumerate(document):
            yield from leaves(item, (*path, number))
    else:
        yield path, document


def dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)


def is_plain(path: Path) -> bool:
    """Whether a dotted path can name it: the keys hold no dots, quotes and the like."""
    return bool(path) and all(re.fullmatch(r"[A-Za-z0-9_$@-]+", str(part)) for part in path)


def get(document: Any, path: Path) -> Any:
    """The value at a path, None without."""
    for part in path:
        in_list = isinstance(document, list) and isinstance(part, int) and part < len(document)
        if not in_list and not (isinstance(document, Mapping) and part in document):
            return None
        document = document[part]
    return document


def put(document: Any, path: Path, value: Any) -> bool:
    """Put a value at a path, in place; False when there is no such place."""
    *parents, last = path
    target = get(document, tuple(parents)) if parents else document
    if isinstance(target, dict):
        target[last] = value
        return True
    if isinstance(target, list) and isinstance(last, int) and last < len(target):
        target[last] = value
        return True
    return False


def drop(document: Any, path: Path) -> bool:
    """Remove what is at a path, in place; False when nothing is."""
    *parents, last = path
    target = get(document, tuple(parents)) if parents else document
    if isinstance(target, dict) and last in target:
        del target[last]
        return True
    return False


def body_of(text: str) -> Any:
    """The JSON of an answer, None when it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None
