"""A PostgreSQL server in a container of production's image, with its data in memory.

Containers carry the process that owns them as a label: the next session removes those whose owner
has died, and never another's.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from typing import Any
from urllib.parse import urlsplit

from support.postgres.options import initdb_options, locales, options
from support.postgres.owner import Owner
from support.postgres.server import LOG_TAIL, RungFailed, Server, describe, wait_for

LABEL = "parity.owner"
START_SECONDS = 90
PUBLISH_SECONDS = 10
DATA = "/parity"


def start(image: str, settings: Any, echo: Callable[[str], None]) -> Server:
    """Runs the image, pulled if it is not here, and waits until it answers; raises RungFailed."""
    try:
        import docker
    except ImportError as error:
        raise RungFailed("the Python package `docker` is not installed") from error
    try:
        with ExitStack() as stack:
            client = stack.enter_context(closing(docker.from_env()))
            client.ping()
            _reap(client)
            _pull(client, image, echo)
            server = _first_locale(client, image, settings)
            stack.pop_all()  # the client stays open to remove the container
            return server
    except (docker.errors.DockerException, OSError) as error:  # requests' errors are OSErrors
        raise RungFailed(" ".join(str(error).split())[:300]) from error


def _first_locale(client: Any, image: str, settings: Any) -> Server:
    """The image may lack production's locale, which only initdb finds out."""
    first, *others = locales(settings)
    try:
        return _run(client, image, settings, first)
    except RungFailed as failure:
        if "locale" not in str(failure):
            raise
    server = _run(client, image, settings, others[0])
    lacks = f"collation {others[0]}: image {image} has no {first}"
    server.degraded = "; ".join(filter(None, (server.degraded, lacks)))
    return server


def _pull(client: Any, image: str, echo: Callable[[str], None]) -> None:
    import docker

    try:
        client.images.get(image)
    except docker.errors.ImageNotFound:
        echo(f"pulling {image}")
        client.images.pull(image)


def _run(client: Any, image: str, settings: Any, locale: str) -> Server:
    host, address = _where(client)
    run, password = secrets.token_hex(4), secrets.token_urlsafe(16)
    container = client.containers.run(
        image,
        ["postgres", *options(settings)],
        detach=True,
        name=f"parity-{run}",
        labels={LABEL: str(Owner.me()), "parity.run": run},
        environment={
            "POSTGRES_PASSWORD": password,
            "POSTGRES_INITDB_ARGS": " ".join(initdb_options(settings, locale)),
            "PGDATA": f"{DATA}/data",
        },
        tmpfs={DATA: "rw"},
        ports={"5432/tcp": (address, None)},
    )

    def runs() -> bool:
        container.reload()
        return bool(container.status == "running")

    try:
        port = _published(container, runs)
        server = Server("docker", host, port, "postgres", password, log=container.name)
        with wait_for(server.connect, runs, seconds=START_SECONDS, pause=0.05) as connection:
            describe(server, connection, settings)
    except RungFailed as failure:
        end = " ".join(container.logs(tail=5).decode("utf-8", "replace").split())
        container.remove(force=True, v=True)
        raise RungFailed(f"{failure}: {end}"[:400]) from failure

    def stop() -> None:
        container.remove(force=True, v=True)
        client.close()

    server._stop = stop
    return server


def _published(container: Any, runs: Callable[[], bool]) -> int:
    """The port of this host that the engine chose."""
    deadline = time.monotonic() + PUBLISH_SECONDS
    while runs() and time.monotonic() < deadline:
        if found := container.ports.get("5432/tcp"):
            return int(found[0]["HostPort"])
        time.sleep(0.01)
    raise RungFailed("the container ended, or published no port")


def _where(client: Any) -> tuple[str, str]:
    """Where a published port is reached, and the address to publish it on.

    An engine of another host (docker:dind in GitLab, say) is reached by that host's name.
    """
    host = urlsplit(client.api.base_url).hostname
    if client.api.base_url.startswith("http+") or host in (None, "localhost", "127.0.0.1"):
        return "127.0.0.1", "127.0.0.1"
    return str(host), "0.0.0.0"


def _reap(client: Any) -> None:
    import docker

    for container in client.containers.list(all=True, filters={"label": LABEL}):
        owner = Owner.parse(container.labels[LABEL])
        if owner and owner.is_gone():
            with suppress(docker.errors.APIError):  # another session was faster
                container.remove(force=True, v=True)


def read_log(name: str) -> str:
    """The end of a container's log, or why it cannot be had."""
    import docker

    try:
        with closing(docker.from_env()) as client:
            logs = client.containers.get(name).logs(tail=200)
    except (docker.errors.DockerException, OSError) as error:
        return f"(no log of container {name}: {error})"
    return str(logs.decode("utf-8", "replace")[-LOG_TAIL:])
