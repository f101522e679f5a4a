"""First on the application's path while it is observed: Python's sockets reach this machine alone.

An observed application may send mail or call services that cost money. Refused are names and
addresses that are not loopback, and on loopback the ports of mail servers and those of PostgreSQL
servers other than the observation's own. Each refusal is appended to the file that PARITY_REFUSED
names, and looks like a machine without a network to the application.

What this does not stop: extensions with sockets of their own (libpq, uvloop, librdkafka, gRPC) and
programs that are not Python. libpq gets PGOPTIONS that another server refuses, and what asks for
a proxy gets one that does not answer; the rest is not held.
"""

from __future__ import annotations

import errno
import importlib.machinery
import importlib.util
import ipaddress
import os
import socket
import sys

MAIL = {25, 465, 587, 2525}
POSTGRES = {5432, 5433, 5434, 6432}
NAMES = {"", "localhost", "localhost.localdomain", "localhost6", "ip6-localhost"}
OWN_HOST = os.environ.get("PARITY_POSTGRES_HOST", "").lower()
OWN_PORT = int(os.environ.get("PARITY_POSTGRES_PORT") or 0)
LOG = os.environ.get("PARITY_REFUSED")


def _own_hosts() -> set[str]:
    """The names and addresses of the observation's PostgreSQL, which may run on another machine."""
    try:
        found = socket.getaddrinfo(OWN_HOST, OWN_PORT, type=socket.SOCK_STREAM) if OWN_HOST else []
    except OSError:
        found = []
    return {OWN_HOST, *(str(entry[4][0]) for entry in found)} - {""}


OWN = _own_hosts()


def _note(what: str) -> None:
    if LOG:
        try:
            handle = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError:  # the application may run in another root or as another user
            return
        os.write(handle, f"{what}\n".encode("utf-8", "replace"))
        os.close(handle)


def _is_loopback(host: object) -> bool:
    """Whether a host is this machine; also for `0.0.0.0` and `::`, which a server binds to."""
    if host is None:
        return True
    text = _text(host)
    if text in NAMES or text.endswith(".localhost") or text == socket.gethostname().lower():
        return True
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback or address.is_unspecified


def _text(host: object) -> str:
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    return text.rstrip(".").lower()


def _refused_address(address: object) -> str:
    """`host:port` where a connection must not be made, else nothing."""
    if isinstance(address, (str, bytes)):  # a Unix socket
        path = os.fsdecode(address)
        return path if ".s.PGSQL." in path else ""
    if not isinstance(address, tuple) or len(address) < 2 or not isinstance(address[0], str):
        return ""
    host, port = address[0], address[1]
    if port == OWN_PORT and (host.lower() in OWN or _is_loopback(host)):
        return ""
    here = _is_loopback(host) and port not in MAIL | POSTGRES
    return "" if here else f"{host}:{port}"


def _hook(event: str, arguments: tuple) -> None:  # type: ignore[type-arg]
    if not event.startswith("socket."):
        return
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        refused = _refused_address(arguments[1])
        if refused:
            _note(refused)
            raise OSError(errno.ENETUNREACH, f"{refused}: refused while parity observes")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
        if not _is_loopback(host) and _text(host) not in OWN:
            _note(_text(host))
            raise socket.gaierror(socket.EAI_NONAME, f"{host}: refused while parity observes")


def _go_on() -> None:
    """The sitecustomize that stands next on the path: it would have been imported without ours."""
    here = os.path.dirname(os.path.abspath(__file__))
    others = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


if __name__ == "sitecustomize":
    sys.addaudithook(_hook)
    _go_on()
