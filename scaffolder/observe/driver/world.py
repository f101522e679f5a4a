"""What discovery is given and what it gives.

The driver runs in the environment of a rendered harness: it uses `support.*`, httpx, psycopg and
the standard library.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from types import ModuleType
from typing import Any, cast

from support.app.application import Application
from support.database.cluster import Database
from support.journeys.client import Client
from support.journeys.journey import Journey, RunsCommands
from support.journeys.outcome import Outcome
from support.journeys.stage import Stage

Echo = Callable[[str], None]
Step = dict[str, Any]
Table = str
Fingerprint = dict[Table, dict[Any, dict[str, Any]]]


@dataclass(frozen=True)
class SeenRequest:
    """A request that the team's own tests make; `{name}` in `path` for what is not literal."""

    method: str
    path: str
    json: Any = None
    form: dict[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    evidence: str = ""


@dataclass(frozen=True)
class Known:
    """What was read from the repository.

    `environment`: the application's variables, with defaults that the source names.
    `credentials`: further pairs of user name and password (of a `createsuperuser` command, say).
    `document`: the OpenAPI document, where the repository holds one. `routes`: `POST /orders/{id}`,
    as the source has them. `seconds`: for all of it.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    credentials: Sequence[tuple[str, str]] = ()
    schema_paths: Sequence[str] = ()
    document: Mapping[str, Any] | None = None
    requests: Sequence[SeenRequest] = ()
    routes: Sequence[str] = ()
    seconds: float = 90.0


@dataclass
class Discovered:
    """Sections of parity.yaml as they stand there, what was tried in vain, and open questions.

    `document_at`: where the OpenAPI document came from, None without one.
    `not_covered`: `{"operation": "POST /orders", "why": "..."}`.
    """

    logins: list[dict[str, Any]] = field(default_factory=list)
    journeys: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    not_covered: list[dict[str, str]] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    document_at: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For the report of the driver: plain JSON values throughout."""
        return asdict(self)


class Deadline:
    """The moment at which discovery ends with what it has."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return self._end - time.monotonic()

    @property
    def over(self) -> bool:
        return self.left <= 0


ADVANCE = """
    SELECT setval(s.seqrelid::regclass,
        least(s.seqmax - 1000, coalesce(pg_sequence_last_value(s.seqrelid), 0)
            + 1000 * row_number() OVER (ORDER BY s.seqrelid)))
    FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
    WHERE c.relpersistence <> 't' AND s.seqincrement > 0 AND s.seqmax > 20000
"""


class _Shifted:
    """The database, in which each table goes on to count elsewhere: no two ids are equal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def reset(self) -> str:
        outcome = self._database.reset()
        self._database.session().execute(ADVANCE)
        return outcome


class World:
    """The application on one database, brought back to its snapshot before each action.

    Whoever makes it has called `database.snapshot()`. `ready` starts the server where it does not
    run (`ServerProcess.ready` of support/app/serve.py), `run` is its `command_runner`.
    """

    def __init__(
        self,
        ready: Callable[[], Application],
        database: Database,
        run: RunsCommands,
        settings: ModuleType,
    ) -> None:
        self.database = database
        # The logins are found on the way, and are not those of the draft's settings.
        self.settings = ModuleType("observed")
        vars(self.settings).update(LOGINS={}, PROXY_HEADERS=settings.PROXY_HEADERS)
        self.commands: list[str] = list(settings.PREPARE)  # they may name who is there at first
        self.stage = Stage(ready, database, run, self.settings)
        # As long as a sequence starts at 1 everywhere, any id may seem to be any other.
        shifted = cast(Database, _Shifted(database))
        self._shifted = Stage(ready, shifted, run, self.settings)

    @property
    def logins(self) -> dict[str, dict[str, Any]]:
        """Login id -> steps and headers, as the harness's settings have them; to be added to."""
        logins: dict[str, dict[str, Any]] = self.settings.LOGINS
        return logins

    def client(
        self, login: str | None = None, setup: Sequence[Step] = (), *, shifted: bool = False
    ) -> Client:
        """A client on the fresh database, logged in, after the setup. Raises Unexpected.

        `shifted`: with other ids than usual.
        """
        name = self._rehearsal(login, setup)
        stage = self._shifted if shifted else self.stage
        return stage.prepared(Journey(name, {}, login=login, setup=list(setup)))

    def fingerprint(self) -> Fingerprint:
        """Everything that is stored now."""
        return self.database.fingerprint()

    def perform(self, journey: Journey) -> Outcome:
        """The harness's own performance of a journey. Raises Unexpected for its setup."""
        name = self._rehearsal(journey.login, journey.setup)
        return self.stage.perform(replace(journey, id=name))

    def _rehearsal(self, login: str | None, setup: Sequence[Step]) -> str:
        """A name for what comes before the action: the harness goes on from there by the name."""
        what = repr((login, self.logins.get(login or ""), list(setup)))
        return hashlib.sha256(what.encode()).hexdigest()[:12]

    def close(self) -> None:
        """Ends the sessions on the database."""
        self.stage.close()
        self._shifted.close()
