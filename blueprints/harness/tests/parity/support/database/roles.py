"""Further accounts of the application, with what a check needs of them."""

from __future__ import annotations

from psycopg import sql

from support.database.cluster import Role
from support.run.session import Session


def make(
    shared: Session, name: str, *, password: str | None = None, may_create_databases: bool = False
) -> Role:
    """A member of the application's role: it owns what that role owns."""
    role = shared.cluster.role(name, password)
    statements = ["GRANT {of} TO {role}", "ALTER ROLE {role} CREATEDB"]
    with shared.server.connect() as connection:
        for statement in statements[: 1 + may_create_databases]:
            names = {"of": sql.Identifier(shared.role.name), "role": sql.Identifier(role.name)}
            connection.execute(sql.SQL(statement).format(**names))
    return role


def drop_databases(shared: Session, role: Role) -> None:
    """Whatever databases a test runner made with this account, and left behind."""
    query = "SELECT datname FROM pg_database JOIN pg_roles r ON r.oid = datdba WHERE r.rolname = %s"
    with shared.server.connect() as connection:
        for (name,) in connection.execute(query, [role.name]).fetchall():
            statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(statement.format(sql.Identifier(name)))
