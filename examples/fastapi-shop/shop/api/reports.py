"""Reports, for staff."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from shop import reports
from shop.api.dependencies import SessionDep, StaffDep
from shop.schemas import INT4

router = APIRouter(prefix="/reports")


@router.get("/sales")
async def sales(session: SessionDep, staff: StaffDep) -> list[dict[str, Any]]:
    return await reports.sales(session)


@router.get("/low-stock")
async def low_stock(
    session: SessionDep, staff: StaffDep, threshold: Annotated[int, Query(ge=0, le=INT4)] = 10
) -> list[dict[str, Any]]:
    return await reports.low_stock(session, threshold)


@router.get("/months")
async def months(session: SessionDep, staff: StaffDep) -> list[dict[str, Any]]:
    return await reports.months(session)
