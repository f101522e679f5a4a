"""Settings of the service, read from the environment and nowhere else."""

from functools import lru_cache

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings


class ConfigurationError(RuntimeError):
    """A variable is missing or has a value that makes no sense; the message names it."""


class Settings(BaseSettings):
    database_url: str
    secret_key: str = Field(min_length=8)
    token_minutes: int = 60
    admin_email: str = "admin@shop.example"
    admin_password: str | None = None
    mail_from: str = "orders@shop.example"
    smtp_host: str | None = None
    poll_seconds: float = 2.0


@lru_cache
def get_settings() -> Settings:
    """Raises ConfigurationError with the name of every variable that is missing or wrong."""
    try:
        return Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        problems = [f"{e['loc'][0]}".upper() + f": {e['msg']}" for e in error.errors()]
        raise ConfigurationError("environment variables: " + "; ".join(problems)) from None
