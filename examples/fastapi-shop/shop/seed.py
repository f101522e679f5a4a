"""First data of a new installation: `python -m shop.seed`. Running it again changes nothing."""

import asyncio
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shop import accounts
from shop.config import Settings, get_settings
from shop.db import session_factory
from shop.models import Product, Stock
from shop.schemas import SignUp

ASSORTMENT = (
    ("TEA-100", "Green tea, 100 g", Decimal("12.50"), 100),
    ("POT-1", "Teapot", Decimal("39.90"), 5),
)


async def seed(session: AsyncSession, settings: Settings) -> None:
    for sku, name, price, quantity in ASSORTMENT:
        if await session.scalar(select(Product.id).where(Product.sku == sku)) is None:
            session.add(Product(sku=sku, name=name, price=price))
            await session.flush()
            session.add(Stock(sku=sku, quantity=quantity))
    await session.commit()
    if settings.admin_password and not await accounts.find(session, settings.admin_email):
        new = SignUp(email=settings.admin_email, name="Admin", password=settings.admin_password)
        await accounts.sign_up(session, new, staff=True)


async def _main() -> None:
    async with session_factory()() as session:
        await seed(session, get_settings())


if __name__ == "__main__":
    asyncio.run(_main())
