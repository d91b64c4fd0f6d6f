"""The API's description for people: one plain page made from the OpenAPI document, nothing loaded from elsewhere."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import ChainableUndefined, Environment, Template
from litestar import MediaType, Request, get

from app.api.auth import PUBLIC
from app.api.problems import all_codes

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{ doc.info.title }}</title>
</head>
<body>
<main>
<h1>{{ doc.info.title }} {{ doc.info.version }}</h1>
<p><a href="/api/v1/openapi.json">openapi.json</a></p>
{% for part in doc.info.description.split("\n\n") %}<p>{{ part | replace("**", "") | replace("`", "") }}</p>
{% endfor %}
{% for path, methods in doc.paths.items() %}{% for method, operation in methods.items() %}
<section id="{{ operation.operationId }}">
<h2>{{ operation.summary }}</h2>
<pre>{{ method | upper }} {{ path }}</pre>
<p>{{ operation.description or "" }}</p>
{% if operation.parameters %}<table>
<thead><tr><th scope="col">Parameter</th><th scope="col">In</th><th scope="col">Meaning</th></tr></thead>
<tbody>
{% for p in operation.parameters %}<tr>
<td><code>{{ p.name }}</code></td><td>{{ p["in"] }}</td><td>{{ p.description or "" }}</td>
</tr>
{% endfor %}</tbody>
</table>{% endif %}
<p>Answers: {% for status in operation.responses %}{{ status }}{{ ", " if not loop.last }}{% endfor %}</p>
</section>
{% endfor %}{% endfor %}
<h2>Errors</h2>
<table>
<thead><tr><th scope="col">code</th><th scope="col">Status</th><th scope="col">Title</th></tr></thead>
<tbody>
{% for code, status, title in errors %}<tr id="{{ code }}">
<td><code>{{ code }}</code></td><td>{{ status }}</td><td>{{ title }}</td>
</tr>
{% endfor %}</tbody>
</table>
</main>
</body>
</html>
"""


@get("/docs", include_in_schema=False, media_type=MediaType.HTML, opt={PUBLIC: True}, sync_to_thread=False)
def show_docs(request: Request[Any, Any, Any]) -> str:
    """Every operation with its parameters and answers; needs no key."""
    return _template().render(doc=request.app.openapi_schema.to_schema(), errors=all_codes())


@lru_cache(maxsize=1)
def _template() -> Template:
    # Chainable: an operation may have no parameters and a parameter no description.
    return Environment(autoescape=True, undefined=ChainableUndefined).from_string(_PAGE)
