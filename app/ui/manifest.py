"""Names of the built front-end files: each carries its content's hash, so browsers may keep it for ever."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
STATIC_URL = "/static"


@dataclass(frozen=True)
class Manifest:
    """What `npm run build` made: logical name -> file name, and the icons of the sprite."""

    files: dict[str, str]
    icons: frozenset[str]

    def url(self, name: str) -> str:
        """Address of a built file. Raises KeyError when the build has no such file."""
        return f"{STATIC_URL}/{self.files[name]}"

    def icon(self, name: str) -> str:
        """Address of one icon. Raises KeyError for an icon that icons.txt does not list."""
        if name not in self.icons:
            raise KeyError(f"icon {name!r} is not in app/ui/assets/icons.txt")
        return f"{self.url('icons.svg')}#{name}"


class FrontEndNotBuilt(RuntimeError):
    """There is no built front end; the message says how to make it."""

    def __init__(self) -> None:
        super().__init__("The front end is not built. Run: npm ci && npm run build")


@lru_cache(maxsize=1)
def manifest() -> Manifest:
    """The build beside this file. Raises FrontEndNotBuilt when it is missing."""
    try:
        content = json.loads((STATIC / "manifest.json").read_text("utf-8"))
    except FileNotFoundError as error:
        raise FrontEndNotBuilt from error
    return Manifest(files=content["files"], icons=frozenset(content["icons"]))
