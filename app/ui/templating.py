"""Templates: one environment, one typed `page` and one `frame` for each rendering."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2_fragments import render_block

from app.i18n import plural, translate
from app.ui.frame import Frame
from app.ui.manifest import manifest

TEMPLATES = Path(__file__).parent / "templates"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The one environment: undefined names are errors, everything is escaped."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=select_autoescape(("html",), default=True),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    built = manifest()
    env.globals.update(asset=built.url, icon_url=built.icon)
    return env


def render(template: str, frame: Frame, page: object, blocks: Sequence[str] = ()) -> str:
    """The page as HTML, or only the named blocks of its template, one after another.

    Templates see `page`, `frame`, `t(key)`, `tn(key, n)`, `fmt` and the macros as `ui`.
    """
    env = environment()
    shared: dict[str, Any] = {  # Any: Jinja's own type of a context
        "frame": frame,
        "fmt": frame.formats,
        "t": partial(translate, frame.lang),
        "tn": partial(plural, frame.lang),
    }
    context = shared | {"page": page, "ui": env.get_template("macros.html").make_module(shared)}
    if blocks:
        return "".join(render_block(env, template, block, context) for block in blocks)
    return env.get_template(template).render(context)
