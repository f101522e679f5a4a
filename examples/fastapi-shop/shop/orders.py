"""Placing, changing and cancelling orders. A function here either does all of it or raises."""

from decimal import Decimal
from importlib import resources
from string import Template

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shop.models import Mail, Order, OrderLine, Product, Stock, User
from shop.schemas import NewLine, NewOrder, OrderChange


class UnknownSku(Exception):
    """A line names a product that is not sold."""


class OutOfStock(Exception):
    """A line asks for more than there is."""


async def place(session: AsyncSession, customer: User, new: NewOrder) -> Order:
    lines = [await _priced(session, line) for line in new.lines]
    total = sum((line.unit_price * line.quantity for line in lines), Decimal(0))
    order = Order(
        customer_id=customer.id,
        total=total + new.adjustment,
        lines=lines,
        **new.model_dump(exclude={"lines"}),
    )
    session.add(order)
    await session.flush()
    for line in sorted(lines, key=lambda line: line.sku):  # one order of locks: no deadlock
        await _take_from_stock(session, line)
    session.add(_confirmation(order, customer))
    await session.commit()
    await session.refresh(order)
    return order


async def change(session: AsyncSession, order: Order, asked: OrderChange) -> Order:
    for field, value in asked.model_dump(exclude_unset=True).items():
        setattr(order, field, value)
    await session.commit()
    await session.refresh(order)
    return order


async def cancel(session: AsyncSession, order: Order) -> None:
    """Puts the goods back and removes the order with its lines and its mails."""
    for line in order.lines:
        await session.execute(
            update(Stock)
            .where(Stock.sku == line.sku)
            .values(quantity=Stock.quantity + line.quantity)
        )
    await session.delete(order)
    await session.commit()


async def _priced(session: AsyncSession, line: NewLine) -> OrderLine:
    query = select(Product.price).where(Product.sku == line.sku, Product.active)
    price = await session.scalar(query)
    if price is None:
        raise UnknownSku(line.sku)
    return OrderLine(sku=line.sku, quantity=line.quantity, unit_price=price)


async def _take_from_stock(session: AsyncSession, line: OrderLine) -> None:
    taken = await session.execute(
        update(Stock)
        .where(Stock.sku == line.sku, Stock.quantity >= line.quantity)
        .values(quantity=Stock.quantity - line.quantity)
    )
    if taken.rowcount == 0:
        raise OutOfStock(line.sku)


def _confirmation(order: Order, customer: User) -> Mail:
    source = resources.files("shop").joinpath("templates/confirmation.txt")
    template = Template(source.read_text(encoding="utf-8"))
    return Mail(
        order_id=order.id,
        recipient=customer.email,
        subject=f"Your order {order.id}",
        body=template.substitute(name=customer.name, order=order.id, total=order.total),
    )
