"""How much of a product there is."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

SET_STOCK = text(
    """
    INSERT INTO stock (sku, quantity) VALUES (:sku, :quantity)
    ON CONFLICT (sku) DO UPDATE SET quantity = excluded.quantity
    """
)


async def set_stock(session: AsyncSession, sku: str, quantity: int) -> None:
    await session.execute(SET_STOCK, {"sku": sku, "quantity": quantity})
    await session.commit()
