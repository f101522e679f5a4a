"""Which variables an application says it lacks."""

from __future__ import annotations

import pytest

from scaffolder.observe.driver.missing import missing_variables, wrong_variables

PYDANTIC_2 = """\
pydantic_core._pydantic_core.ValidationError: 2 validation errors for Settings
secret_key
  Field required [type=missing, input_value={}, input_type=dict]
    For further information visit https://errors.pydantic.dev/2.9/v/missing
PROJECT_NAME
  Field required [type=missing, input_value={}, input_type=dict]
"""
PYDANTIC_1 = """\
pydantic.error_wrappers.ValidationError: 1 validation error for AppSettings
secret_key
  field required (type=value_error.missing)
"""
ENVIRON = """\
  File "/usr/lib/python3.12/os.py", line 714, in __getitem__
    raise KeyError(key) from None
KeyError: 'STRIPE_KEY'
"""


@pytest.mark.parametrize(
    ("output", "names"),
    [
        (PYDANTIC_2, ["SECRET_KEY", "PROJECT_NAME"]),
        (PYDANTIC_1, ["SECRET_KEY"]),
        (ENVIRON, ["STRIPE_KEY"]),
        ("ImproperlyConfigured: Set the SECRET_KEY environment variable", ["SECRET_KEY"]),
        ("decouple.UndefinedValueError: MAIL_FROM not found. Declare it as envvar", ["MAIL_FROM"]),
        ('environs.EnvError: Environment variable "API_KEY" not set', ["API_KEY"]),
        ("KeyError: \"Config 'SECRET_KEY' is missing, and has no default.\"", ["SECRET_KEY"]),
        ("ImproperlyConfigured: The SECRET_KEY setting must not be empty.", ["SECRET_KEY"]),
        ("desk.settings.MissingVariable: API_KEY is not set; see .env.example", ["API_KEY"]),
        ("RuntimeError: Missing required environment variables: API_KEY", ["API_KEY"]),
        ("Error: environment variable `S3_BUCKET` must be set", ["S3_BUCKET"]),
        ("ValueError: please set REDIS_URL", ["REDIS_URL"]),
        ("RuntimeError: SESSION_SECRET environment variable is required", ["SESSION_SECRET"]),
    ],
)
def test_a_variable_that_is_named_is_found(output: str, names: list[str]) -> None:
    assert missing_variables(output) == names


@pytest.mark.parametrize(
    "output",
    [
        "",
        "KeyError: 'name'",
        'psycopg.errors.UndefinedTable: relation "orders" does not exist',
        "ERROR:    Application startup failed. Exiting.",
        "INFO:     Uvicorn running on http://127.0.0.1:8000",
        "ModuleNotFoundError: No module named 'shop'",
        "OSError: [Errno 98] Address already in use",
        "sqlalchemy.exc.ProgrammingError: column NOT NULL is required",
    ],
)
def test_what_names_none_gives_none(output: str) -> None:
    assert missing_variables(output) == []


def test_a_field_is_the_known_variable_with_its_prefix() -> None:
    known = ["APP_SECRET_KEY", "Project_Name", "A_PORT", "B_PORT"]
    output = PYDANTIC_2 + "port\n  Field required [type=missing]\n"

    assert missing_variables(output, known) == ["APP_SECRET_KEY", "Project_Name", "PORT"]


@pytest.mark.parametrize(
    ("output", "names"),
    [
        ('pydantic.env_settings.SettingsError: error parsing JSON for "allowed_hosts"', 1),
        ('SettingsError: error parsing value for field "allowed_hosts" from source "Env"', 1),
        ("allowed_hosts\n  Input should be a valid list [type=list_type]", 1),
        ("allowed_hosts\n  value is not a valid integer (type=type_error.integer)", 1),
        ("allowed_hosts\n  Field required [type=missing]", 0),
    ],
)
def test_a_variable_whose_value_is_refused_is_named(output: str, names: int) -> None:
    assert wrong_variables(output, ["ALLOWED_HOSTS"]) == ["ALLOWED_HOSTS"] * names
