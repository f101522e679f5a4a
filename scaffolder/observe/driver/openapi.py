"""Operations of an OpenAPI 3 or Swagger 2 document: method, path, parameters, payload."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

METHODS = ("get", "post", "put", "patch", "delete")
WRITES = METHODS[1:]
PARAMETER = re.compile(r"\{([^{}]+)\}")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
DEPTH = 40  # of references that lead to references

Schema = Mapping[str, Any]


def snake(name: str) -> str:
    """`itemId` -> `item_id`; only what a captured name may hold: [a-z][a-z0-9_]*."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    text = re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")
    return text if text[:1].isalpha() else f"v_{text}".rstrip("_")


@dataclass(frozen=True)
class Operation:
    """One operation. `body`: json or form; `secured`: None when the document does not say."""

    method: str
    path: str  # placeholders in snake case
    name: str = ""
    body: str | None = None
    schema: Schema = field(default_factory=dict)
    examples: tuple[Any, ...] = ()
    parameters: Mapping[str, Schema] = field(default_factory=dict)  # of the path
    query: Mapping[str, Schema] = field(default_factory=dict)  # required ones only
    headers: Mapping[str, str] = field(default_factory=dict)
    secured: bool | None = None
    form_page: bool = False  # a page of HTML: its token is in the page of the same path

    @property
    def label(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def places(self) -> list[str]:
        """Names of the path's parameters, in order."""
        return PARAMETER.findall(self.path)

    @property
    def words(self) -> list[str]:
        """The path's segments that are no parameters."""
        return [part for part in self.path.split("/") if part and not PARAMETER.search(part)]


class Document:
    """An OpenAPI document; references inside of it are followed."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content

    def resolve(self, schema: Any) -> dict[str, Any]:
        """The schema that a reference leads to, `allOf` merged; {} for what is none."""
        for _ in range(DEPTH):
            if not isinstance(schema, Mapping) or "$ref" not in schema:
                break
            besides = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {**self._target(str(schema["$ref"])), **besides}
        if not isinstance(schema, Mapping):
            return {}
        if "allOf" in schema:
            return self._merged(schema)
        return dict(schema)

    def _merged(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        merged: dict[str, Any] = {k: v for k, v in schema.items() if k != "allOf"}
        for part in schema["allOf"]:
            found = self.resolve(part)
            properties = {**found.get("properties", {}), **merged.get("properties", {})}
            required = [*found.get("required", []), *merged.get("required", [])]
            merged = {**found, **merged}
            if properties:
                merged |= {"properties": properties, "required": required}
        return merged

    def _target(self, reference: str) -> Mapping[str, Any]:
        node: Any = self.content
        for part in reference.removeprefix("#/").split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            node = node.get(key) if isinstance(node, Mapping) else None
        return node if isinstance(node, Mapping) else {}

    @property
    def prefix(self) -> str:
        """What stands before each path: of the first server, or basePath."""
        if "swagger" in self.content:
            return str(self.content.get("basePath") or "").rstrip("/")
        servers = self.content.get("servers") or [{}]
        url = servers[0].get("url", "") if isinstance(servers[0], Mapping) else ""
        return urlsplit(str(url)).path.rstrip("/")

    @property
    def _says_security(self) -> bool:
        """Whether any operation says who may perform it: then those that do not are open."""
        paths = self.content.get("paths") or {}
        said = [
            one for item in paths.values() if isinstance(item, Mapping) for one in item.values()
        ]
        return any(isinstance(one, Mapping) and one.get("security") for one in said)

    def operations(self) -> list[Operation]:
        """In the order of the document."""
        return list(self._operations())

    def _operations(self) -> Iterator[Operation]:
        paths = self.content.get("paths")
        for path, item in (paths if isinstance(paths, Mapping) else {}).items():
            shared = self.resolve(item)
            for method in METHODS:
                if isinstance(shared.get(method), Mapping):
                    yield self._operation(method, str(path), shared, shared[method])

    def _operation(
        self, method: str, path: str, shared: Mapping[str, Any], said: Mapping[str, Any]
    ) -> Operation:
        parameters = [self.resolve(one) for one in said.get("parameters") or []]
        named = {(one.get("name"), one.get("in")) for one in parameters}
        for one in map(self.resolve, shared.get("parameters") or []):
            if (one.get("name"), one.get("in")) not in named:
                parameters.append(one)
        kind, schema, examples = self._body(said, parameters)
        security = said.get("security", self.content.get("security"))
        if security is None and self._says_security:
            security = []
        return Operation(
            method=method,
            path=PARAMETER.sub(lambda found: "{" + snake(found[1]) + "}", self.prefix + path),
            name=str(said.get("operationId") or ""),
            body=kind,
            schema=schema,
            examples=tuple(examples),
            parameters={snake(one["name"]): _typed(one) for one in _of(parameters, "path")},
            query={
                str(one["name"]): _typed(one)
                for one in _of(parameters, "query")
                if one.get("required")
            },
            secured=None if security is None else bool(security),
        )

    def _body(
        self, said: Mapping[str, Any], parameters: list[dict[str, Any]]
    ) -> tuple[str | None, Schema, list[Any]]:
        """Kind, schema and examples of the payload; of Swagger 2 and of OpenAPI 3."""
        for one in _of(parameters, "body"):
            return "json", one.get("schema") or {}, _examples(one)
        fields = _of(parameters, "formData")
        if fields:
            required = [one["name"] for one in fields if one.get("required")]
            properties = {one["name"]: one for one in fields}
            return "form", {"properties": properties, "required": required}, []
        content = self.resolve(said.get("requestBody")).get("content")
        if not isinstance(content, Mapping):
            return None, {}, []
        for media, about in content.items():
            if "json" in media:
                return "json", about.get("schema") or {}, _examples(about)
        for media, about in content.items():
            if media in FORMS:
                return "form", about.get("schema") or {}, _examples(about)
        return None, {}, []


def _of(parameters: list[dict[str, Any]], place: str) -> list[dict[str, Any]]:
    return [one for one in parameters if one.get("in") == place and one.get("name")]


def _typed(parameter: Mapping[str, Any]) -> Schema:
    """The schema of a parameter, with its example; Swagger 2 has the type on the parameter."""
    schema = dict(parameter.get("schema") or {k: v for k, v in parameter.items() if k != "in"})
    if "example" in parameter:
        schema["example"] = parameter["example"]
    return schema


def _examples(about: Mapping[str, Any]) -> list[Any]:
    found = [about["example"]] if "example" in about else []
    named = about.get("examples")
    if isinstance(named, Mapping):
        found += [
            one["value"] for one in named.values() if isinstance(one, Mapping) and "value" in one
        ]
    return found
