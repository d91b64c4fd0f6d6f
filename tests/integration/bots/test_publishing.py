"""Versions of a bot: written as drafts, published one at a time, never with errors."""

from __future__ import annotations

import pytest

from app.bots import drafting, publishing, queries
from app.bots.models import ConfigStatus
from app.errors import BotNotPublished, ConfigNotDraft, Conflict, Forbidden, NotFound, ScenarioRejected
from app.runtime import Runtime
from app.tenants.models import Role
from tests.support.world import EXAMPLES, World, new_world

pytestmark = pytest.mark.integration

SOURCE = (EXAMPLES / "dental.yaml").read_text(encoding="utf-8")
CHECKED = drafting.CheckedSource(SOURCE)


async def test_only_an_editor_publishes_and_only_a_draft(rt: Runtime, world: World) -> None:
    bot = await world.bot()
    viewer, editor = await world.member(Role.VIEWER), await world.member(Role.EDITOR)
    async with rt.db.tenant(world.company_id) as db:
        draft = await drafting.save_draft(db, bot.id, CHECKED, by=editor, at=rt.clock())
        with pytest.raises(Forbidden):
            await publishing.publish(db, bot.id, draft.version, CHECKED, by=viewer, at=rt.clock())
        published = await publishing.publish(db, bot.id, draft.version, CHECKED, by=editor, at=rt.clock())
        assert published.status is ConfigStatus.PUBLISHED
        with pytest.raises(ConfigNotDraft):
            await publishing.publish(db, bot.id, draft.version, CHECKED, by=editor, at=rt.clock())


async def test_publishing_archives_the_version_before(rt: Runtime, world: World) -> None:
    bot = await world.bot()
    async with rt.db.tenant(world.company_id) as db:
        draft = await drafting.save_draft(db, bot.id, CHECKED, by=world.owner, at=rt.clock())
        await publishing.publish(db, bot.id, draft.version, CHECKED, by=world.owner, at=rt.clock())
    async with rt.db.tenant(world.company_id) as db:
        versions = {config.version: config.status for config in await db.scalars(queries.configs_of(bot.id))}
        assert versions == {1: ConfigStatus.ARCHIVED, 2: ConfigStatus.PUBLISHED}
        assert (await queries.published_config(db, bot.id)).version == 2


async def test_only_the_text_that_was_checked_is_published(rt: Runtime, world: World) -> None:
    bot = await world.bot()
    async with rt.db.tenant(world.company_id) as db:
        draft = await drafting.save_draft(db, bot.id, CHECKED, by=world.owner, at=rt.clock())
        other = drafting.CheckedSource(SOURCE + "# changed\n")
        with pytest.raises(ValueError, match="not the text"):
            await publishing.publish(db, bot.id, draft.version, other, by=world.owner, at=rt.clock())
        assert (await queries.published_config(db, bot.id)).version == 1


async def test_a_scenario_with_errors_is_refused_with_all_of_them() -> None:
    broken = SOURCE.replace("to: booking", "to: bookng").replace("type: date", "type: dat")
    with pytest.raises(ScenarioRejected) as caught:
        await drafting.checked_source(broken, "dental.yaml")
    assert len(caught.value.problems) >= 2


async def test_a_bot_without_a_published_version_says_so(rt: Runtime, world: World) -> None:
    async with rt.db.tenant(world.company_id) as db:
        bot = await drafting.create_bot(db, slug="new", name="Новый", by=world.owner, at=rt.clock())
        with pytest.raises(BotNotPublished):
            await queries.published_config(db, bot.id)
        with pytest.raises(Conflict):
            await drafting.create_bot(db, slug="new", name="Ещё один", by=world.owner, at=rt.clock())


async def test_another_companys_bot_is_not_found(rt: Runtime, world: World) -> None:
    bot = await world.bot()
    other = await new_world(rt)
    async with rt.db.tenant(other.company_id) as db:
        for verb in (
            drafting.save_draft(db, bot.id, CHECKED, by=other.owner, at=rt.clock()),
            publishing.publish(db, bot.id, 1, CHECKED, by=other.owner, at=rt.clock()),
            queries.published_config(db, bot.id),
        ):
            with pytest.raises(NotFound):
                await verb
