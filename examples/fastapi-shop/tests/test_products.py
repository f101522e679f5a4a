import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from shop import cli
from shop.models import Product
from shop.schemas import NewProduct

pytestmark = pytest.mark.anyio

POT = {"sku": "POT-1", "name": "Teapot", "price": "39.90"}


async def test_staff_adds_a_product(staff: AsyncClient) -> None:
    answer = await staff.post("/products", json=POT)
    assert answer.status_code == 201
    assert (await staff.get("/products/POT-1")).json()["price"] == "39.90"


async def test_a_sku_is_given_once(staff: AsyncClient, tea: Product) -> None:
    assert (await staff.post("/products", json=POT | {"sku": "TEA-100"})).status_code == 409


async def test_customers_add_no_products(customer: AsyncClient) -> None:
    assert (await customer.post("/products", json=POT)).status_code == 403


async def test_the_stock_is_set_and_set_again(staff: AsyncClient, tea: Product) -> None:
    for quantity in (7, 3):
        await staff.put("/products/TEA-100/stock", json={"quantity": quantity})
        assert (await staff.get("/products/TEA-100/stock")).json() == {"quantity": quantity}


async def test_the_command_line_adds_a_product(client: AsyncClient, session: AsyncSession) -> None:
    new = NewProduct(sku="CUP-1", name="Cup", price="4.20")
    await cli.add_product(session, new, quantity=3)
    assert [p["sku"] for p in (await client.get("/products")).json()] == ["CUP-1"]


def test_the_command_line_reads_its_arguments() -> None:
    options = cli.parse(["add-product", "CUP-1", "Cup", "4.20", "--quantity", "3"])
    assert (options.sku, str(options.price), options.quantity) == ("CUP-1", "4.20", 3)
