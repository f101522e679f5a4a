"""The web application; gunicorn calls create_app()."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timezone
from typing import Any

import psycopg
from flask import Flask, jsonify
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from psycopg_pool import PoolTimeout

from desk.api import api
from desk.config import Settings
from desk.db import Database, get_connection, release_connection
from desk.pages import pages
from desk.payload import Invalid


class JSONProvider(DefaultJSONProvider):
    """Instants in UTC with an offset and microseconds, days as days, decimals as text."""

    sort_keys = False

    @staticmethod
    def default(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.astimezone(timezone.utc).isoformat()
        if isinstance(value, date):
            return value.isoformat()
        return DefaultJSONProvider.default(value)


def create_app(settings: Settings | None = None, database: Database | None = None) -> Flask:
    settings = settings or Settings.from_environ()
    app = Flask(__name__)
    app.json = JSONProvider(app)
    app.config.update(
        API_KEY=settings.api_key,
        PAGE_SIZE=settings.page_size,
        MAX_CONTENT_LENGTH=16 * 1024 * 1024,
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    # Derived, so that a new key ends the sessions that were opened with the old one.
    app.secret_key = hashlib.sha256(b"session:" + settings.api_key.encode()).digest()
    app.extensions["desk.database"] = database or Database(
        settings.database_url, settings.pool_size
    )
    app.register_blueprint(api)
    app.register_blueprint(pages)
    app.teardown_appcontext(release_connection)
    app.add_url_rule("/healthz", view_func=healthz)
    app.register_error_handler(Invalid, refuse)
    return app


def healthz() -> ResponseReturnValue:
    try:
        get_connection().execute("SELECT id FROM tickets LIMIT 1").fetchone()
    except (psycopg.Error, PoolTimeout) as error:
        return jsonify(status="down", reason=type(error).__name__), 503
    return jsonify(status="ok")


def refuse(error: Invalid) -> ResponseReturnValue:
    return jsonify(error={"field": error.field, "problem": error.problem}), 422
