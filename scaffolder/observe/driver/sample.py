"""A payload from a schema: examples first, then formats, patterns and limits, then the name."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Mapping
from typing import Any

from scaffolder.observe.driver import patterns, texts
from scaffolder.observe.driver.openapi import Document, Schema, snake

DEEPEST = 6
FILES = ("binary",)
ABSENT: Any = object()  # no value at all: a file, or a structure that never ends
FORMATS = {
    "uuid": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "uri": "https://example.org/page",
    "url": "https://example.org/page",
    "uri-reference": "/page",
    "hostname": "example.org",
    "ipv4": "192.0.2.7",
    "ipv6": "2001:db8::7",
    "ip": "192.0.2.7",
    "byte": "aGVsbG8=",
    "base64": "aGVsbG8=",
    "duration": "PT2H",
    "time": "09:30:00",
    "decimal": "12.50",
}


class Sampler:
    """Makes payloads; `n` says whose: texts that must be unique differ with it."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def payload(self, schema: Schema, n: int, *, optional: bool = True) -> Any:
        """A value for the schema; ABSENT when there is none. `optional`: with optional fields."""
        return self._value(schema, "", n, optional, 0)

    def value(self, schema: Schema, name: str, n: int) -> Any:
        """A value for one field."""
        return self._value(schema, name, n, True, 1)

    def _value(self, schema: Any, name: str, n: int, optional: bool, depth: int) -> Any:
        found = self.choose(schema)
        if depth > DEEPEST or found.get("readOnly"):
            return ABSENT
        given = self._given(found, n)
        if given is not ABSENT:
            return given
        kind = kind_of(found)
        if kind == "object":
            return self._object(found, n, optional, depth)
        if kind == "array":
            return self._array(found, name, n, optional, depth)
        if kind == "boolean":
            return texts.flag_for(name, n)
        if kind in ("integer", "number"):
            return number(found, name, n)
        return text(found, name, n)

    def choose(self, schema: Any) -> dict[str, Any]:
        """References followed, and of alternatives the first that is not null."""
        found = self.document.resolve(schema)
        for _ in range(DEEPEST):
            key = next((one for one in ("anyOf", "oneOf") if found.get(one)), None)
            if key is None:
                return found
            options = [self.document.resolve(one) for one in found[key]]
            real = [one for one in options if one.get("type") != "null"] or [{}]
            chosen = _exact(real) or real[0]
            besides = {k: v for k, v in found.items() if k not in (key, "title")}
            found = self.document.resolve({**besides, **chosen})
        return found

    def _given(self, schema: Schema, n: int) -> Any:
        """An example, a constant, or a member of an enumeration."""
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            members = [one for one in schema["enum"] if one is not None]
            return members[0] if members else ABSENT
        examples = schema.get("examples")
        if "example" in schema:
            examples = [schema["example"]]
        if isinstance(examples, Mapping):
            examples = [one.get("value") for one in examples.values() if isinstance(one, Mapping)]
        if not isinstance(examples, list) or not examples or examples[0] in ("string", None):
            return ABSENT
        # Who needs another value than the example's gets a made one.
        return copy.deepcopy(examples[n]) if n < len(examples) else ABSENT

    def _object(self, schema: Schema, n: int, optional: bool, depth: int) -> Any:
        properties = schema.get("properties") or {}
        required = schema.get("required") or []
        made: dict[str, Any] = {}
        person = any(texts.is_secret(one) or "email" in snake(one) for one in properties)
        for name, about in properties.items():
            if name not in required and (not optional or self.choose(about).get("deprecated")):
                continue
            value = self._value(about, name, n, optional, depth + 1)
            if value == texts.text_for("name", n) and not person:
                value = fitted(texts.text_for(name, n, person=False), self.choose(about))
            if value is not ABSENT:
                made[name] = value
            elif name in required and not self.choose(about).get("readOnly"):
                return ABSENT
        if not properties and depth:
            return {"colour": "blue"}
        return made

    def _array(self, schema: Schema, name: str, n: int, optional: bool, depth: int) -> Any:
        singular = name[:-1] if name.endswith("s") else name
        item = self._value(schema.get("items") or {}, singular, n, optional, depth + 1)
        if item is ABSENT:
            return [] if not schema.get("minItems") else ABSENT
        return [copy.deepcopy(item) for _ in range(max(1, int(schema.get("minItems") or 1)))]

    def at(self, schema: Schema, path: tuple[str | int, ...]) -> tuple[dict[str, Any], bool]:
        """The schema of a field of the payload, and whether it must be there."""
        found, required = self.choose(schema), True
        for part in path:
            if isinstance(part, int):
                found, required = self.choose(found.get("items")), True
                continue
            required = part in (found.get("required") or [])
            found = self.choose((found.get("properties") or {}).get(part))
        return found, required


def kind_of(schema: Schema) -> str:
    """The JSON type that a schema asks for; text when it does not say."""
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), None)
    if kind is None and ("properties" in schema or "additionalProperties" in schema):
        return "object"
    if kind is None and "items" in schema:
        return "array"
    return str(kind or "string")


def _exact(options: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Where a number may be sent as text, the text: it is exact."""
    kinds = {kind_of(one): one for one in options}
    if set(kinds) == {"number", "string"}:
        return {"type": "string", "format": "decimal", "limits": kinds["number"]}
    return None


def number(schema: Schema, name: str, n: int) -> int | float:
    """Within the limits; with two decimal places where the type has any."""
    whole = kind_of(schema) == "integer"
    value: float = texts.number_for(name, n) + (0 if whole else 0.5)
    low, high = _bounds(schema, whole)
    if value < low:
        value = low
    if value > high:
        value = high
    step = schema.get("multipleOf")
    if isinstance(step, int | float) and step > 0 and value % step:
        value = math.ceil(value / step) * step
    return int(value) if whole else value


def _bounds(schema: Schema, whole: bool) -> tuple[float, float]:
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    margin = 1 if whole else 0.5
    if above is True:  # as OpenAPI 3.0 has it
        low += margin
    elif isinstance(above, int | float) and above is not False:
        low = max(low, above + margin)
    if below is True:
        high -= margin
    elif isinstance(below, int | float) and below is not False:
        high = min(high, below - margin)
    return low, high


def text(schema: Schema, name: str, n: int) -> Any:
    """A text of the format, else one that matches the pattern, else one for the name."""
    shape, plain = schema.get("format"), snake(name)
    if shape in FILES:
        return ABSENT
    if shape == "decimal":
        limits = {"type": "number", **schema.get("limits", {})}
        return f"{number(limits, name, n):.2f}"
    if shape == "email":
        return texts.text_for("email", n)
    if shape == "date":
        return texts.moment(plain, n) if "birth" in plain else texts.date(plain, n)
    if shape == "date-time":
        return texts.instant(plain, n)
    if shape == "password":
        return texts.text_for(name if texts.is_secret(name) else "password", n)
    if shape in FORMATS:
        return FORMATS[shape]
    return fitted(texts.text_for(name, n), schema)


def fitted(value: str, schema: Schema) -> str:
    """Of the right length, and as the pattern wants it."""
    least, most = int(schema.get("minLength") or 0), schema.get("maxLength")
    while len(value) < least:
        value += f" {value}" if value else "text"
    if isinstance(most, int):
        value = value[:most].rstrip() if len(value[:most].rstrip()) >= least else value[:most]
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and not patterns.finds(pattern, value):
        made = patterns.matching(pattern, least)
        return value if made is None else made
    return value


COLUMNS = (
    (r"character varying.*|text|citext", "text"),
    (r"smallint|integer|bigint", "integer"),
    (r"numeric.*|double precision", "decimal"),
    (r"boolean", "boolean"),
    (r"timestamp.*", "instant"),
    (r"date", "date"),
    (r"jsonb?", "json"),
)


def kind_of_column(column_type: str) -> str | None:
    """The kind of a field, by the type of its column; None for other types."""
    return next((kind for said, kind in COLUMNS if re.fullmatch(said, column_type)), None)


def for_column(name: str, column_type: str, n: int) -> Any:
    """A value that a column takes."""
    kind = kind_of_column(column_type)
    if kind == "text":
        limit = re.search(r"\((\d+)\)", column_type)
        value = texts.text_for(name, n, person=False)
        return value[: int(limit[1])] if limit else value
    return {
        "integer": texts.number_for(name, n),
        "decimal": f"{12 + n}.50",
        "boolean": texts.flag_for(name, n),
        "instant": texts.instant(snake(name), n),
        "date": texts.date(snake(name), n),
        "json": {"colour": "blue" if n % 2 == 0 else "red"},
    }.get(kind or "")
