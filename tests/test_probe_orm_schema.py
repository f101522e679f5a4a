from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from harness_settings import make_settings, write

from support.database.cluster import Cluster, Database
from support.install.environment import Environment, build
from support.postgres import ladder as postgres
from support.source.column_types import fits
from support.source.probe import ProbeFailed
from support.source.schema_drift import expected, problems

DATABASE: dict[str, Any] = {
    "version": "16",
    "image": None,
    "extensions": [],
    "encoding": "UTF8",
    "collation": None,
    "timezone": "UTC",
    "env": {},
}
MODELS = """
import enum
from sqlalchemy import *
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import declarative_base

Base = declarative_base()

class Status(enum.Enum):
    open = 1
    paid = 2

class Customer(Base):
    __tablename__ = "customers"
    id = Column(Integer, primary_key=True)
    email = Column(String(200), nullable=False, unique=True)

class Order(Base):
    __tablename__ = "orders"
    id = Column(BigInteger, primary_key=True)
    customer_id = Column(ForeignKey("customers.id", ondelete="CASCADE"), nullable=False)
    number = Column(Integer, nullable=False)
    year = Column(SmallInteger, nullable=False)
    note = Column(String(500))
    status = Column(Enum(Status, name="order_status"), nullable=False, server_default="open")
    total = Column(Numeric(10, 2), nullable=False)
    placed_at = Column(DateTime(timezone=True), nullable=False, server_default=func.now())
    tags = Column(ARRAY(Text))
    extra = Column(JSON)
    reference = Column(UUID(as_uuid=True))
    __table_args__ = (UniqueConstraint("year", "number"), Index("by_note", "note"))
"""
SCHEMA = """
CREATE TYPE order_status AS ENUM ('open', 'paid');
CREATE TABLE customers (id serial PRIMARY KEY, email varchar(200) NOT NULL UNIQUE);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers ON DELETE CASCADE,
    number integer NOT NULL,
    year smallint NOT NULL,
    note varchar(500),
    status order_status NOT NULL DEFAULT 'open',
    total numeric(10, 2) NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now(),
    tags text[],
    extra jsonb,
    reference uuid
);
CREATE UNIQUE INDEX ON orders (number, year);
CREATE TABLE alembic_version (version_num varchar(32) NOT NULL);
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An application's environment with both ORMs."""
    root = tmp_path_factory.mktemp("application")
    lines = "sqlalchemy==2.0.36\ndjango==4.2.16\npsycopg[binary]>=3.1\n"
    write(root, {"requirements.txt": lines})
    return build(root, make_settings(), echo=lambda text: None)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    server = postgres.provide(SimpleNamespace(DATABASE=DATABASE), echo=lambda text: None)
    cluster = Cluster(server, SimpleNamespace(DATABASE=DATABASE), "drift")
    yield cluster
    cluster.drop_all()
    server.stop()


@pytest.fixture(scope="module")
def migrated(cluster: Cluster) -> Database:
    return cluster.create("orders", cluster.role("app"))


@pytest.fixture(scope="module")
def models(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    root = tmp_path_factory.mktemp("models")
    write(root, {"shop/__init__.py": "", "shop/models.py": MODELS})
    return expected(make_settings(ORM="sqlalchemy"), root, environment, {})


@pytest.fixture
def after(models: list[Any], migrated: Database) -> Callable[[str], dict[str, str]]:
    """Problems after a change of the schema, which is taken back."""

    @contextmanager
    def connect(connection: psycopg.Connection) -> Iterator[psycopg.Connection]:
        yield connection

    def do(change: str) -> dict[str, str]:
        with migrated.connect() as connection, connection.transaction(force_rollback=True):
            connection.execute(SCHEMA + change)
            database: Any = SimpleNamespace(connect=lambda: connect(connection))
            return problems(models, database)

    return do


@pytest.mark.parametrize(
    "change",
    [
        "",
        "ALTER TABLE orders ADD legacy text, ADD seen boolean NOT NULL DEFAULT false",
        "ALTER TABLE orders ALTER note TYPE text",
        "ALTER TABLE orders ALTER number TYPE bigint",
        "ALTER TABLE orders ALTER total TYPE numeric",
        "CREATE DOMAIN mail AS varchar(250); ALTER TABLE customers ALTER email TYPE mail",
        "ALTER TABLE orders ADD line bigint GENERATED ALWAYS AS IDENTITY",
        "CREATE TABLE old_orders () INHERITS (orders)",
        "CREATE SCHEMA aside; CREATE TABLE aside.orders (x integer)",
    ],
)
def test_what_loses_nothing_is_no_problem(after: Any, change: str) -> None:
    assert after(change) == {}


@pytest.mark.parametrize(
    ("change", "case", "text"),
    [
        ("DROP TABLE orders", "orders", "the models have the table, the migrated schema does not"),
        (
            "ALTER TABLE orders DROP note",
            "orders.note",
            "the model has the column, the migrated schema does not",
        ),
        (
            "ALTER TABLE orders ADD must text NOT NULL",
            "orders.must",
            "the migrated schema has it NOT NULL without default, the model does not know it: "
            "inserts fail",
        ),
        (
            "ALTER TABLE orders ALTER note SET NOT NULL",
            "orders.note",
            "the model allows NULL, the migrated schema does not: such inserts fail",
        ),
        (
            "ALTER TABLE orders ALTER year DROP NOT NULL",
            "orders.year",
            "the model is NOT NULL, the migrated schema allows NULL",
        ),
        (
            "ALTER TABLE orders ALTER placed_at TYPE timestamp",
            "orders.placed_at",
            "the model has timestamp with time zone, the migrated schema timestamp without "
            "time zone",
        ),
        (
            "ALTER TABLE orders ALTER note TYPE varchar(40)",
            "orders.note",
            "the model has character varying(500), the migrated schema character varying(40)",
        ),
        (
            "ALTER TABLE orders ALTER status DROP DEFAULT",
            "orders.status",
            "the model relies on a server default that the migrated schema does not have",
        ),
        (
            "DROP INDEX orders_number_year_idx",
            "orders(year, number)",
            "unique in the model, without a unique constraint in the migrated schema",
        ),
        (
            "ALTER TABLE customers DROP CONSTRAINT customers_email_key",
            "customers.email",
            "unique in the model, without a unique constraint in the migrated schema",
        ),
        (
            "ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey",
            "orders.customer_id",
            "no foreign key to customers in the migrated schema",
        ),
        (
            "ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey,"
            " ADD FOREIGN KEY (customer_id) REFERENCES customers",
            "orders.customer_id",
            "ON DELETE CASCADE in the model, NO ACTION in the migrated schema",
        ),
        (
            "ALTER TABLE orders DROP status; ALTER TABLE orders"
            " ADD status text NOT NULL DEFAULT ''; DROP TYPE order_status",
            "orders.status",
            "the model's type order_status does not exist in the database",
        ),
    ],
)
def test_what_would_fail_or_lose_something_is_named(
    after: Any, change: str, case: str, text: str
) -> None:
    assert after(change) == {case: f"{case}: {text}"}


DJANGO = {
    "site_settings.py": (
        "import os\nSECRET_KEY = 'x'\nINSTALLED_APPS = ['shop']\nUSE_TZ = True\n"
        "DATABASES = {'default': {'ENGINE': os.environ['ENGINE'], 'NAME': 'x'}}\n"
        "DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'\n"
    ),
    "shop/__init__.py": "",
    "shop/models.py": """
from django.db import models

class Customer(models.Model):
    email = models.EmailField(unique=True)

class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE)
    loose = models.ForeignKey(Customer, models.CASCADE, null=True, db_constraint=False,
                              related_name="+")
    note = models.CharField(max_length=50, blank=True)
    tags = models.ManyToManyField("Tag")
    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "note"], name="u"),
            models.UniqueConstraint(fields=["note"], condition=models.Q(id=1), name="partial"),
            models.CheckConstraint(check=models.Q(id__gt=0), name="c"),
        ]

class Tag(models.Model):
    name = models.SlugField(primary_key=True)
    class Meta:
        db_table = 'tags'

class Report(models.Model):
    class Meta:
        managed = False
""",
}


def django(root: Path, environment: Environment, engine: str) -> list[Any]:
    write(root, DJANGO)
    settings = make_settings(
        ORM="django",
        DJANGO_SETTINGS="site_settings",
        ENVIRONMENT={"ENGINE": {"sample": f"django.db.backends.{engine}"}},
    )
    return expected(settings, root, environment, {})


def test_django_s_managed_models_are_reported_with_their_many_to_many_tables(
    tmp_path: Path, environment: Environment
) -> None:
    tables = {table["name"]: table for table in django(tmp_path, environment, "postgresql")}

    assert sorted(tables) == ["shop_customer", "shop_order", "shop_order_tags", "tags"]
    order = tables["shop_order"]
    assert order["unique"] == [["customer_id", "note"]]
    assert order["foreign_keys"] == [
        {"columns": ["customer_id"], "schema": None, "table": "shop_customer", "on_delete": None}
    ]
    assert [column["name"] for column in order["columns"]] == [
        "id",
        "customer_id",
        "loose_id",
        "note",
    ]
    assert tables["shop_order_tags"]["unique"] == [["order_id", "tag_id"]]


def test_django_models_fit_what_django_itself_creates(
    tmp_path: Path, environment: Environment, migrated: Database
) -> None:
    models = django(tmp_path, environment, "postgresql")
    with migrated.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute(
            "CREATE TABLE shop_customer (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,"
            " email varchar(254) NOT NULL UNIQUE);"
            "CREATE TABLE tags (name varchar(50) PRIMARY KEY);"
            "CREATE TABLE shop_order (id bigserial PRIMARY KEY, loose_id bigint,"
            " customer_id bigint NOT NULL REFERENCES shop_customer, note varchar(50) NOT NULL,"
            " UNIQUE (customer_id, note));"
            "CREATE TABLE shop_order_tags (id bigserial PRIMARY KEY,"
            " order_id bigint NOT NULL REFERENCES shop_order,"
            " tag_id varchar(50) NOT NULL REFERENCES tags, UNIQUE (order_id, tag_id))"
        )

        @contextmanager
        def connect() -> Iterator[psycopg.Connection]:
            yield connection

        database: Any = SimpleNamespace(connect=connect)
        assert problems(models, database) == {}
        connection.execute("ALTER TABLE shop_customer ALTER email TYPE varchar(30)")
        assert list(problems(models, database)) == ["shop_customer.email"]


def test_django_on_another_engine_is_said(tmp_path: Path, environment: Environment) -> None:
    with pytest.raises(ProbeFailed, match="set up for sqlite, not for PostgreSQL"):
        django(tmp_path, environment, "sqlite3")


def test_an_application_without_models_says_which_imports_failed(
    tmp_path: Path, environment: Environment
) -> None:
    write(tmp_path, {"shop/__init__.py": "", "shop/models.py": "import absent_thing"})

    with pytest.raises(ProbeFailed, match=r"no model was found.*\n.*absent_thing"):
        expected(make_settings(ORM="sqlalchemy"), tmp_path, environment, {})


def test_sqlalchemy_leaves_out_views_binds_and_what_others_hold(
    tmp_path: Path, environment: Environment
) -> None:
    code = (
        "from sqlalchemy import *\nhere = MetaData()\n"
        "elsewhere = MetaData(info={'bind_key': 'b'})\n"
        "Table('mine', here, Column('id', Integer, primary_key=True))\n"
        "Table('shown', here, Column('id', Integer), info={'is_view': True})\n"
        "Table('theirs', elsewhere, Column('id', Integer))\n"
        "core = Table('core', MetaData(schema='aside'), Column('id', Integer))\n"
    )
    write(tmp_path, {"shop/__init__.py": "", "shop/tables.py": code})

    found = expected(make_settings(ORM="sqlalchemy"), tmp_path, environment, {})

    assert [(table["schema"], table["name"]) for table in found] == [
        (None, "mine"),
        ("aside", "core"),
    ]


@pytest.mark.parametrize(
    ("model", "actual", "expected"),
    [
        ("integer", "bigint", True),
        ("bigint", "integer", False),
        ("character varying(10)", "text", True),
        ("character varying", "citext", True),
        ("citext", "text", False),
        ("text", "character varying(10)", False),
        ("character varying(10)[]", "text[]", True),
        ("text", "text[]", False),
        ("numeric(10,2)", "numeric(12,4)", True),
        ("numeric(10,2)", "numeric(10,4)", False),
        ("numeric", "numeric(10,2)", False),
        ("timestamp with time zone", "timestamp(0) with time zone", False),
        ("timestamp(3) with time zone", "timestamp with time zone", True),
        ("json", "jsonb", True),
        ("jsonb", "json", False),
        ("uuid", "character varying(36)", False),
        ("double precision", "real", False),
        ("character(2)", "character(3)", False),
        ("geometry(Point,4326)", "geometry(Point,4326)", True),
        ("boolean", "smallint", False),
    ],
)
def test_whether_a_column_holds_what_the_model_promises(
    model: str, actual: str, expected: bool
) -> None:
    assert fits(model, actual) is expected
