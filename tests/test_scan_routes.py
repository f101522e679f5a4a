"""Routes, health, and the OpenAPI document."""

from __future__ import annotations

from pathlib import Path

import pytest
from scanned import found, repository, the

from scaffolder.scan.detectors.routes import detect


def routes(tmp_path: Path, **files: str) -> list[str]:
    paths = {f"shop/{name.replace('__', '/')}.py": text for name, text in files.items()}
    return found(detect, repository(tmp_path, paths), "app.route")


def test_prefixes_of_fastapis_routers_add_up(tmp_path: Path) -> None:
    main = """\
        from fastapi import FastAPI
        from shop.api import router
        from shop.config import settings
        app = FastAPI()
        app.include_router(router, prefix=settings.API_STR)
    """
    api = """\
        from fastapi import APIRouter
        from shop import orders, users
        router = APIRouter()
        for module in (orders, users):
            router.include_router(module.router)
    """
    orders = """\
        from fastapi import APIRouter
        router = APIRouter(prefix="/orders")
        @router.post("/")
        async def place(): ...
        @router.api_route("/{id:int}", methods=["PUT", "PATCH"])
        def change(): ...
    """
    users = (
        'from fastapi import APIRouter\nrouter = APIRouter()\n@router.get("/me")\ndef me(): ...\n'
    )
    config = 'class Settings:\n    API_STR: str = "/api/v1"\nsettings = Settings()\n'

    assert routes(tmp_path, main=main, api=api, orders=orders, users=users, config=config) == [
        "POST /api/v1/orders/",
        "PUT /api/v1/orders/{id}",
        "PATCH /api/v1/orders/{id}",
        "GET /api/v1/me",
    ]


def test_a_router_that_nothing_includes_is_a_guess(tmp_path: Path) -> None:
    code = 'from fastapi import APIRouter\nr = APIRouter()\n@r.get("/health")\ndef f(): ...\n'
    where = repository(tmp_path, {"shop/a.py": code})

    assert found(detect, where, "app.route") == []
    assert found(detect, where, "app.route", guesses=True) == ["GET /health"]
    assert found(detect, where, "app.health") == []


def test_flasks_blueprints_take_the_prefix_of_their_registration(tmp_path: Path) -> None:
    code = """\
        from flask import Blueprint, Flask
        pages = Blueprint("pages", __name__, url_prefix="/old")
        api = Blueprint("api", __name__, url_prefix="/api")
        @pages.route("/orders/<int:id>", methods=["GET", "POST"])
        def order(id): ...
        @api.route("/orders")
        def orders(): ...
        def create_app():
            app = Flask(__name__)
            app.register_blueprint(pages, url_prefix="/shop")
            app.register_blueprint(api)
            app.add_url_rule("/ping", view_func=ping)
            return app
    """
    assert routes(tmp_path, app=code) == [
        "GET /shop/orders/{id}",
        "POST /shop/orders/{id}",
        "GET /api/orders",
        "GET /ping",
    ]


def test_namespaces_of_flask_restx(tmp_path: Path) -> None:
    code = """\
        from flask import Blueprint, Flask
        from flask_restx import Api, Namespace, Resource
        blueprint = Blueprint("api", __name__, url_prefix="/api")
        api = Api(blueprint)
        ns = Namespace("orders")
        api.add_namespace(ns)
        app = Flask(__name__)
        app.register_blueprint(blueprint)
        @ns.route("/<id>")
        class Order(Resource):
            def get(self, id): ...
            def delete(self, id): ...
    """
    assert routes(tmp_path, app=code) == ["GET /api/orders/{id}", "DELETE /api/orders/{id}"]


def test_controllers_of_litestar(tmp_path: Path) -> None:
    code = """\
        from litestar import Controller, Litestar, get, post
        class Orders(Controller):
            path = "/orders"
            @get("/{id:int}")
            async def one(self): ...
            @post()
            async def place(self): ...
        app = Litestar([Orders])
    """
    assert routes(tmp_path, app=code) == ["GET /orders/{id}", "POST /orders"]


def test_djangos_urls_with_their_views(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {
            "shop/settings.py": 'ROOT_URLCONF = "shop.urls"\n',
            "shop/urls.py": """\
                from django.contrib import admin
                from django.urls import include, path, re_path
                from rest_framework.routers import DefaultRouter
                from shop import views
                router = DefaultRouter()
                router.register(r"products", views.Products)
                MORE = [path("orders/", include("shop.orders.urls"))]
                urlpatterns = i18n_patterns(*MORE) + [
                    path("admin/", admin.site.urls),
                    re_path(r"^old/(?P<id>[0-9]+)/$", views.old),
                    path("api/", include(router.urls)),
                ]
            """,
            "shop/orders/urls.py": """\
                from django.urls import path
                from .views import Place, show
                urlpatterns = [path("<int:pk>/", show), path("new/", Place.as_view())]
                urlpatterns += [path("", include("shop.orders.urls"))]
            """,
            "shop/orders/views.py": """\
                class Place(CreateView): ...
                @require_POST
                def show(request, pk): ...
            """,
            "shop/views.py": """\
                class Products(ReadOnlyModelViewSet): ...
                def old(request, id):
                    if request.method == "POST": ...
            """,
        },
    )
    assert found(detect, where, "app.route") == [
        "POST /orders/{pk}/",
        "GET /orders/new/",
        "POST /orders/new/",
        "GET /old/{id}/",
        "POST /old/{id}/",
        "GET /api/products/",
        "GET /api/products/{id}/",
    ]


@pytest.mark.parametrize(
    ("paths", "health"),
    [
        (["/status", "/api/healthz", "/health/database"], "/api/healthz"),
        (["/readyz", "/livez"], "/livez"),
        (["/_status"], "/_status"),
        (["/orders/{id}/status", "/orders"], None),
    ],
)
def test_the_best_route_for_health(tmp_path: Path, paths: list[str], health: str | None) -> None:
    code = "from fastapi import FastAPI\napp = FastAPI()\n"
    code += "".join(f'@app.get("{path}")\ndef f(): ...\n' for path in paths)
    where = repository(tmp_path, {"shop/a.py": code})
    assert found(detect, where, "app.health") == ([health] if health else [])


@pytest.mark.parametrize(
    "function",
    [
        '@app.post("/health")\ndef f(): ...',
        '@app.get("/health")\ndef f(user=Depends(get_current_user)): ...',
        '@app.get("/health", dependencies=[Depends(require_token)])\ndef f(): ...',
        '@app.get("/health")\n@login_required\ndef f(): ...',
    ],
)
def test_a_health_route_that_needs_a_login_is_none(tmp_path: Path, function: str) -> None:
    code = f"from fastapi import FastAPI\napp = FastAPI()\n{function}\n"
    where = repository(tmp_path, {"shop/a.py": code})
    assert found(detect, where, "app.health") == []


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("from fastapi import FastAPI\napp = FastAPI()", "/openapi.json"),
        (
            "from fastapi import FastAPI\nA = '/v1'\napp = FastAPI(openapi_url=f'{A}/o.json')",
            "/v1/o.json",
        ),
        ("from litestar import Litestar\napp = Litestar([])", "/schema/openapi.json"),
    ],
)
def test_where_the_openapi_document_is(tmp_path: Path, code: str, path: str) -> None:
    fact = the(detect, repository(tmp_path, {"shop/a.py": code}), "app.schema")
    assert (fact.value, fact.confidence) == (path, "certain")


def test_an_application_without_a_document(tmp_path: Path) -> None:
    code = "from fastapi import FastAPI\napp = FastAPI(openapi_url=None)\n"
    assert found(detect, repository(tmp_path, {"shop/a.py": code}), "app.schema") == []


def test_the_document_of_drf_spectacular(tmp_path: Path) -> None:
    where = repository(
        tmp_path,
        {
            "shop/settings.py": 'ROOT_URLCONF = "shop.urls"\n',
            "shop/urls.py": "from drf_spectacular.views import SpectacularAPIView\n"
            'urlpatterns = [path("api/schema/", SpectacularAPIView.as_view())]\n',
        },
    )
    assert the(detect, where, "app.schema").value == "/api/schema/"


def test_routers_in_a_circle_end(tmp_path: Path) -> None:
    code = """\
        from fastapi import APIRouter
        a = APIRouter(prefix="/a")
        b = APIRouter(prefix="/b")
        a.include_router(b)
        b.include_router(a)
        @a.get("/x")
        def x(): ...
    """
    assert routes(tmp_path, app=code) == []
