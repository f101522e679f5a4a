"""The assortment and what is left of it."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from shop import stock
from shop.api.dependencies import SessionDep, StaffDep
from shop.models import Product, Stock
from shop.schemas import NewProduct, ProductShown, StockLevel

router = APIRouter(prefix="/products")
SkuPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,40}$")]


@router.get("", response_model=list[ProductShown])
async def list_products(session: SessionDep) -> list[Product]:
    query = select(Product).where(Product.active).order_by(Product.sku)
    return list((await session.scalars(query)).all())


@router.post("", status_code=201, response_model=ProductShown)
async def add_product(new: NewProduct, session: SessionDep, staff: StaffDep) -> Product:
    product = Product(**new.model_dump())
    session.add(product)
    try:
        await session.commit()
    except IntegrityError:
        await session.rollback()
        raise HTTPException(409, "there is a product with this sku") from None
    return product


@router.get("/{sku}", response_model=ProductShown)
async def show_product(sku: SkuPath, session: SessionDep) -> Product:
    return await _product(sku, session)


@router.get("/{sku}/stock", response_model=StockLevel)
async def show_stock(sku: SkuPath, session: SessionDep) -> StockLevel:
    level = await session.scalar(select(Stock.quantity).where(Stock.sku == sku))
    return StockLevel(quantity=level or 0)


@router.put("/{sku}/stock", response_model=StockLevel)
async def set_stock(
    sku: SkuPath, level: StockLevel, session: SessionDep, staff: StaffDep
) -> StockLevel:
    await _product(sku, session)
    await stock.set_stock(session, sku, level.quantity)
    return level


async def _product(sku: str, session: SessionDep) -> Product:
    product = await session.scalar(select(Product).where(Product.sku == sku))
    if product is None:
        raise HTTPException(404, "no such product")
    return product
