import pytest
from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shop.models import Mail, Product

pytestmark = pytest.mark.anyio

ORDER = {
    "lines": [{"sku": "TEA-100", "quantity": 2}],
    "note": "Ring twice",
    "gift": True,
    "adjustment": "-0.50",
    "deliver_on": "2027-03-01",
    "deliver_at": "2027-03-01T09:30:00Z",
    "extras": {"wrapping": "blue"},
}


async def placed(customer: AsyncClient) -> int:
    answer = await customer.post("/orders", json=ORDER)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_an_order_is_placed(customer: AsyncClient, tea: Product) -> None:
    order_id = await placed(customer)

    shown = (await customer.get(f"/orders/{order_id}")).json()
    assert shown["status"] == "placed"
    assert shown["total"] == "24.50"
    assert shown["note"] == "Ring twice"
    assert shown["deliver_at"] == "2027-03-01T09:30:00Z"
    assert shown["extras"] == {"wrapping": "blue"}


async def test_an_order_promises_a_mail(
    customer: AsyncClient, tea: Product, session: AsyncSession
) -> None:
    await placed(customer)

    mail = (await session.scalars(select(Mail))).one()
    assert mail.recipient == "ada@example.org"
    assert "24.50" in mail.body


async def test_an_order_takes_from_the_stock(customer: AsyncClient, tea: Product) -> None:
    await placed(customer)
    assert (await customer.get("/products/TEA-100/stock")).json() == {"quantity": 8}


async def test_more_than_there_is_cannot_be_ordered(customer: AsyncClient, tea: Product) -> None:
    lines = [{"sku": "TEA-100", "quantity": 11}]
    assert (await customer.post("/orders", json=ORDER | {"lines": lines})).status_code == 409


async def test_an_unknown_product_cannot_be_ordered(customer: AsyncClient) -> None:
    lines = [{"sku": "NOPE", "quantity": 1}]
    assert (await customer.post("/orders", json=ORDER | {"lines": lines})).status_code == 422


async def test_an_order_can_be_changed(customer: AsyncClient, tea: Product) -> None:
    order_id = await placed(customer)

    answer = await customer.patch(f"/orders/{order_id}", json={"note": "Ring once"})
    assert answer.status_code == 200
    assert answer.json()["note"] == "Ring once"


async def test_an_order_can_be_cancelled(customer: AsyncClient, tea: Product) -> None:
    order_id = await placed(customer)
    assert (await customer.delete(f"/orders/{order_id}")).status_code == 204


async def test_orders_are_listed(customer: AsyncClient, tea: Product) -> None:
    first, second = await placed(customer), await placed(customer)
    shown = (await customer.get("/orders")).json()
    assert [order["id"] for order in shown] == [first, second]
