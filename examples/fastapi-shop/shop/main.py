"""The application that uvicorn serves."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from shop.api import accounts, health, orders, products, reports
from shop.config import get_settings


async def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
    """Says what is wrong without echoing the input, which may hold what UTF-8 cannot."""
    problems = [
        {"where": [_printable(part) for part in e["loc"]], "what": e["msg"]} for e in error.errors()
    ]
    return JSONResponse({"detail": problems}, status_code=422)


def _printable(part: object) -> str:
    return str(part).encode("utf-8", "backslashreplace").decode("utf-8")


def create_app() -> FastAPI:
    get_settings()  # a missing variable stops the start, not the first request
    app = FastAPI(title="shop")
    app.add_exception_handler(RequestValidationError, refuse)  # type: ignore[arg-type]
    for module in (health, accounts, products, orders, reports):
        app.include_router(module.router)
    return app


app = create_app()
