"""The sections `logins`, `journeys` and `refusals`: actions on the running application."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from scaffolder.spec.types import (
    AnswerPath,
    Capture,
    CaptureRegex,
    Column,
    Command,
    Cookie,
    Duration,
    FieldName,
    Header,
    HeaderValue,
    Id,
    Section,
    Table,
    Url,
    member_of,
)

METHODS = ("get", "post", "put", "patch", "delete")


class CaptureFrom(Section):
    """Where a value is captured from, if not from the JSON answer: exactly one of the three."""

    header: Header | None = None
    cookie: Cookie | None = None
    text: CaptureRegex | None = Field(
        default=None, description="Regular expression with exactly one (group)."
    )


CaptureSource = Annotated[
    Annotated[AnswerPath, Tag("|text")] | Annotated[CaptureFrom, Tag("|mapping")],
    Discriminator(member_of),
]
Status = Annotated[int, Field(ge=100, le=599)]
Captures = dict[Capture, CaptureSource]


class Request(Section):
    """An HTTP request: exactly one method, at most one of form, json and content."""

    get: Url | None = None
    post: Url | None = None
    put: Url | None = None
    patch: Url | None = None
    delete: Url | None = None
    form: dict[str, Any] | None = Field(default=None, description="Form fields.")
    json_: Any = Field(default=None, alias="json", description="JSON payload.")
    content: str | None = Field(default=None, description="Raw body.")
    headers: dict[Header, HeaderValue] = {}
    status: Status | None = Field(
        default=None, description="Status that must come back. Without it: any below 400."
    )
    capture: Captures = Field(
        default={}, description="Name, and where its value stands in the answer."
    )

    @property
    def url(self) -> str:
        """The path of the one method that is given."""
        urls: list[str | None] = [getattr(self, name) for name in METHODS]
        return next(url for url in urls if url is not None)


class Action(Request):
    """What a journey does: a request or a command."""

    run: Command | None = Field(default=None, description="Command instead of a request.")
    exit: int | None = Field(default=None, ge=0, le=255, description="Exit code of the command.")
    output: str | None = Field(default=None, description="Text that the command must print.")


class Visible(Section):
    """What must be seen afterwards: one request, and what its answer must hold."""

    get: Url | None = None
    post: Url | None = None
    put: Url | None = None
    patch: Url | None = None
    delete: Url | None = None
    form: dict[str, Any] | None = Field(default=None, description="Form fields to send.")
    content: str | None = Field(default=None, description="Raw body to send.")
    headers: dict[Header, HeaderValue] = {}
    status: Status | None = None
    json_: Any = Field(
        default=None,
        alias="json",
        description="What the JSON answer must hold (never what is sent); matchers allowed.",
    )
    text: str | None = Field(default=None, description="Text that the answer must hold.")
    absent: str | None = Field(default=None, description="Text that the answer must not hold.")


class Stored(Section):
    """What must be stored, read on another connection."""

    table: Table
    where: dict[Column, Any] = Field(default={}, description="Which rows.")
    values: dict[Column, Any] = Field(default={}, description="Their values; matchers allowed.")
    rows: Annotated[int, Field(ge=0)] = Field(default=1, description="How many rows match.")


Shown = Annotated[
    Annotated[AnswerPath, Tag("|text")] | Annotated[Literal[False], Tag("|false")],
    Discriminator(member_of),
]


class PayloadField(Section):
    """A field of the payload and where it is stored and shown."""

    kind: Literal["text", "integer", "decimal", "boolean", "instant", "date", "json"]
    column: Column | None = Field(default=None, description="Default: the name of the field.")
    shown: Shown | None = Field(
        default=None,
        description="Path in the JSON of the first `visible`, or false. "
        "Default: the name of the field, where there is a `visible`.",
    )
    values: list[Any] | None = Field(
        default=None,
        min_length=1,
        description="Values that the application takes, if not any of the kind.",
    )


Outcomes = Annotated[
    Annotated[Visible, Tag("|mapping")] | Annotated[list[Visible], Tag("|list")],
    Discriminator(member_of),
]


class Login(Section):
    """How a user logs in."""

    id: Id
    steps: list[Request] = Field(min_length=1, description="Requests in order.")
    headers: dict[Header, HeaderValue] = Field(
        default={}, description="Sent with every later request; cookies are kept by themselves."
    )


class Journey(Section):
    """Action, stored state, visible outcome."""

    id: Id
    tier: Literal["smoke", "e2e", "nightly"] = "smoke"
    budget: Duration = "5s"
    covers: list[Id] = Field(default=[], description="Ids of failure modes.")
    reason: str | None = Field(default=None, description="Why this tier; written by `parity plan`.")
    pinned: bool = Field(default=False, description="`parity plan` leaves the tier alone.")
    staging: bool = Field(default=False, description="May also run against a deployed application.")
    login: Id | None = None
    setup: list[Request] = Field(default=[], description="Requests before the action.")
    act: Action
    stored: list[Stored] = []
    visible: Outcomes = Field(default=[], description="One request or a list of them.")
    fields: dict[FieldName, PayloadField] = Field(
        default={},
        description="Fields of the payload, for the checks serialization, timezone, boundaries.",
    )

    @property
    def outcomes(self) -> list[Visible]:
        """`visible` as a list."""
        return [self.visible] if isinstance(self.visible, Visible) else self.visible


class Refusal(Section):
    """An action that must be refused and leave nothing behind."""

    id: Id
    login: Id | None = None
    setup: list[Request] = []
    act: Request
    unchanged: list[Table] = Field(
        min_length=1, description="Tables that must be the same afterwards."
    )
