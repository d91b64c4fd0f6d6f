"""The guides keep up with the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.di import Provide
from pydantic import AliasChoices
from pydantic_settings import BaseSettings

from app import settings
from app.api.routes import PATH, api_router, openapi_config
from app.scenario import callers, config_loader, simulator
from app.scenario.service_words import service_words

pytestmark = pytest.mark.unit
ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "configuration.md"


def settings_classes() -> list[type[BaseSettings]]:
    found = (thing for thing in vars(settings).values() if isinstance(thing, type))
    return [kind for kind in found if issubclass(kind, BaseSettings) and kind is not BaseSettings]


def names(kind: type[BaseSettings]) -> Iterator[str]:
    for field, info in kind.model_fields.items():
        alias = info.validation_alias
        if isinstance(alias, AliasChoices):
            yield from (str(choice) for choice in alias.choices)
        else:
            yield f"{kind.model_config.get('env_prefix', '')}{field}".upper()


def documents() -> list[Path]:
    """README and the like, and all of docs/."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("kind", settings_classes(), ids=lambda kind: kind.__name__)
def test_every_setting_is_in_the_guide(kind: type[BaseSettings]) -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    assert [name for name in names(kind) if f"`{name}`" not in guide] == []


def test_the_guide_names_no_setting_that_is_gone() -> None:
    known = {name for kind in settings_classes() for name in names(kind)}
    named = set(re.findall(r"OTKLIK_[A-Z][A-Z0-9_]+", GUIDE.read_text(encoding="utf-8")))
    assert named - known == set()


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents()
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8"))
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert broken == []


def test_the_guide_s_first_scenario_and_its_caller_work() -> None:
    written = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8"), re.DOTALL)
    scenario = config_loader.load(written[0], "rivet.yaml")
    people = callers.load(written[-1], "rivet.callers.yaml", scenario)
    assert [(result.expected, result.got) for result in simulator.run(scenario, people) if not result.passed] == []


def test_the_guide_names_every_key_of_a_scenario() -> None:
    guide = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    schema = config_loader.json_schema()
    parts = [schema, *schema["$defs"].values()]
    keys = {key for part in parts if part.get("type") == "object" for key in part.get("properties", {})}
    assert sorted(key for key in keys if not re.search(rf"`{key}\b|`[^`]*\b{key}\b[^`]*`", guide)) == []


def test_the_guide_names_every_wording_that_can_be_replaced() -> None:
    guide = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    assert [key for key in service_words("en").says if f"`{key}`" not in guide] == []


def test_the_guide_names_every_operation_of_the_api() -> None:
    unused = {name: Provide(lambda: None, sync_to_thread=False) for name in ("rt", "now")}
    router = api_router(settings.ApiSettings())
    document = Litestar([router], dependencies=unused, openapi_config=openapi_config()).openapi_schema.to_schema()
    guide = without_parameters((ROOT / "docs" / "api.md").read_text(encoding="utf-8"))
    paths = [path.removeprefix(PATH) for path in document["paths"] if not path.endswith("scenario-schema.json")]
    assert [path for path in paths if f"`{without_parameters(path)}`" not in guide] == []


def without_parameters(text: str) -> str:
    """`/bots/{id or slug}` and `/bots/{bot}` alike as `/bots/{}`."""
    return re.sub(r"\{[^}]*\}", "{}", text)
