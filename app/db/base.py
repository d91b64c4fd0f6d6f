"""Declarative base of every table, and the shape that tenant tables share."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import (
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from uuid_utils.compat import uuid7

# Any: a JSON column holds whatever its room's documented shape says.
Json = dict[str, Any]
JsonList = list[dict[str, Any]]


def new_id() -> UUID:
    """A UUIDv7: sorts by time, so a primary key is also the order of creation (RFC 9562)."""
    return uuid7()


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {  # Any: SQLAlchemy's own shape of this map
        str: Text,
        datetime: DateTime(timezone=True),
        UUID: Uuid,
        Decimal: sa.Numeric,
        Json: JSONB,
        JsonList: JSONB,
        list[str]: ARRAY(Text),
    }


def enum(kind: type[StrEnum]) -> sa.Enum:
    """Column type of a StrEnum: text with a check constraint, so that a migration can add a value."""
    return sa.Enum(
        kind,
        name=kind.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=24,
        values_callable=lambda members: [member.value for member in members],
    )


class TenantRow(Base):
    """A row of one company; every primary key begins with it. Row-level security hides the others' rows."""

    __abstract__ = True

    @declared_attr
    def company_id(self) -> Mapped[UUID]:
        return mapped_column(Uuid, ForeignKey("company.id", ondelete="CASCADE"), primary_key=True, sort_order=-3)


class TenantBase(TenantRow):
    """A tenant row with an id of its own."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-2)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=-1)


def tenant_fk(column: str, target: str, *, ondelete: str = "CASCADE") -> ForeignKeyConstraint:
    """Foreign key between tenant tables: it includes company_id, so a row can never point into another company."""
    table, key = target.split(".")
    return ForeignKeyConstraint(["company_id", column], [f"{table}.company_id", f"{table}.{key}"], ondelete=ondelete)
