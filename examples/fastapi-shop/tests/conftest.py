"""Every test has empty tables, made from the models, and one session that it shares with the
application. TEST_DATABASE_URL points the suite at another database than SQLite in memory."""

import os
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from httpx import ASGITransport, AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool, StaticPool

TEST_DATABASE_URL = os.environ.get("TEST_DATABASE_URL", "sqlite+aiosqlite://")
os.environ["DATABASE_URL"] = TEST_DATABASE_URL
os.environ["SECRET_KEY"] = "only-for-the-tests"

from shop import accounts  # noqa: E402
from shop.db import get_session  # noqa: E402
from shop.main import app  # noqa: E402
from shop.models import Base, Product, Stock  # noqa: E402
from shop.schemas import SignUp  # noqa: E402

PASSWORD = "correct horse"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def session(anyio_backend: str) -> AsyncIterator[AsyncSession]:
    pool = StaticPool if TEST_DATABASE_URL.startswith("sqlite") else NullPool
    engine = create_async_engine(TEST_DATABASE_URL, poolclass=pool)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session
    await engine.dispose()


@pytest.fixture
async def client(session: AsyncSession) -> AsyncIterator[AsyncClient]:
    app.dependency_overrides[get_session] = lambda: session
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        yield client
    app.dependency_overrides.clear()


async def _log_in(client: AsyncClient, session: AsyncSession, email: str, staff: bool) -> None:
    new = SignUp(email=email, name="Ada", password=PASSWORD)
    await accounts.sign_up(session, new, staff=staff)
    form = {"username": email, "password": PASSWORD}
    token = (await client.post("/login", data=form)).json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"


@pytest.fixture
async def customer(client: AsyncClient, session: AsyncSession) -> AsyncClient:
    await _log_in(client, session, "ada@example.org", staff=False)
    return client


@pytest.fixture
async def staff(client: AsyncClient, session: AsyncSession) -> AsyncClient:
    await _log_in(client, session, "boss@example.org", staff=True)
    return client


@pytest.fixture
async def tea(session: AsyncSession) -> Product:
    product = Product(sku="TEA-100", name="Green tea, 100 g", price=Decimal("12.50"))
    session.add(product)
    await session.flush()
    session.add(Stock(sku="TEA-100", quantity=10))
    await session.commit()
    return product
