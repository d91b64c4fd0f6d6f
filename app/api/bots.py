"""Bots and the versions of their scenarios."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Annotated
from uuid import UUID

from litestar import Controller, MediaType, Response, get, post, put
from litestar.params import FromQuery, JSONBody, PathParameter
from pydantic import ValidationError

from app.api.auth import ApiRequest, Db, Now, Rt, Who, may
from app.api.paging import DEFAULT_LIMIT, Limit, page_of
from app.api.problems import language, scenario_items
from app.api.responses import READS, READS_ONE, WRITES
from app.api.schemas import (
    BotIn,
    BotOut,
    ChoiceIO,
    DraftIn,
    Page,
    ScenarioCheck,
    ScenarioIn,
    VersionOut,
    VoiceIO,
)
from app.bots import drafting, publishing, queries
from app.bots.compiling import SUBMITTED
from app.bots.models import Bot, BotConfig
from app.bots.voice import BotVoice
from app.bots.voicing import change_voice, voice_of
from app.db.session import TenantDb
from app.errors import InvalidInput
from app.scenario.config_loader import ScenarioInvalid, load
from app.voice.providers.catalogue import PARTS, chain_of, problem, written

BotRef = Annotated[str, PathParameter(description="The bot's id or slug.")]
VersionNumber = Annotated[int, PathParameter(description="Number of the version.")]


class BotsApi(Controller):
    """`/bots`."""

    path = "/bots"
    tags = ("bots",)

    @get(summary="List bots", operation_id="listBots", guards=[may("bots:read")], responses=READS)
    async def list_bots(
        self, db: Db, after: FromQuery[UUID | None] = None, limit: Limit = DEFAULT_LIMIT
    ) -> Page[BotOut]:
        """Oldest first."""
        statement = queries.bots().limit(limit + 1)
        if after is not None:
            statement = statement.where(Bot.id > after)
        return page_of((await db.scalars(statement)).all(), limit, _bot, lambda bot: bot.id)

    @post(summary="Create a bot", operation_id="createBot", guards=[may("bots:write")], responses=WRITES)
    async def create(self, data: JSONBody[BotIn], db: Db, who: Who, now: Now) -> BotOut:
        """It takes no calls until a version of its scenario is published."""
        return _bot(await drafting.create_bot(db, slug=data.slug, name=data.name, by=who, at=now))

    @get("/{bot:str}", summary="Get a bot", operation_id="getBot", guards=[may("bots:read")], responses=READS_ONE)
    async def show(self, bot: BotRef, db: Db) -> BotOut:
        """One bot."""
        return _bot(await bot_by_ref(db, bot))

    @get(
        "/{bot:str}/versions",
        summary="List versions",
        operation_id="listVersions",
        guards=[may("bots:read")],
        responses=READS_ONE,
    )
    async def versions(
        self, bot: BotRef, db: Db, after: FromQuery[int | None] = None, limit: Limit = DEFAULT_LIMIT
    ) -> Page[VersionOut]:
        """Newest first, without their sources."""
        statement = queries.configs_of((await bot_by_ref(db, bot)).id).limit(limit + 1)
        if after is not None:
            statement = statement.where(BotConfig.version < after)
        return page_of((await db.scalars(statement)).all(), limit, _version, lambda config: config.version)

    @post(
        "/{bot:str}/versions",
        summary="Write a draft",
        operation_id="createDraft",
        guards=[may("bots:write")],
        responses=WRITES,
    )
    async def draft(
        self, *, request: ApiRequest, bot: BotRef, data: JSONBody[DraftIn], rt: Rt, who: Who, now: Now
    ) -> VersionOut:
        """A new version that answers no calls yet. A scenario with errors is refused, with line, column and fix."""
        async with rt.db.tenant(request.auth) as db:
            found = await bot_by_ref(db, bot)
        source = await drafting.checked_source(data.source, f"{found.slug}.yaml")
        async with rt.db.tenant(request.auth) as db:
            return _version(await drafting.save_draft(db, found.id, source, note=data.note, by=who, at=now))

    @get(
        "/{bot:str}/versions/{version:int}",
        summary="Get a version",
        operation_id="getVersion",
        guards=[may("bots:read")],
        responses=READS_ONE,
    )
    async def version(self, bot: BotRef, version: VersionNumber, db: Db) -> VersionOut:
        """One version, without its source."""
        return _version(await queries.config(db, (await bot_by_ref(db, bot)).id, version))

    @get(
        "/{bot:str}/versions/{version:int}/scenario",
        summary="Get a version's scenario",
        operation_id="getScenario",
        guards=[may("bots:read")],
        responses=READS_ONE,
        media_type="application/yaml",
    )
    async def source(self, bot: BotRef, version: VersionNumber, db: Db) -> Response[str]:
        """The text as it was written."""
        config = await queries.config(db, (await bot_by_ref(db, bot)).id, version)
        return Response(config.source, media_type="application/yaml")

    @post(
        "/{bot:str}/versions/{version:int}/publish",
        summary="Publish a draft",
        operation_id="publishVersion",
        status_code=200,
        guards=[may("bots:publish")],
        responses=WRITES,
    )
    async def publish(
        self, *, request: ApiRequest, bot: BotRef, version: VersionNumber, rt: Rt, who: Who, now: Now
    ) -> VersionOut:
        """It answers from the next call on; running calls finish on the version they began with."""
        async with rt.db.tenant(request.auth) as db:
            found = await bot_by_ref(db, bot)
            draft = await queries.draft(db, found.id, version)
        source = await drafting.checked_source(draft.source, f"{found.slug}.yaml")
        async with rt.db.tenant(request.auth) as db:
            return _version(await publishing.publish(db, found.id, version, source, by=who, at=now))


class BotVoiceApi(Controller):
    """`/bots/{bot}/voice`."""

    path = "/bots/{bot:str}/voice"
    tags = ("voice",)

    @get(summary="Get a bot's voice", operation_id="getVoice", guards=[may("bots:read")], responses=READS_ONE)
    async def show(self, bot: BotRef, db: Db) -> VoiceIO:
        """What it hears and speaks with; empty chains are the platform's."""
        return _voice_out(voice_of(await bot_by_ref(db, bot)))

    @put(summary="Set a bot's voice", operation_id="setVoice", guards=[may("bots:write")], responses=WRITES)
    async def change(self, bot: BotRef, data: JSONBody[VoiceIO], db: Db, who: Who, now: Now) -> VoiceIO:
        """Written whole, and used from the next call on."""
        found = await bot_by_ref(db, bot)
        changed = await change_voice(db, found.id, _voice_in(data), by=who, at=now)
        return _voice_out(voice_of(changed))


class ScenariosApi(Controller):
    """`/scenarios`: checking without saving."""

    path = "/scenarios"
    tags = ("bots",)

    @post(
        "/validate",
        summary="Check a scenario",
        operation_id="validateScenario",
        status_code=200,
        guards=[may("bots:read")],
        responses=READS,
        media_type=MediaType.JSON,
    )
    async def validate(self, data: JSONBody[ScenarioIn], request: ApiRequest) -> ScenarioCheck:
        """Nothing is saved. Every problem with line, column and what would be right."""
        try:
            await SUBMITTED.run(partial(load, data.source, "scenario.yaml"))
        except ScenarioInvalid as error:
            return ScenarioCheck(valid=False, problems=scenario_items(error.problems, language(request)))
        return ScenarioCheck(valid=True, problems=[])


async def bot_by_ref(db: TenantDb, ref: str) -> Bot:
    """A bot by its id or slug. Raises NotFound."""
    try:
        return await queries.bot(db, UUID(ref))
    except ValueError:
        return await queries.bot_by_slug(db, ref)


def _voice_in(data: VoiceIO) -> BotVoice:
    """Raises InvalidInput for the first field that is wrong."""
    try:
        voice = BotVoice.model_validate(asdict(data))
    except ValidationError as error:
        place = error.errors()[0]["loc"]
        raise InvalidInput(field=str(place[0]), reason="voice") from error
    for part in PARTS:
        for choice in chain_of(voice, part):
            if (why := problem(part, choice)) is not None:
                reason = "provider" if why == "provider" else f"provider_{why}"
                raise InvalidInput(field=part, reason=reason, value=written(choice))
    return voice


def _voice_out(voice: BotVoice) -> VoiceIO:
    chains = {
        part: [ChoiceIO(choice.provider, choice.model, choice.voice) for choice in chain_of(voice, part)]
        for part in PARTS
    }
    return VoiceIO(
        stt=chains["stt"],
        tts=chains["tts"],
        llm=chains["llm"],
        speed=voice.speed,
        filler=voice.filler.total_seconds() if voice.filler else None,
        interrupt_words=voice.interrupt_words,
        patience=voice.patience.total_seconds(),
        record=voice.record,
        notice=voice.notice,
        voicemail=voice.voicemail,
        stress=dict(voice.stress),
    )


def _bot(bot: Bot) -> BotOut:
    return BotOut(
        id=bot.id, slug=bot.slug, name=bot.name, published_version=bot.published_version, created_at=bot.created_at
    )


def _version(config: BotConfig) -> VersionOut:
    return VersionOut(
        version=config.version,
        status=config.status.value,
        note=config.note,
        created_at=config.created_at,
        published_at=config.published_at,
    )
