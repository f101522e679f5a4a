"""This worker's server, and further servers that a check needs under other conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType

from support.application import Application, NotHealthy
from support.commands import process_environment
from support.database import Database
from support.results import Blocked
from support.session import Session


def make_application(
    shared: Session,
    settings: ModuleType,
    database: Database,
    name: str,
    *,
    timezone: str | None = None,
    env: Mapping[str, str] | None = None,
    unset: Iterable[str] = (),
) -> Application:
    """A server of the application on `database`, not yet started."""
    variables = process_environment(
        shared.environment, settings, database.env(), timezone=timezone, env=env, unset=unset
    )
    own = shared.repository / ".parity"
    log = own / "logs" / f"server-{name}.log"
    # A home of its own: servers put control sockets and the like there.
    home = own / "home" / name
    home.mkdir(parents=True, exist_ok=True)
    variables["HOME"] = str(home)
    return Application(settings, variables, shared.directory, log)


class ServerProcess:
    """This worker's server; started when first needed, and again after it died."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.problem: NotHealthy | None = None

    def ready(self) -> Application:
        """Raises Blocked when the server does not start; that is tried once."""
        if self.problem is None and not self.application.running:
            try:
                self.application.start()
            except NotHealthy as problem:
                self.problem = problem
        if self.problem is not None:
            raise Blocked("entry-points", str(self.problem).splitlines()[0])
        return self.application
