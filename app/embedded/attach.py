"""How a command finds the installation that runs on this machine, when the settings name no servers."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import SecretStr

from app.embedded import keys, state
from app.settings import DatabaseSettings


def use_running(home: Path) -> bool:
    """Leads this process's settings to the installation that runs in `home`; False when none is ready.

    What the operator has set himself stays: a variable that is there wins.
    """
    found = state.environment(home.absolute())
    for name, value in found.items():
        os.environ.setdefault(name, value)
    return bool(found)


def database(home: Path, settings: DatabaseSettings) -> DatabaseSettings:
    """The settings as they are, or with the addresses of both roles of the running installation. Same if none runs."""
    status = state.read(home.absolute())
    app = status.parts["postgres"].url
    owner = keys.path_of(home, "postgres_owner")
    if settings.url is not None or status.state is not state.Phase.READY or app is None or not owner.exists():
        return settings
    host = app.rpartition("@")[2]
    owner_url = f"postgresql://otklik_owner:{keys.get_or_make(home, 'postgres_owner').text}@{host}"
    return settings.model_copy(update={"url": SecretStr(app), "owner_url": SecretStr(owner_url)})
