# For type checkers of this repository only: the real module is printed from the spec.
from typing import Any

NAME: str
DIRECTORY: str
PACKAGES: list[str]
SOURCE: str
INSTALL: dict[str, Any]
ORM: str
DJANGO_SETTINGS: str | None
START: str | None
START_DIFFERS: str | None
HEALTH: str | None
PROXY_HEADERS: dict[str, str]
PREPARE: list[str]
WORKERS: list[dict[str, str]]
SCRIPTS: list[str]
IMPORTS_EXCLUDE: list[dict[str, str]]
SQL_EXCLUDE: list[dict[str, str]]
SQL_FILES: list[str]
OWN_SUITE: dict[str, Any]
UNIT_TESTS: dict[str, str]
PYTHON: str
TIMEZONE: str
LOCALE: str
DATABASE: dict[str, Any]
ENVIRONMENT: dict[str, dict[str, Any]]
LOGINS: dict[str, dict[str, Any]]
REFUSALS: list[dict[str, Any]]
CHECKS: dict[str, dict[str, Any]]
NOT_GENERATED: list[str]
COMMANDS: dict[str, dict[str, Any]]
GAPS: dict[str, str]
ACCEPTED: list[dict[str, Any]]
STRICT: bool
