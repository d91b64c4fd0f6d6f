"""The API describes itself: completely, truthfully, and without loading anything from elsewhere."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Litestar

from app.api.problems import MEDIA_TYPE
from tests.support.asgi import asgi

pytestmark = pytest.mark.integration

PUBLIC = {"/api/v1/scenario-schema.json"}


@pytest.fixture
async def web(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=asgi(app), base_url="http://otklik.test") as client:
        yield client


@pytest.fixture
async def document(web: httpx.AsyncClient) -> dict[str, Any]:
    answer = await web.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


async def test_every_operation_is_named_explained_and_says_how_it_fails(document: dict[str, Any]) -> None:
    found = operations(document)
    assert len(found) >= 20
    names = [operation["operationId"] for _, _, operation in found]
    assert len(names) == len(set(names))
    for path, method, operation in found:
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["description"], where
        assert operation["tags"], where
        for parameter in operation.get("parameters", []):
            assert parameter["schema"], where
        if path in PUBLIC:
            continue
        assert {"401", "403", "429", "503"} <= set(operation["responses"]), where
        for status, response in operation["responses"].items():
            if status >= "400":
                assert list(response["content"]) == [MEDIA_TYPE], f"{where} {status}"


async def test_only_the_api_is_described_and_it_asks_for_the_key(document: dict[str, Any]) -> None:
    assert all(path.startswith("/api/v1/") for path in document["paths"])
    assert document["security"] == [{"key": []}]
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in re.findall(r'"#/components/schemas/([^"]+)"', str(document).replace("'", '"')):
        assert name in schemas


async def test_an_answer_has_the_form_that_is_described(document: dict[str, Any], api: httpx.AsyncClient) -> None:
    operation = document["paths"]["/api/v1/company"]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    described = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    company = (await api.get("/company")).json()
    assert set(company) == set(described["properties"])


async def test_the_page_for_people_names_every_operation_and_loads_nothing(
    web: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    page = await web.get("/api/v1/docs")
    assert page.headers["content-type"].startswith("text/html")
    for _, _, operation in operations(document):
        assert f'id="{operation["operationId"]}"' in page.text
    assert not re.search(r"<script|<style|style=|src=|https?://", page.text)


async def test_the_type_of_a_problem_leads_to_its_place_on_the_page(
    web: httpx.AsyncClient, api: httpx.AsyncClient
) -> None:
    problems = [
        await api.get("/bots/nobody"),
        await api.get("/nowhere"),
        await api.post("/bots"),
        await web.post("/api/v1/bots"),
    ]
    page = (await web.get("/api/v1/docs")).text
    for answer in problems:
        path, _, place = answer.json()["type"].partition("#")
        assert path == "/api/v1/docs"
        assert f'id="{place}"' in page


async def test_the_scenarios_schema_is_served_for_editors(web: httpx.AsyncClient) -> None:
    schema = (await web.get("/api/v1/scenario-schema.json")).json()
    assert schema["type"] == "object"
    assert "stages" in schema["properties"]
