"""Orders of the customer who asks."""

from fastapi import APIRouter, HTTPException
from sqlalchemy import select

from shop import orders
from shop.api.dependencies import Id, SessionDep, UserDep
from shop.models import Order
from shop.schemas import NewOrder, OrderChange, OrderShown

router = APIRouter(prefix="/orders")


@router.post("", status_code=201, response_model=OrderShown)
async def place_order(new: NewOrder, session: SessionDep, user: UserDep) -> Order:
    try:
        return await orders.place(session, user, new)
    except orders.UnknownSku as error:
        raise HTTPException(422, f"not sold here: {error}") from None
    except orders.OutOfStock as error:
        raise HTTPException(409, f"out of stock: {error}") from None


@router.get("", response_model=list[OrderShown])
async def list_orders(session: SessionDep, user: UserDep) -> list[Order]:
    query = select(Order).where(Order.customer_id == user.id).order_by(Order.id)
    return list((await session.scalars(query)).all())


@router.get("/{order_id}", response_model=OrderShown)
async def show_order(order_id: Id, session: SessionDep, user: UserDep) -> Order:
    return await _order(order_id, session, user)


@router.patch("/{order_id}", response_model=OrderShown)
async def change_order(
    order_id: Id, asked: OrderChange, session: SessionDep, user: UserDep
) -> Order:
    return await orders.change(session, await _order(order_id, session, user), asked)


@router.delete("/{order_id}", status_code=204)
async def cancel_order(order_id: Id, session: SessionDep, user: UserDep) -> None:
    await orders.cancel(session, await _order(order_id, session, user))


async def _order(order_id: int, session: SessionDep, user: UserDep) -> Order:
    order = await session.get(Order, order_id)
    if order is None or order.customer_id != user.id:
        raise HTTPException(404, "no such order")
    return order
