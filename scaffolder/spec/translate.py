"""Errors of pydantic as findings in the words of the spec."""

from __future__ import annotations

import re
import typing
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from scaffolder.spec.model import Spec
from scaffolder.spec.positions import Document
from scaffolder.spec.problems import At, Finding, Path, did_you_mean, dotted, quoted

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "union_tag_invalid": "something else",
}
_SINGULAR = {"tiers": "tier", "providers": "provider", "depends_on": "dependency"}


def translate(error: ErrorDetails, document: Document) -> Finding:
    """One error of pydantic, with the path it has in the file."""
    location = tuple(part for part in error["loc"] if part != "[key]")
    path = document.resolve(location)
    kind = error["type"]
    if kind == "parity":
        at: At = "key" if error["loc"][-1] == "[key]" else "value"
        return Finding(path, _own(path, error["ctx"]["text"], at), error["ctx"]["hint"], at)
    if kind == "extra_forbidden":
        key = str(location[-1])
        text = f"unknown key {quoted(key)}{_in(path[:-1])}"
        return Finding(path, text, did_you_mean(key, known_keys(path[:-1])), "key")
    if kind == "missing":
        key = str(location[-1])
        text = f"{quoted(key)} is missing{_in(path)}"
        return Finding(path, text, _missing_hint(path, key))
    if kind == "literal_error":
        return _literal(path, error, document)
    if kind in _WANTED:
        return _wrong_type(path, _WANTED[kind], document)
    return Finding(path, f"{dotted(path)}: {error['msg'].lower()}")


def _own(path: Path, text: str, at: str) -> str:
    where = dotted(path[:-1] if at == "key" else path)
    return f"{where}: {text}" if where else text


def _in(path: Path) -> str:
    return f" in {dotted(path)}" if path else ""


def _missing_hint(path: Path, key: str) -> str:
    if len(path) == 2 and path[0] == "checks" and key in ("tier", "budget"):
        return "`parity plan` writes the checks with tier and budget"
    return ""


def _literal(path: Path, error: ErrorDetails, document: Document) -> Finding:
    if path == ("parity",):
        text = f"this is version {error['input']!r} of the format; this parity reads version 1"
        return Finding(path, text, "write `parity: 1`, or update parity-scaffolder")
    known = re.findall(r"'([^']*)'", error["ctx"]["expected"])
    value = error["input"]
    if not isinstance(value, str):
        return _wrong_type(path, "text", document)
    word = next((str(part) for part in reversed(path) if isinstance(part, str)), "value")
    word = _SINGULAR.get(word, word)
    if word == "engine":
        text = f"the engine {quoted(value)} is not supported yet"
        return Finding(path, text, "the only engine so far is 'postgres'")
    return Finding(path, f"unknown {word} {quoted(value)}", did_you_mean(value, known))


def _wrong_type(path: Path, wanted: str, document: Document) -> Finding:
    scalar = document.scalar(path)
    if scalar is None:
        return Finding(path, f"{dotted(path) or 'the file'}: {wanted} is wanted here")
    written, read_as = scalar
    if wanted == "text":
        text = f"{dotted(path)}: text is wanted, and YAML reads {quoted(written)} as {read_as}"
        hint = f'quote it: "{written}"' if written else "write a text, or leave the key out"
        return Finding(path, text, hint)
    return Finding(path, f"{dotted(path)}: {wanted} is wanted, not {quoted(written)}")


def known_keys(path: Path) -> set[str]:
    """The keys that the model knows for the mapping at a path."""
    annotations: list[Any] = [Spec]
    for part in path:
        annotations = [step for each in annotations for step in _step(each, part)]
    return {key for each in annotations for model in _models(each) for key in _fields(model)}


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {info.alias or name: info.annotation for name, info in model.model_fields.items()}


def _step(annotation: Any, part: str | int) -> list[Any]:
    """What the annotation becomes one key or index further down."""
    if get_origin(annotation) in (list, dict):
        return [get_args(annotation)[-1]]
    if _is_union(annotation):
        return [step for member in get_args(annotation) for step in _step(member, part)]
    if get_origin(annotation) is Annotated:
        return _step(get_args(annotation)[0], part)
    fields = _fields(annotation) if _is_model(annotation) else {}
    return [fields[part]] if isinstance(part, str) and part in fields else []


def _models(annotation: Any) -> list[type[BaseModel]]:
    if _is_union(annotation):
        return [model for member in get_args(annotation) for model in _models(member)]
    if get_origin(annotation) is Annotated:
        return _models(get_args(annotation)[0])
    return [annotation] if _is_model(annotation) else []


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, UnionType)


def _is_model(annotation: Any) -> typing.TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
