"""One Qdrant Edge shard: the operations of the vector store as plain values in and out.

A point is `{id, dense, sparse: {indices, values}, payload: {company_id, bot_id, document_id, ...}}`. Nothing can be
searched, counted or listed without a company and a bot. Not safe for two threads: the process that owns it has one.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import qdrant_edge as edge

_CONFIG = "edge_config.json"
DENSE, SPARSE = "dense", "sparse"
_KEYWORDS = ("company_id", "bot_id", "document_id")
Json = dict[str, Any]  # what json.loads gives
_Condition = tuple[str, str]


class Shard:
    """The folder's engine. `ensure` opens it; any other operation before that is a LookupError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._edge: edge.EdgeShard | None = None
        if (folder / _CONFIG).exists():
            self._edge = edge.EdgeShard.load(str(folder))

    def ensure(self, size: int) -> bool:
        """Makes the store for dense vectors of `size`; True when it is new. Raises ValueError for another size."""
        if self._edge is not None:
            if self._size() != size:
                raise ValueError(f"the vector store holds vectors of {self._size()} numbers, not {size}")
            return False
        half = self._folder.with_name(self._folder.name + ".new")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700, parents=True)
        # payload_m: one graph for each bot and none over all, which is what every search asks for.
        graph = edge.HnswIndexConfig(m=0, payload_m=16, ef_construct=100, full_scan_threshold=10_000)
        config = edge.EdgeConfig(
            vectors={DENSE: edge.EdgeVectorParams(size=size, distance=edge.Distance.Cosine)},
            sparse_vectors={SPARSE: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
            hnsw_config=graph,
            max_search_threads=1,
        )
        shard = edge.EdgeShard.create(str(half), config)
        for name in _KEYWORDS:
            # Only the bot carries a graph: graphs for the others cost most of the time of building the index.
            is_tenant = name == "bot_id"
            index = edge.KeywordIndexParams(is_tenant=is_tenant, enable_hnsw=is_tenant)
            shard.update(edge.UpdateOperation.create_field_index(name, index))
        shard.flush()
        shard.close()
        half.rename(self._folder)
        self._edge = edge.EdgeShard.load(str(self._folder))
        return True

    def _size(self) -> int:
        stored = json.loads((self._folder / _CONFIG).read_text(encoding="utf-8"))
        return int(stored["vectors"][DENSE]["size"])

    def upsert(self, points: list[Json], *, flush: bool = True) -> int:
        """Inserts or replaces; returns how many. On disk when `flush`."""
        made = [
            edge.Point(
                id=point["id"],
                vector={DENSE: point["dense"], SPARSE: _sparse(point["sparse"])},
                payload=point["payload"],
            )
            for point in points
        ]
        shard = self._open()
        shard.update(edge.UpdateOperation.upsert_points(made))
        if flush:
            shard.flush()
        return len(made)

    def search(self, company_id: str, bot_id: str, dense: list[float], sparse: Json, *, limit: int) -> list[Json]:
        """Hybrid: nearest by meaning and by words, fused by rank. Word rarity is counted among the bot's own points."""
        mine = _where(("company_id", company_id), ("bot_id", bot_id))
        depth = max(limit * 4, 20)
        words = edge.SearchParams(idf=edge.IdfParams(corpus=mine))
        found = self._open().query(
            edge.QueryRequest(
                limit=limit,
                query=edge.Fusion.Rrf(k=2),  # type: ignore[arg-type]  # a Fusion; the stubs nest it without inheriting
                prefetches=[
                    edge.Prefetch(limit=depth, query=edge.Query.Nearest(dense, using=DENSE), filter=mine),
                    edge.Prefetch(
                        limit=depth, query=edge.Query.Nearest(_sparse(sparse), using=SPARSE), filter=mine, params=words
                    ),
                ],
                filter=mine,
                with_payload=True,
            )
        )
        return [{"id": str(point.id), "score": point.score, "payload": point.payload} for point in found]

    def delete_document(self, company_id: str, bot_id: str, document_id: str) -> int:
        """Removes a document's points; returns how many there were."""
        whose = (("company_id", company_id), ("bot_id", bot_id), ("document_id", document_id))
        before = self._count(*whose)
        shard = self._open()
        shard.update(edge.UpdateOperation.delete_points_by_filter(_where(*whose)))
        shard.flush()
        return before

    def count(self, company_id: str, bot_id: str) -> int:
        """How many points a bot has."""
        return self._count(("company_id", company_id), ("bot_id", bot_id))

    def scroll_ids(self, company_id: str, bot_id: str, *, after: str | None, limit: int) -> Json:
        """Ids of a bot's points in order: `{ids, next}`; `next` is None at the end."""
        mine = _where(("company_id", company_id), ("bot_id", bot_id))
        request = edge.ScrollRequest(offset=after, limit=limit, filter=mine, with_payload=False, with_vector=False)
        points, following = self._open().scroll(request)
        return {"ids": [str(point.id) for point in points], "next": None if following is None else str(following)}

    def optimize(self) -> bool:
        """Builds the graphs; blocks for seconds at 100,000 points, so callers choose a quiet moment."""
        return bool(self._open().optimize())

    def close(self) -> None:
        """Writes everything and lets the folder go."""
        if self._edge is not None:
            self._edge.flush()
            self._edge.close()

    def _count(self, *conditions: _Condition) -> int:
        return int(self._open().count(edge.CountRequest(filter=_where(*conditions), exact=True)))

    def _open(self) -> edge.EdgeShard:
        if self._edge is None:
            raise LookupError("the vector store is empty: call ensure first")
        return self._edge


def _where(*conditions: _Condition) -> edge.Filter:
    return edge.Filter(must=[edge.FieldCondition(key=key, match=edge.MatchValue(value)) for key, value in conditions])


def _sparse(raw: Json) -> edge.SparseVector:
    return edge.SparseVector(indices=raw["indices"], values=raw["values"])
