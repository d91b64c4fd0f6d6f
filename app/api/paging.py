"""Lists that continue after a key: stable while rows come and go, and as quick on the last page as on the first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from litestar.params import QueryParameter

from app.api.schemas import Page

Row = TypeVar("Row")
T = TypeVar("T")

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many to return at most.")]
DEFAULT_LIMIT = 50


def page_of(rows: Sequence[Row], limit: int, show: Callable[[Row], T], key: Callable[[Row], object]) -> Page[T]:
    """A page from `rows`, which were read with a limit of `limit + 1`: one more tells whether there is a next page."""
    shown = rows[:limit]
    return Page(data=[show(row) for row in shown], next=str(key(shown[-1])) if len(rows) > limit else None)
