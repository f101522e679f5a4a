"""Which distribution an import name belongs to, and where the project declares it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from support.install.lock_graph import read_toml

# Import names that differ from the distribution's name by more than "_" and "-".
ALIASES = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cairo": "pycairo",
    "Crypto": "pycryptodome",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "dns": "dnspython",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "environ": "django-environ",
    "fitz": "PyMuPDF",
    "flask_cors": "Flask-Cors",
    "git": "GitPython",
    "github": "PyGithub",
    "google.protobuf": "protobuf",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "ldap": "python-ldap",
    "magic": "python-magic",
    "memcache": "python-memcached",
    "MySQLdb": "mysqlclient",
    "multipart": "python-multipart",
    "nacl": "PyNaCl",
    "OpenSSL": "pyOpenSSL",
    "PIL": "pillow",
    "pkg_resources": "setuptools",
    "psycopg2": "psycopg2-binary",
    "rest_framework": "djangorestframework",
    "ruamel": "ruamel.yaml",
    "serial": "pyserial",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "socks": "PySocks",
    "telegram": "python-telegram-bot",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}
# A requirement may name either: the C driver and its pre-built wheel.
TWINS = {"psycopg2-binary": "psycopg2", "python-multipart": "multipart"}
LINE = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)", re.MULTILINE)


def distribution(missing: str) -> str:
    """The name to look for: `yaml` -> PyYAML, `foo_bar.baz` -> foo-bar."""
    top = missing.split(".")[0]
    return ALIASES.get(missing) or ALIASES.get(top) or top.replace("_", "-")


def declared(lock: Path, directory: Path) -> dict[str, set[str]]:
    """Where the project asks for what: canonical name -> `production`, `extra s3`, `group dev`."""
    places: dict[str, set[str]] = {}

    def note(texts: Any, place: str) -> None:
        for text in texts:
            match = LINE.match(text) if isinstance(text, str) else None
            if match:
                places.setdefault(canonicalize_name(match[1]), set()).add(place)

    for folder in {directory, lock.parent}:
        _manifest(read_toml(folder / "pyproject.toml"), note)
        _pipfile(read_toml(folder / "Pipfile"), note)
    if lock.suffix in (".txt", ".in"):
        note(lock.read_text("utf-8").splitlines(), "production")
        for file in sorted({*lock.parent.glob("*requirements*.txt"), *lock.parent.glob("*.txt")}):
            if file != lock and ("dev" in file.stem or "test" in file.stem):
                note(file.read_text("utf-8", "replace").splitlines(), f"file {file.name}")
    return places


def _manifest(document: dict[str, Any], note: Any) -> None:
    project = document.get("project", {})
    poetry = document.get("tool", {}).get("poetry", {})
    note(project.get("dependencies", []), "production")
    for extra, texts in project.get("optional-dependencies", {}).items():
        note(texts, f"extra {extra}")
    for group, texts in document.get("dependency-groups", {}).items():
        note(texts, f"group {group}")
    note(document.get("tool", {}).get("uv", {}).get("dev-dependencies", []), "group dev")
    for name, value in poetry.get("dependencies", {}).items():
        if not (isinstance(value, dict) and value.get("optional")):
            note([name], "production")
    for extra, names in poetry.get("extras", {}).items():
        note(names, f"extra {extra}")
    note(poetry.get("dev-dependencies", {}), "group dev")
    for group, content in poetry.get("group", {}).items():
        note(content.get("dependencies", {}), f"group {group}")


def _pipfile(document: dict[str, Any], note: Any) -> None:
    note(document.get("packages", {}), "production")
    note(document.get("dev-packages", {}), "group dev")
