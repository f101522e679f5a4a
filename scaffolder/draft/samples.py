"""Values for the variables of production's environment: good enough to start with, never real."""

from __future__ import annotations

import json
import re
from typing import Any

SECRET = "only-for-the-checks-and-long-enough-for-most"
_PLACEHOLDER = re.compile(r"(?i)^$|change.?(me|this)|your|example|xxx|<.*>|\.\.\.|todo|replace|\$")
_BY_NAME: tuple[tuple[str, str], ...] = (
    (r"ALLOWED_HOSTS?$|TRUSTED_HOSTS?$", "127.0.0.1,localhost"),
    (r"(^|_)(ENV|ENVIRONMENT|STAGE)$", "production"),
    (r"REDIS_(URL|URI|DSN)$|(BROKER|RESULT_BACKEND|CACHE)_URL$", "redis://127.0.0.1:6379/0"),
    (r"SENTRY_DSN$", ""),
    (r"(URL|URI|ENDPOINT|ORIGINS?|BASE|FRONTEND_HOST)$", "https://parity.example.org"),
    (r"(EMAIL|MAIL_FROM|_FROM|SENDER|SUPERUSER|ADMINS?)$", "parity@example.org"),
    (r"DOMAIN$", "parity.example.org"),
    (r"HOST$|SERVER$", "127.0.0.1"),
    (r"PORT$", "1025"),
    (r"(SECRET|KEY|TOKEN|SALT|PASSWORD|PASSWD|PASS|PWD)", SECRET),
    (r"(ALGORITHM|JWT_ALG)$", "HS256"),
    (r"(EXPIRE|EXPIRY|TTL|TIMEOUT|SECONDS|MINUTES|DAYS|COUNT|SIZE|LIMIT|MAX|MIN|WORKERS)", "60"),
    (r"(ENABLE|ENABLED|DISABLE|DISABLED|USE_|DEBUG|_TLS|_SSL)", "false"),
    (r"(DIR|DIRECTORY|FOLDER|PATH|ROOT)$", "/tmp"),
    (r"(^TZ$|TIME_?ZONE$)", "UTC"),
    (r"LOG_?LEVEL$", "INFO"),
)
_BY_TYPE = {
    "int": "1",
    "float": "1.0",
    "bool": "false",
    "url": "https://parity.example.org",
    "email": "parity@example.org",
    "list": "[]",
    "json": "{}",
    "dict": "{}",
    "path": "/tmp",
    "secret": SECRET,
}


def detail_of(text: str) -> dict[str, Any]:
    """What a detector knows about a variable: type, default, example; {} when it says nothing."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def sample(name: str, detail: str = "") -> str:
    """A value that the variable can have: an example of the team's own before a guess by type."""
    known = detail_of(detail)
    kind = str(known.get("type", ""))
    example = known.get("example")
    secret = kind == "secret" or _of_name(name) == SECRET
    if isinstance(example, str) and not secret and not _PLACEHOLDER.search(example):
        return example
    if kind in ("int", "float", "bool", "email", "url", "list", "json", "dict"):
        return _BY_TYPE[kind]
    return _of_name(name) or _BY_TYPE.get(kind, "parity")


def production_value(name: str, detail: str) -> str | None:
    """What production certainly sets of the variables that have a default; None: leave it alone."""
    known = detail_of(detail)
    default = str(known.get("default", "")).strip("'\"").lower()
    if re.search(r"ALLOWED_HOSTS?$", name) and "*" not in default:
        listed = known.get("type") in ("json", "list")
        return '["127.0.0.1", "localhost"]' if listed else sample(name, "")
    choices = known.get("choices")
    if re.search(r"(^|_)(ENV|ENVIRONMENT|STAGE|MODE)$", name) and isinstance(choices, list):
        return next((each for each in choices if each in ("production", "prod")), None)
    if re.search(r"(^|_)DEBUG$", name) and default in ("1", "true", "on", "yes"):
        return "False"
    if re.search(r"(^|_)SECRET_KEY$|^SECRET$", name):
        return SECRET
    return None


def _of_name(name: str) -> str:
    return next((value for pattern, value in _BY_NAME if re.search(pattern, name.upper())), "")
