import pytest
from httpx import AsyncClient

pytestmark = pytest.mark.anyio

NEW = {"email": "Grace@Example.org", "name": "Grace", "password": "a long password"}


async def test_a_new_customer_can_log_in(client: AsyncClient) -> None:
    signed_up = await client.post("/users", json=NEW)
    assert signed_up.status_code == 201

    form = {"username": "grace@example.org", "password": NEW["password"]}
    answer = await client.post("/login", data=form)
    assert answer.status_code == 200

    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    me = await client.get("/users/me", headers=headers)
    assert me.json()["email"] == "grace@example.org"


async def test_a_wrong_password_is_refused(customer: AsyncClient) -> None:
    answer = await customer.post("/login", data={"username": "ada@example.org", "password": "no"})
    assert answer.status_code == 401


async def test_an_address_that_is_none_is_refused(client: AsyncClient) -> None:
    assert (await client.post("/users", json=NEW | {"email": "grace"})).status_code == 422


async def test_orders_need_a_login(client: AsyncClient) -> None:
    assert (await client.get("/orders")).status_code == 401
