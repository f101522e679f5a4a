import pytest
from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shop.db import utc_now
from shop.models import Order, OrderLine, Product, User

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sold(staff: AsyncClient, session: AsyncSession, tea: Product) -> None:
    user = (await session.scalars(select(User))).one()
    line = OrderLine(sku="TEA-100", quantity=3, unit_price=tea.price)
    session.add(Order(customer_id=user.id, total=tea.price * 3, extras={}, lines=[line]))
    await session.commit()


async def test_sales_are_summed_by_product(staff: AsyncClient, sold: None) -> None:
    row = {"sku": "TEA-100", "name": "Green tea, 100 g", "sold": 3, "revenue": "37.50"}
    assert (await staff.get("/reports/sales")).json() == [row]


async def test_orders_are_counted_by_month(staff: AsyncClient, sold: None) -> None:
    now = utc_now()
    expected = [{"month": f"{now:%Y-%m}", "orders": 1}]
    assert (await staff.get("/reports/months")).json() == expected


async def test_low_stock_is_listed(staff: AsyncClient, tea: Product) -> None:
    answer = await staff.get("/reports/low-stock", params={"threshold": 11})
    assert answer.json() == [{"sku": "TEA-100", "quantity": 10}]


async def test_reports_are_for_staff(customer: AsyncClient) -> None:
    assert (await customer.get("/reports/sales")).status_code == 403
