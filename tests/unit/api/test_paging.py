"""Pages: one row more than asked for tells whether there is a next one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.paging import page_of

pytestmark = pytest.mark.unit


@given(rows=st.lists(st.integers(), max_size=30, unique=True).map(sorted), limit=st.integers(1, 7))
def test_going_on_from_page_to_page_shows_every_row_once(rows: list[int], limit: int) -> None:
    seen, after = list[str](), float("-inf")
    for _ in range(len(rows) + 1):
        read = [row for row in rows if row > after][: limit + 1]
        page = page_of(read, limit, str, lambda row: row)
        seen += page.data
        assert len(page.data) <= limit
        if page.next is None:
            break
        after = int(page.next)
    assert seen == [str(row) for row in rows]
