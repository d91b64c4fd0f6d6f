"""The vector store's process, over its socket as the programs use it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from app.embedded.vectors import Vectors
from tests.support.servers import server_home

pytestmark = pytest.mark.integration

SIZE = 4


@pytest.fixture
def store() -> Iterator[Vectors]:
    """A store of its own, with room for vectors of four numbers."""
    with server_home() as home:
        made = Vectors(home)
        asyncio.run(made.start())
        asyncio.run(_ask(made, op="ensure", size=SIZE))
        try:
            yield made
        finally:
            asyncio.run(made.stop())


async def _ask(store: Vectors, **request: Any) -> dict[str, Any]:
    reader, writer = await asyncio.open_unix_connection(store.socket)
    try:
        writer.write(json.dumps(request).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await reader.readline())
        return answer
    finally:
        writer.close()


def _point(company: str, bot: str, document: str, dense: list[float], words: list[int]) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "dense": dense,
        "sparse": {"indices": words, "values": [1.0] * len(words)},
        "payload": {"company_id": company, "bot_id": bot, "document_id": document},
    }


async def _searched(store: Vectors, company: str, bot: str) -> list[str]:
    words = {"indices": [7], "values": [1.0]}
    request = {"company_id": company, "bot_id": bot, "dense": [1.0, 0, 0, 0], "sparse": words, "limit": 5}
    answer = await _ask(store, op="search", **request)
    return [point["payload"]["document_id"] for point in answer["ok"]]


async def test_a_search_finds_by_meaning_and_words_and_only_the_bots_own(store: Vectors) -> None:
    near, far = [1.0, 0, 0, 0.1], [0, 1.0, 0, 0]
    points = [
        _point("a", "1", "near", near, [7]),
        _point("a", "1", "far", far, [8]),
        _point("b", "2", "foreign", near, [7]),
    ]
    assert await _ask(store, op="upsert", points=points) == {"ok": 3}
    assert (await _searched(store, "a", "1"))[0] == "near"
    assert "foreign" not in await _searched(store, "a", "1")
    assert await _searched(store, "a", "2") == []


async def test_a_deleted_document_is_found_no_more(store: Vectors) -> None:
    await _ask(store, op="upsert", points=[_point("a", "1", "gone", [1.0, 0, 0, 0], [7])])
    whose = {"company_id": "a", "bot_id": "1"}
    assert await _ask(store, op="delete_document", document_id="gone", **whose) == {"ok": 1}
    assert await _ask(store, op="count", **whose) == {"ok": 0}
    assert await _searched(store, "a", "1") == []


async def test_ids_are_listed_page_by_page(store: Vectors) -> None:
    points = [_point("a", "1", "d", [1.0, 0, 0, 0], [7]) for _ in range(5)]
    await _ask(store, op="upsert", points=points)
    found: list[str] = []
    after = None
    while True:
        page = (await _ask(store, op="scroll_ids", company_id="a", bot_id="1", after=after, limit=2))["ok"]
        found += page["ids"]
        after = page["next"]
        if after is None:
            break
    assert sorted(found) == sorted(point["id"] for point in points)


async def test_what_was_acknowledged_outlives_a_kill(store: Vectors) -> None:
    await _ask(store, op="upsert", points=[_point("a", "1", "kept", [1.0, 0, 0, 0], [7])])
    assert store.child is not None
    store.child.kill()
    store.child.wait()
    await store.start()
    assert await _searched(store, "a", "1") == ["kept"]


@pytest.mark.parametrize("line", [b"not json\n", b'{"op": "drop"}\n', b'{"op": "count"}\n', b"[]\n"])
async def test_nonsense_is_answered_and_the_store_lives_on(store: Vectors, line: bytes) -> None:
    reader, writer = await asyncio.open_unix_connection(store.socket)
    writer.write(line)
    assert json.loads(await reader.readline())["error"] == "bad_request"
    writer.close()
    assert await _ask(store, op="ping") == {"ok": True}


async def test_another_size_of_vectors_is_refused(store: Vectors) -> None:
    assert (await _ask(store, op="ensure", size=SIZE + 1))["error"] == "bad_request"
    assert await _ask(store, op="ensure", size=SIZE) == {"ok": False}
