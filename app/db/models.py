"""Every table of every room, imported so that migrations and table-walking tests see them all."""

from __future__ import annotations

from app.analysis import models as analysis
from app.bots import models as bots
from app.calls import models as calls
from app.db import outbox
from app.db.base import Base
from app.tenants import models as tenants
from app.webhooks import models as webhooks

__all__ = ["Base", "analysis", "bots", "calls", "outbox", "tenants", "webhooks"]
