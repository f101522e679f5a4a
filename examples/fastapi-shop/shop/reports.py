"""Figures for the people who run the shop."""

from typing import Any

from sqlalchemy import extract, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from shop.models import Order

SALES = text(
    """
    SELECT p.sku, p.name, SUM(l.quantity) AS sold, SUM(l.quantity * l.unit_price) AS revenue
    FROM order_lines AS l
    JOIN products AS p ON p.sku = l.sku
    GROUP BY p.sku, p.name
    ORDER BY p.sku
    """
)
LOW_STOCK = text(
    """
    SELECT s.sku, s.quantity
    FROM stock AS s
    JOIN products AS p ON p.sku = s.sku
    WHERE p.active AND s.quantity < :threshold
    ORDER BY s.quantity, s.sku
    """
)


async def sales(session: AsyncSession) -> list[dict[str, Any]]:
    """Pieces and revenue by product."""
    rows = (await session.execute(SALES)).mappings()
    return [{**row, "sold": int(row["sold"]), "revenue": f"{row['revenue']:.2f}"} for row in rows]


async def low_stock(session: AsyncSession, threshold: int) -> list[dict[str, Any]]:
    """Products on sale of which less than `threshold` pieces are left."""
    rows = (await session.execute(LOW_STOCK, {"threshold": threshold})).mappings()
    return [dict(row) for row in rows]


async def months(session: AsyncSession) -> list[dict[str, Any]]:
    """Number of orders by calendar month."""
    year, month = extract("year", Order.created_at), extract("month", Order.created_at)
    query = select(year, month, func.count()).group_by(year, month).order_by(year, month)
    rows = await session.execute(query)
    return [{"month": f"{int(y):04}-{int(m):02}", "orders": n} for y, m, n in rows]
