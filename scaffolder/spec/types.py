"""The field types of the model: strict, with a grammar each, and with messages for people."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from packaging.requirements import InvalidRequirement, Requirement
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic_core import PydanticCustomError, core_schema

from scaffolder.spec import grammar
from scaffolder.spec.grammar import Kind
from scaffolder.spec.problems import did_you_mean, quoted


class Section(BaseModel):
    """A mapping of the spec: frozen, no unknown keys, no value changed into another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def refuse(text: str, hint: str = "") -> PydanticCustomError:
    """A validation error with our own words; braces in them are not interpreted."""
    return PydanticCustomError("parity", "{text}", {"text": text, "hint": hint})


@dataclass(frozen=True, slots=True)
class Of:
    """Annotation: text of one kind of the grammar."""

    kind: Kind

    def verify(self, value: str) -> str:
        """The value itself; raises when it does not match."""
        wanted = grammar.problem_of(self.kind, value)
        if wanted is not None:
            raise refuse(f"{quoted(value)} is no {self.kind.name}", wanted)
        return value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self.verify, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        pattern = f"^(?:{self.kind.pattern})$"
        kind = self.kind
        return {
            "title": kind.name.capitalize() if kind.name.islower() else kind.name,
            "type": "string",
            "pattern": pattern,
            "maxLength": kind.limit,
        }


def _command(value: str) -> str:
    reason = grammar.command_problem(value)
    if reason is not None:
        raise refuse(f"{quoted(value)} is no command", reason)
    return value


def _one_line(value: str) -> str:
    if not value.strip() or any(not c.isprintable() for c in value):
        raise refuse(f"{quoted(value)} must be one line of text without control characters")
    return value


def _header_value(value: str) -> str:
    if any(c in "\r\n" or ord(c) < 32 for c in value):
        raise refuse(f"{quoted(value)} is no header value", "one line, no control characters")
    return value


def _requirement(value: str) -> str:
    try:
        Requirement(_one_line(value))
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise refuse(f"{quoted(value)} is no requirement", reason) from error
    return value


_LOCKS = re.compile(
    r"(?:uv\.lock|requirements[A-Za-z0-9_.-]*\.txt|[A-Za-z0-9_.-]+\.txt|poetry\.lock"
    r"|Pipfile\.lock|pylock(?:\.[A-Za-z0-9_-]+)?\.toml|pdm\.lock)"
)
_LOCK_NAMES = [
    "uv.lock",
    "requirements.txt",
    "poetry.lock",
    "Pipfile.lock",
    "pylock.toml",
    "pdm.lock",
]


def _lock(value: str) -> str:
    name = value.rsplit("/", 1)[-1]
    if not _LOCKS.fullmatch(name):
        raise refuse(f"{quoted(value)} is no lock file that parity knows", _lock_hint(name))
    return value


def _lock_hint(name: str) -> str:
    return did_you_mean(name, _LOCK_NAMES)


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise refuse(f"{quoted(value)} is no regular expression", str(error)) from error
    return value


def _capture_pattern(value: str) -> str:
    if re.compile(_pattern(value)).groups != 1:
        raise refuse(f"{quoted(value)} must hold exactly one (group)", "it is what is captured")
    return value


def member_of(value: Any) -> str:
    """Which member of a union a YAML value belongs to, by its shape: the tag of the member."""
    if isinstance(value, dict):
        return "|mapping"
    if isinstance(value, list):
        return "|list"
    return "|false" if value is False else "|text"


Id = Annotated[str, Of(grammar.ID)]
Capture = Annotated[str, Of(grammar.CAPTURE)]
Module = Annotated[str, Of(grammar.MODULE)]
Variable = Annotated[str, Of(grammar.VARIABLE)]
Table = Annotated[str, Of(grammar.TABLE)]
Column = Annotated[str, Of(grammar.COLUMN)]
RepositoryPath = Annotated[str, Of(grammar.PATH)]
AppPath = Annotated[str, Of(grammar.NEAR_PATH)]
Lock = Annotated[str, Of(grammar.NEAR_PATH), AfterValidator(_lock)]
Glob = Annotated[str, Of(grammar.GLOB)]
Evidence = Annotated[str, Of(grammar.EVIDENCE)]
TestId = Annotated[str, Of(grammar.TEST)]
Image = Annotated[str, Of(grammar.IMAGE)]
Locale = Annotated[str, Of(grammar.LOCALE)]
Collation = Annotated[str, Of(grammar.COLLATION)]
TimeZone = Annotated[str, Of(grammar.TIMEZONE)]
System = Annotated[str, Of(grammar.SYSTEM)]
Python = Annotated[str, Of(grammar.PYTHON)]
Major = Annotated[str, Of(grammar.MAJOR)]
Extension = Annotated[str, Of(grammar.EXTENSION)]
Encoding = Annotated[str, Of(grammar.ENCODING)]
Package = Annotated[str, Of(grammar.PACKAGE)]
Header = Annotated[str, Of(grammar.HEADER)]
Cookie = Annotated[str, Of(grammar.COOKIE)]
FieldName = Annotated[str, Of(grammar.FIELD)]
AnswerPath = Annotated[str, Of(grammar.ANSWER)]
Runner = Annotated[str, Of(grammar.RUNNER)]
Url = Annotated[str, Of(grammar.URL)]
Duration = Annotated[str, Of(grammar.DURATION)]
Day = Annotated[str, Of(grammar.DATE)]
Requires = Annotated[str, AfterValidator(_requirement)]
Command = Annotated[str, AfterValidator(_command)]
Line = Annotated[str, AfterValidator(_one_line)]
HeaderValue = Annotated[str, AfterValidator(_header_value)]
Regex = Annotated[str, AfterValidator(_pattern)]
CaptureRegex = Annotated[str, AfterValidator(_capture_pattern)]
