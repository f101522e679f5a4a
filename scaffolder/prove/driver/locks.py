"""A lock that lacks one distribution, as one that was not made again after a dependency came."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from packaging.utils import canonicalize_name

from support.install import lockfiles

TABLE = re.compile(r"^(?=\[\[packages?\]\])", re.MULTILINE)
AFTER = re.compile(r"^(?=\[(?!\[?package))", re.MULTILINE)
NAMED = re.compile(r'^name = "([^"]+)"', re.MULTILINE)
NEEDED = re.compile(r'^\s*\{ name = "([^"]+)".*\n', re.MULTILINE)
REQUIRED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)")


def without(lock: Path, name: str) -> bool:
    """Take a distribution out of a lock, in place; whether it was there."""
    old = lock.read_text(encoding="utf-8")
    new = EDITS.get(lockfiles.kind(lock), _requirements)(old, canonicalize_name(name))
    lock.write_text(new, encoding="utf-8")
    return new != old


def _toml(text: str, name: str) -> str:
    """uv.lock, poetry.lock, pdm.lock, pylock.toml: its table, and who says to need it."""
    kept = []
    for part in TABLE.split(text):
        named = NAMED.search(part)
        if part.startswith("[[package") and named and canonicalize_name(named[1]) == name:
            kept += AFTER.split(part)[1:]  # what follows the last table is about the whole lock
        else:
            kept.append(part)
    return NEEDED.sub(
        lambda found: "" if canonicalize_name(found[1]) == name else found[0], "".join(kept)
    )


def _pipenv(text: str, name: str) -> str:
    document = json.loads(text)
    gone = [one for one in document.get("default", {}) if canonicalize_name(one) == name]
    for one in gone:
        del document["default"][one]
    return json.dumps(document, indent=4) + "\n" if gone else text


def _requirements(text: str, name: str) -> str:
    """Its line, with what continues it: hashes."""
    kept: list[str] = []
    dropping = False
    for line in text.splitlines(keepends=True):
        if not dropping:
            found = REQUIRED.match(line)
            dropping = bool(found) and canonicalize_name(found[1] if found else "") == name
            if not dropping:
                kept.append(line)
                continue
        dropping = line.rstrip().endswith("\\")
    return "".join(kept)


EDITS: dict[str, Callable[[str, str], str]] = {
    "uv": _toml,
    "poetry": _toml,
    "pdm": _toml,
    "pylock": _toml,
    "pipenv": _pipenv,
}
