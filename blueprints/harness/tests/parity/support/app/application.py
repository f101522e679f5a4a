"""The application under test: its server process, as production runs it."""

from __future__ import annotations

import shlex
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import httpx

from support.app import children
from support.app.commands import cause

START_SECONDS = 60
STOP_SECONDS = 10
TAIL_LINES = 40


class NotHealthy(AssertionError):
    """The server exited, or did not answer in time; `output` is all that it printed."""

    def __init__(self, problem: str, output: str) -> None:
        tail = "\n".join(output.strip().splitlines()[-TAIL_LINES:])
        super().__init__(f"{problem}\n{tail}")
        self.output = output


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Application:
    """One server process, started by production's command on a free port."""

    def __init__(
        self, settings: ModuleType, variables: Mapping[str, str], directory: Path, log: Path
    ) -> None:
        self.settings = settings
        self.variables = dict(variables)
        self.directory = directory
        self.log = log
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._awaited = True  # whether somebody has waited for this process to be healthy

    @property
    def running(self) -> bool:
        return self._awaited and self.process is not None and self.process.poll() is None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def launch(self) -> None:
        """Start the server without waiting: `start` then does that. Several start at once so."""
        self.port = free_port()
        command = self.settings.START.replace("{host}", "127.0.0.1")
        command = command.replace("{port}", str(self.port))
        self.process = children.spawn(
            shlex.split(command), env=self.variables, cwd=self.directory, log=self.log
        )
        self._awaited = False

    def start(self) -> None:
        """Start the server and wait until it is healthy. Raises NotHealthy."""
        if self._awaited:
            self.launch()
        self._awaited = True
        healthy = False
        try:
            self._wait_until_healthy()
            healthy = True
        finally:  # also when somebody presses Ctrl-C meanwhile
            if not healthy:
                self.stop()

    def stop(self) -> int:
        """SIGTERM, then SIGKILL to what is left of the group. Returns the exit code."""
        self._awaited = True
        if self.process is None:
            return 0
        code = children.terminate(self.process, self.log, STOP_SECONDS)
        self.process = None
        return code

    def output(self) -> str:
        """What the server printed since its start."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def _wait_until_healthy(self) -> None:
        assert self.process is not None
        path = self.settings.HEALTH
        deadline = time.monotonic() + START_SECONDS
        problem = "it never listened on the port that it was given"
        while time.monotonic() < deadline:
            code = self.process.poll()
            if code is not None:
                output = self.output()
                raise NotHealthy(
                    f"the server exited with code {code} before it was healthy: {cause(output)}",
                    output,
                )
            if not listens(self.port):  # asking so costs a tenth of a request that is refused
                time.sleep(0.01)
                continue
            try:
                answer = httpx.get(
                    self.base_url + (path or "/"),
                    headers=self.settings.PROXY_HEADERS,
                    timeout=5,
                    verify=False,
                    trust_env=False,  # a proxy of the developer's shell is no part of this
                )
            except httpx.TransportError:
                time.sleep(0.02)
                continue
            except httpx.RequestError as error:
                problem = f"GET {path or '/'}: {type(error).__name__}: {error}"
                time.sleep(0.1)
                continue
            limit = 400 if path else 500
            if answer.status_code < limit:
                return
            problem = f"GET {path or '/'} answers {answer.status_code}"
            time.sleep(0.1)
        output = self.output()
        raise NotHealthy(
            f"the server is not healthy after {START_SECONDS} s: {problem}: {cause(output)}", output
        )
