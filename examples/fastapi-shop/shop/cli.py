"""`shop-admin`: what staff does without a browser."""

import argparse
import asyncio
import sys
from decimal import Decimal

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shop import reports
from shop.db import session_factory
from shop.models import Product, Stock
from shop.schemas import NewProduct, StockLevel


async def add_product(session: AsyncSession, new: NewProduct, quantity: int) -> Product:
    """Adds a product, or gives one that is there its new name and price."""
    product = await session.scalar(select(Product).where(Product.sku == new.sku))
    if product is None:
        product = Product(**new.model_dump())
        session.add(product)
        await session.flush()
        session.add(Stock(sku=new.sku, quantity=quantity))
    else:
        product.name, product.price = new.name, new.price
    await session.commit()
    return product


async def print_report(session: AsyncSession) -> None:
    for row in await reports.sales(session):
        print(f"{row['sku']:<20} {row['sold']:>6} {row['revenue']:>12}")


async def run(options: argparse.Namespace) -> None:
    async with session_factory()() as session:
        if options.command == "report":
            await print_report(session)
            return
        new = NewProduct(sku=options.sku, name=options.name, price=options.price)
        level = StockLevel(quantity=options.quantity)
        product = await add_product(session, new, level.quantity)
        print(f"added {product.sku}")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="shop-admin", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add-product", help="add a product or change its name and price")
    add.add_argument("sku")
    add.add_argument("name")
    add.add_argument("price", type=Decimal)
    add.add_argument("--quantity", type=int, default=0, help="pieces in stock (default: 0)")
    commands.add_parser("report", help="print sold pieces and revenue by product")
    return parser.parse_args(arguments)


def main() -> None:
    options = parse()
    try:
        asyncio.run(run(options))
    except ValidationError as error:
        sys.exit(f"shop-admin: {error}")


if __name__ == "__main__":
    main()
