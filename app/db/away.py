"""What a PostgreSQL that cannot be reached looks like, and the one error that is made of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.errors import ServiceUnavailable

# asyncpg's own errors come through as they are when a connection cannot be made, as while PostgreSQL starts.
AWAY = (DBAPIError, PoolTimeout, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


@contextmanager
def told() -> Iterator[None]:
    """Raises ServiceUnavailable when the database is away; any other error of it is ours and stays what it is."""
    try:
        yield
    except (IntegrityError, ProgrammingError, DataError):
        raise
    except AWAY as error:
        raise ServiceUnavailable(part="PostgreSQL") from error
