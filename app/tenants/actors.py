"""Who acts, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.errors import Forbidden
from app.tenants.models import ActorKind, Role

# What a role may do. An API key has scopes of the same names instead.
RIGHTS: dict[Role, frozenset[str]] = {
    Role.VIEWER: frozenset({"bots:read", "calls:read", "webhooks:read"}),
    Role.EDITOR: frozenset(
        {
            "bots:read",
            "bots:write",
            "bots:publish",
            "bots:try",
            "calls:read",
            "webhooks:read",
            "webhooks:write",
            "providers:read",
        }
    ),
    Role.OWNER: frozenset(
        {
            "bots:read",
            "bots:write",
            "bots:publish",
            "bots:try",
            "calls:read",
            "webhooks:read",
            "webhooks:write",
            "providers:read",
            "providers:write",
            "members:read",
            "keys:read",
            "keys:write",
            "audit:read",
        }
    ),
}
SCOPES: tuple[str, ...] = (
    "bots:read",
    "bots:write",
    "bots:publish",
    "calls:read",
    "webhooks:read",
    "webhooks:write",
    "providers:read",
    "providers:write",
)
"""Scopes an API key can be given."""


@dataclass(frozen=True)
class Actor:
    """A person in a company, an API key, or the system itself, with what it may do."""

    kind: ActorKind
    id: UUID | None
    rights: frozenset[str]
    ip: str | None = None

    def may(self, right: str) -> bool:
        return self.kind is ActorKind.SYSTEM or right in self.rights

    def need(self, right: str) -> None:
        """Raises Forbidden when the actor may not."""
        if not self.may(right):
            raise Forbidden(right=right)


SYSTEM = Actor(ActorKind.SYSTEM, None, frozenset())


def person(user_id: UUID, role: Role, ip: str | None = None) -> Actor:
    """A member acting in a company."""
    return Actor(ActorKind.PERSON, user_id, RIGHTS[role], ip)
