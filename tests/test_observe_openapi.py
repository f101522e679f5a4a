"""Operations of OpenAPI documents, of routes and of the team's tests."""

from __future__ import annotations

from typing import Any

from scaffolder.observe.driver.naming import journey_id
from scaffolder.observe.driver.openapi import Document, Operation
from scaffolder.observe.driver.seen import fits, matched, operations_of
from scaffolder.observe.driver.world import SeenRequest

THREE: dict[str, Any] = {
    "openapi": "3.1.0",
    "servers": [{"url": "https://example.org/v2"}],
    "paths": {
        "/items/{itemId}": {
            "parameters": [{"$ref": "#/components/parameters/item"}],
            "put": {
                "operationId": "put_item",
                "security": [{"bearer": []}],
                "parameters": [{"name": "mode", "in": "query", "required": True}],
                "requestBody": {
                    "content": {
                        "multipart/form-data": {"schema": {"type": "string"}},
                        "application/json": {
                            "schema": {"$ref": "#/components/schemas/Item"},
                            "examples": {"one": {"value": {"name": "Tea"}}},
                        },
                    }
                },
            },
            "get": {},
        }
    },
    "components": {
        "parameters": {
            "item": {"name": "itemId", "in": "path", "schema": {"type": "string", "format": "uuid"}}
        },
        "schemas": {"Item": {"properties": {"name": {"type": "string"}}, "required": ["name"]}},
    },
}
TWO: dict[str, Any] = {
    "swagger": "2.0",
    "basePath": "/api/",
    "paths": {
        "/pets": {
            "post": {
                "parameters": [
                    {"name": "body", "in": "body", "schema": {"type": "object"}},
                ]
            },
            "put": {
                "parameters": [
                    {"name": "name", "in": "formData", "type": "string", "required": True}
                ]
            },
        }
    },
}


def test_an_operation_of_openapi_3() -> None:
    put, _ = sorted(Document(THREE).operations(), key=lambda one: one.method, reverse=True)

    assert (put.label, put.body, put.secured) == ("PUT /v2/items/{item_id}", "json", True)
    assert put.places == ["item_id"]
    assert put.parameters["item_id"]["format"] == "uuid"
    assert list(put.query) == ["mode"]
    assert put.examples == ({"name": "Tea"},)


def test_who_says_nothing_where_others_say_who_is_open_to_all() -> None:
    get = next(one for one in Document(THREE).operations() if one.method == "get")

    assert get.secured is False
    assert Document(TWO).operations()[0].secured is None


def test_operations_of_swagger_2() -> None:
    post, put = Document(TWO).operations()

    assert (post.label, post.body) == ("POST /api/pets", "json")
    assert put.body == "form"
    assert Document(TWO).resolve(put.schema)["required"] == ["name"]


def test_a_strange_document_is_no_error() -> None:
    contents: list[dict[str, Any]] = [
        {},
        {"paths": []},
        {"paths": {"/a": {"post": {"requestBody": {"$ref": "#/x"}}}}},
    ]
    for content in contents:
        for operation in Document(content).operations():
            assert operation.body is None


def test_a_reference_that_leads_to_itself_ends() -> None:
    content = {"definitions": {"a": {"$ref": "#/definitions/a"}}}

    assert Document(content).resolve({"$ref": "#/definitions/a"})["$ref"]


def test_requests_of_the_tests_fill_the_routes() -> None:
    requests = [
        SeenRequest("PATCH", "/orders/{order}", {"note": "x"}),
        SeenRequest("POST", "/unknown", form={"a": "b"}),
        SeenRequest("PATCH", "/orders/7", {"note": "x", "gift": True}),
    ]

    patch, post = operations_of(requests, ["PATCH /orders/{orderId}"])

    assert (patch.label, patch.body) == ("PATCH /orders/{order_id}", "json")
    assert patch.examples == ({"note": "x", "gift": True}, {"note": "x"})
    assert (post.label, post.body) == ("POST /unknown", "form")


def test_payloads_of_the_tests_are_examples_of_the_documents_operations() -> None:
    operation = Operation("put", "/v2/items/{item_id}")

    found = matched([operation], [SeenRequest("PUT", "/v2/items/7?x=1", {"name": "Tea"})])

    assert found == {"PUT /v2/items/{item_id}": [{"name": "Tea"}]}
    assert not fits(operation, "put", "/v2/items/7/parts")


def test_ids_of_journeys() -> None:
    names = [
        journey_id(Operation(method, path), kind, [])
        for method, path, kind in (
            ("post", "/api/v1/items/", "insert"),
            ("post", "/api/v1/users/signup", "insert"),
            ("post", "/articles/{slug}/favorite", "insert"),
            ("post", "/orders/{id}/close/", "update"),
            ("patch", "/users/me/password", "update"),
            ("put", "/products/{sku}/stock", "update"),
            ("delete", "/stock-items/{id}", "delete"),
            ("post", "/{id}", "insert"),
        )
    ]

    assert names == [
        "create-item",
        "signup-user",
        "favorite-article",
        "close-order",
        "update-me-password",
        "update-product-stock",
        "delete-stock-item",
        "create-item",
    ]


def test_ids_are_unique() -> None:
    operation = Operation("post", "/items")

    assert journey_id(operation, "insert", ["create-item", "create-item-2"]) == "create-item-3"
