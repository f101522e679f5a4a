"""What the name of a container image says."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REFERENCE = re.compile(r"(?P<name>[^@\s]+?)(?::(?P<tag>[\w][\w.-]*))?(?:@(?P<digest>\S+))?$")
_ENGINES = (
    (re.compile(r"postgis|postgres|postgresql|pgvector|pgvector-.*|timescaledb(-ha)?"), "postgres"),
    (re.compile(r"mysql|mysql-server|percona|percona-server"), "mysql"),
    (re.compile(r"mariadb"), "mariadb"),
    (re.compile(r"mongo|mongodb|mongodb-community-server|percona-server-mongodb"), "mongodb"),
    (re.compile(r"mssql|server|azure-sql-edge|mssql-server-linux"), "mssql"),
    (re.compile(r"oracle-xe|oracle-free|database/(free|express|enterprise)"), "oracle"),
)
_DEBIAN = {"buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14"}
_UBUNTU = {"focal": "20.04", "jammy": "22.04", "noble": "24.04", "resolute": "26.04"}
_PYTHONS = frozenset({"python", "pypy", "python-nodejs", "uvicorn-gunicorn-fastapi"})


@dataclass(frozen=True, slots=True)
class Image:
    """Parts of a reference; `name` is the last part of the path, `path` without a registry."""

    path: str
    name: str
    tag: str
    digest: str

    @classmethod
    def read(cls, reference: str) -> Image | None:
        """None for what is no plain reference, one with a variable for example."""
        if "$" in reference or "{" in reference:
            return None
        match = _REFERENCE.match(reference.strip())
        if match is None:
            return None
        first, _, rest = match["name"].partition("/")
        registry = rest and ("." in first or ":" in first or first == "localhost")
        path = rest if registry else match["name"]
        path = path.removeprefix("library/")
        name = path.rpartition("/")[2]
        return cls(path, name.lower(), match["tag"] or "", match["digest"] or "")


def engine(reference: str) -> str | None:
    """The database engine that an image serves."""
    image = Image.read(reference)
    if image is None:
        return None
    for pattern, name in _ENGINES:
        if pattern.fullmatch(image.name) or pattern.fullmatch("/".join(image.path.split("/")[-2:])):
            if image.name == "server" and image.path != "mssql/server":
                continue
            return name
    return None


def version(reference: str) -> str | None:
    """The version of the database in an image's tag, see `series`."""
    image, kind = Image.read(reference), engine(reference)
    if image is None or kind is None:
        return None
    if kind == "postgres":
        named = re.search(r"(?:^|-)pg[_-]?v?(\d+)", image.tag)
        if named:
            return named[1]
        if image.name.startswith("timescale"):
            return None
    found = re.match(r"v?(\d+(?:\.\d+)*)", image.tag)
    return series(kind, found[1]) if found else None


def series(kind: str, number: str) -> str | None:
    """PostgreSQL from 10 on has one number (`16`), everything else up to two (`8.0`, `9.6`)."""
    parts = re.findall(r"\d+", number)
    if not parts:
        return None
    modern = kind == "postgres" and int(parts[0]) >= 10
    return parts[0] if modern else ".".join(parts[:2])


def python(reference: str) -> str | None:
    """`3.12` of `python:3.12-slim`, `ghcr.io/astral-sh/uv:python3.12-alpine` and the like."""
    image = Image.read(reference)
    if image is None:
        return None
    named = re.search(r"(?:^|[-_])(?:python|py)-?(3\.\d+)", image.tag)
    if named:
        return named[1]
    if image.name in _PYTHONS or "python" in image.name:
        plain = re.match(r"v?(3\.\d+)(?![\d])", image.tag)
        if plain:
            return plain[1]
    inside = re.search(r"python-?(3)\.?(\d{1,2})$", image.name)
    return f"{inside[1]}.{inside[2]}" if inside else None


def system(reference: str) -> str | None:
    """`debian-12`, `ubuntu-24.04`, `alpine-3.20`: only where the reference says it."""
    image = Image.read(reference)
    if image is None:
        return None
    words = re.split(r"[-_]", image.tag)
    for word in words:
        if word in _DEBIAN:
            return f"debian-{_DEBIAN[word]}"
        if word in _UBUNTU:
            return f"ubuntu-{_UBUNTU[word]}"
    alpine = re.search(r"(?:^|-)alpine(3\.\d+)", image.tag)
    if alpine:
        return f"alpine-{alpine[1]}"
    own = re.match(r"(\d+(?:\.\d+)?)", image.tag)
    if own and image.name == "debian":
        return f"debian-{own[1].split('.')[0]}"
    if own and image.name in ("ubuntu", "alpine") and "." in own[1]:
        return f"{image.name}-{own[1]}"
    inside = re.search(r"-debian(\d+)$", image.name)
    return f"debian-{inside[1]}" if inside else None


def floating(reference: str) -> bool:
    """No tag, or one without a number: what it names tomorrow is another image."""
    image = Image.read(reference)
    if image is None or image.digest or image.name == "scratch" or not image.name:
        return False
    return not any(sign.isdigit() for sign in image.tag)


def service(reference: str) -> tuple[str, str] | None:
    """Key and value of a fact about a cache, queue or storage that an image serves."""
    image = Image.read(reference)
    if image is None:
        return None
    for word, found in _SERVICES.items():
        if image.name == word:
            return found
    return None


_CACHE, _QUEUE, _STORAGE = "service.cache", "service.queue", "service.storage"
_SERVICES = {
    "redis": (_CACHE, "redis"),
    "redis-stack": (_CACHE, "redis"),
    "redis-stack-server": (_CACHE, "redis"),
    "valkey": (_CACHE, "valkey"),
    "memcached": (_CACHE, "memcached"),
    "rabbitmq": (_QUEUE, "rabbitmq"),
    "kafka": (_QUEUE, "kafka"),
    "cp-kafka": (_QUEUE, "kafka"),
    "redpanda": (_QUEUE, "kafka"),
    "nats": (_QUEUE, "nats"),
    "minio": (_STORAGE, "minio"),
}
