"""Who may log in, and what a log-in sends and gets: names, passwords, tokens."""

from __future__ import annotations

import copy
import itertools
import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scaffolder.observe.driver import texts
from scaffolder.observe.driver.answers import dotted, is_plain, leaves, put
from scaffolder.observe.driver.openapi import snake
from scaffolder.observe.driver.world import Fingerprint, Step

USERS = re.compile(r"users?|accounts?|members?|customers?|authors?|people")
TOKENS = (
    "access_token",
    "access",
    "token",
    "auth_token",
    "jwt",
    "id_token",
    "key",
    "session_token",
)
# Whose account these variables hold is none of the application's users.
SERVERS = re.compile(r"(^|_)(DB|DATABASE|POSTGRES|PG|PGUSER|SMTP|MAIL|RABBITMQ|REDIS|AWS|S3)(_|$)")
USER = re.compile(r"(EMAIL|USER|USERNAME|LOGIN|SUPERUSER|ADMIN|NAME)$")
PASSWORD = re.compile(r"(PASSWORD|PASSWD|PASS|PWD)$")
MOST = 12  # pairs of name and password
SENT = ("json", "form")


@dataclass(frozen=True)
class Identity:
    """Who logs in: the names under which the application may know them, and the password."""

    names: Mapping[str, str]
    password: str


def identity_in(step: Step) -> Identity:
    """Who a sign-up makes: the texts of its payload by the names of their fields."""
    payload: Any = next((step[kind] for kind in SENT if kind in step), {})
    names: dict[str, str] = {}
    password = texts.PASSWORD
    for path, value in leaves(payload):
        name = snake(str(path[-1])) if path else ""
        if texts.is_secret(name):
            password = str(value)
        elif name in texts.IDENTITIES and isinstance(value, str):
            names[name] = value
    return Identity(names, password)


def holds_secret(step: Step) -> bool:
    payload: Any = next((step[kind] for kind in SENT if kind in step), {})
    return any(path and texts.is_secret(str(path[-1])) for path, _ in leaves(payload))


def sent_values(step: Step) -> list[Any]:
    return [value for kind in SENT if kind in step for _, value in leaves(step[kind])]


def as_look(step: Step, values: Mapping[str, str]) -> Step:
    """As an entry of `visible`: there `json` is what is expected, and `content` what is sent."""
    made: Step = {key: step[key] for key in step if key not in (*SENT, "capture")}
    kind = next(one for one in SENT if one in step)
    payload = copy.deepcopy(step[kind])
    for path, value in list(leaves(payload)):
        put(payload, path, values.get(value, value) if isinstance(value, str) else value)
    if kind == "form":
        return {**made, "form": payload}
    headers = {**made.get("headers", {}), "Content-Type": "application/json"}
    return {**made, "content": json.dumps(payload), "headers": headers}


def tokens(answer: Any) -> list[str]:
    """Paths of what may be a token, the likeliest first."""
    found = []
    for path, value in leaves(answer):
        name = snake(str(path[-1])) if path else ""
        if isinstance(value, str) and len(value) > 8 and name in TOKENS and is_plain(path):
            found.append((TOKENS.index(name), len(path), dotted(path)))
    return [path for _, _, path in sorted(found)]


def identities(
    environment: Mapping[str, str], credentials: Sequence[tuple[str, str]], initial: Fingerprint
) -> list[Identity]:
    """Who may be there from the beginning: of commands, of the environment, of the rows."""
    found = [_named(user, password) for user, password in credentials]
    own = {name: value for name, value in environment.items() if value and not SERVERS.search(name)}
    passwords = {name: value for name, value in own.items() if PASSWORD.search(name)}
    users = {name: value for name, value in own.items() if USER.search(name)}
    rows = dict.fromkeys(_of_rows(initial))
    for variable, password in passwords.items():
        stem = PASSWORD.sub("", variable).strip("_")
        akin = [value for name, value in users.items() if stem and name.startswith(stem)]
        for user in dict.fromkeys([*akin, *rows, *users.values()]):
            found.append(_named(user, password))
    return found[:MOST]


def _named(user: str, password: str) -> Identity:
    return Identity({"username": user} | ({"email": user} if "@" in user else {}), password)


def of_commands(commands: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of words in commands that prepare the database: `ensure_staff reception a-password`."""
    found = []
    for command in commands:
        words = shlex.split(command)
        options = {name.lstrip("-"): value for name, value in itertools.pairwise(words)}
        users = [options[name] for name in ("email", "username", "user") if name in options]
        found += [(user, options["password"]) for user in users if "password" in options]
        plain = [word for word in words[2:] if re.fullmatch(r"[^-=/][^=/]*", word)]
        found += list(itertools.pairwise(plain))
    return found


def origins(environment: Mapping[str, str]) -> list[str]:
    """Sites that a browser may come from: the server itself, and what the environment names."""
    named = [
        one.strip().rstrip("/")
        for value in environment.values()
        for one in value.split(",")
        if re.fullmatch(r"\s*https?://[A-Za-z0-9.:-]+/?\s*", one)
    ]
    return ["{base_url}", *dict.fromkeys(named)][:4]


def _of_rows(initial: Fingerprint) -> Iterator[str]:
    """Names and addresses of the users that are stored."""
    for table, rows in initial.items():
        if not USERS.search(table):
            continue
        for row in list(rows.values())[:3]:
            for column in ("email", "username", "login"):
                if isinstance(row.get(column), str):
                    yield row[column]
