"""Databases as production has them, empty or copied; and how they are dropped again."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from support.postgres.owner import Owner
from support.postgres.server import Connection, Server
from support.run.results import Unavailable

# Settings whose stored text is a list that is quoted already.
LISTS = ("search_path", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries")
SETTINGS = """
    SELECT coalesce(r.rolname, ''), entry FROM pg_db_role_setting s
    JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole,
    unnest(s.setconfig) AS entry WHERE d.datname = %s
"""
MARK = "made by parity for "
LEFT = """
    SELECT rolname, shobj_description(oid, 'pg_authid') FROM pg_roles
    WHERE rolname LIKE 'parity\\_%'
    UNION ALL SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database
    WHERE datname LIKE 'parity\\_%'
"""


def create_empty(server: Server, settings: Any, name: str, owner: str) -> None:
    """Encoding, collation, zone and extensions of the spec; raises Unavailable."""
    wanted = settings.DATABASE
    parts = {
        "name": sql.Identifier(name),
        "owner": sql.Identifier(owner),
        "encoding": sql.Literal(wanted["encoding"] or "UTF8"),
        "collation": sql.Literal(wanted["collation"]),
        "zone": sql.Literal(wanted["timezone"]),
    }
    create = "CREATE DATABASE {name} OWNER {owner} TEMPLATE template0 ENCODING {encoding}"
    with server.connect() as connection:
        try:
            localised = f"{create} LC_COLLATE {{collation}} LC_CTYPE {{collation}}"
            chosen = localised if wanted["collation"] else create
            connection.execute(sql.SQL(chosen).format(**parts))
        except psycopg.errors.WrongObjectType:
            # The server has no such locale: the check `engine` reports what it has instead.
            connection.execute(sql.SQL(create).format(**parts))
        if wanted["timezone"]:
            change = sql.SQL("ALTER DATABASE {name} SET timezone TO {zone}")
            connection.execute(change.format(**parts))
    with server.connect(name) as connection:
        for extension in wanted["extensions"]:
            _add_extension(connection, extension, server)


def _add_extension(connection: Connection, extension: str, server: Server) -> None:
    query = sql.SQL("CREATE EXTENSION IF NOT EXISTS {} CASCADE").format(sql.Identifier(extension))
    try:
        connection.execute(query)
    except psycopg.Error as error:
        cause = " ".join(str(error).split())
        raise Unavailable(
            f"extension {extension} cannot be created on the {server.rung} server: {cause}"
            " (use an image that has it, see production.database.image)"
        ) from error


def clone(server: Server, template: str, name: str, owner: str) -> None:
    """A copy of a sealed database, with the settings that CREATE DATABASE does not copy."""
    query = "CREATE DATABASE {} OWNER {} TEMPLATE {}"
    if server.rung != "url" and server.major >= 15:
        query += " STRATEGY file_copy"  # much the faster one where nothing waits for a disk
    with server.connect() as connection:
        names = [sql.Identifier(part) for part in (name, owner, template)]
        connection.execute(sql.SQL(query).format(*names))
        for role, entry in connection.execute(SETTINGS, [template]).fetchall():
            setting, _, value = entry.partition("=")
            change = "ALTER ROLE {role} IN DATABASE {name}" if role else "ALTER DATABASE {name}"
            literal = sql.SQL(value) if setting in LISTS else sql.Literal(value)
            connection.execute(
                sql.SQL(change + " SET {setting} TO {value}").format(
                    role=sql.Identifier(role),
                    name=sql.Identifier(name),
                    setting=sql.Identifier(*setting.split(".")),
                    value=literal,
                )
            )


def drop_database(server: Server, name: str) -> None:
    """Ends its sessions and removes it."""
    with server.connect() as connection:
        query = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(query.format(sql.Identifier(name)))


def drop_role(server: Server, name: str) -> None:
    """Removes it with the databases that it owns, also those that a test runner made with it."""
    query = "SELECT datname FROM pg_database JOIN pg_roles r ON r.oid = datdba WHERE rolname = %s"
    with server.connect() as connection:
        for (database,) in connection.execute(query, [name]).fetchall():
            drop_database(server, database)
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def mark() -> str:
    """The comment that says whose a database or role is."""
    return f"{MARK}{Owner.me()}"


def reap(server: Server) -> None:
    """Drops what a session left on a server that outlived it, if that session is dead."""
    with server.connect() as connection:
        found = connection.execute(LEFT).fetchall()
    for name, comment in found:
        owner = Owner.parse((comment or "").removeprefix(MARK))
        if owner and owner.is_gone():
            drop_database(server, name)
            drop_role(server, name)
