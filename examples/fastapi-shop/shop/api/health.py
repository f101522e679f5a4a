"""Whether the service can do its work: it reaches its database."""

from fastapi import APIRouter
from sqlalchemy import text

from shop.api.dependencies import SessionDep

router = APIRouter()


@router.get("/healthz")
async def healthz(session: SessionDep) -> dict[str, str]:
    await session.execute(text("SELECT 1"))
    return {"status": "ok"}
