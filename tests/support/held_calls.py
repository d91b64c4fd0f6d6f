"""Calls for tests of what follows a call: the engine and the recorder, without a transport."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.bots import queries as bots
from app.bots.models import Bot
from app.calls.models import Channel, Direction, TurnKind
from app.calls.recorder import Recorder
from app.calls.scenarios import compiled
from app.calls.writing import Change, NewCall
from app.runtime import Runtime
from app.scenario.engine import ScenarioEngine
from app.scenario.state import CallStart, CallState, EndReason, Step
from app.settings import CallSettings
from app.voice.phrasing import Phrased
from app.voice.turns import turns_of
from tests.support.world import World

BOOKING = (
    "Здравствуйте, хочу записаться на чистку послезавтра на шесть вечера",
    "Марина Соколова",
    "да, на этот же",
    "да, всё верно, спасибо",
)
"""What a caller of the dental clinic says to get an appointment."""

LOST = timedelta(microseconds=1)
"""A lease that has run out when it is looked at."""

TUESDAY = datetime.fromisoformat("2026-11-24T10:00:00+03:00")
"""A day from which the clinic is open the day after tomorrow."""


async def hold_call(
    world: World,
    bot: Bot,
    says: Sequence[str] = BOOKING,
    *,
    rt: Runtime | None = None,
    hang_up: bool = True,
    began: datetime = TUESDAY,
    phone: str = "+79161234567",
    lease: timedelta = timedelta(hours=1),
) -> UUID:
    """A call in which `says` is said, a turn every five seconds. It ends as the bot ends it, else the caller hangs up;
    without `hang_up` it stays open, as if its process had died; with the lease LOST it counts as lost at once.
    """
    rt = rt or world.rt
    at = began
    async with rt.db.tenant(world.company_id) as db:
        config = await bots.published_config(db, bot.id)
    scenario = await compiled(config.source)
    engine, call_id = ScenarioEngine(scenario), rt.ids()
    recorder = Recorder(
        rt.db, rt.redis, scenario, world.company_id, call_id, holder=rt.process, settings=CallSettings(lease=lease)
    )
    step = engine.start_call(CallStart(at=at, caller_phone=phone))
    new = NewCall(call_id, bot.id, config.id, Direction.TRIAL, Channel.TEXT, phone, at)
    await recorder.open(new, _change(None, step, None, at))
    for words in says:
        if step.state.ended is not None:
            break
        at += timedelta(seconds=5)
        before, step = step.state, engine.process_turn(step.state, words, at)
        await recorder.step(_change(before, step, words, at))
    if step.state.ended is not None:
        await recorder.end(None, step.state.ended, at=at)
    elif hang_up:
        before, step = step.state, engine.end_call(step.state, EndReason.CALLER, at)
        await recorder.end(_change(before, step, None, at), EndReason.CALLER, at=at)
    return call_id


def _change(before: CallState | None, step: Step, heard: str | None, at: datetime) -> Change:
    script = Phrased(step.plan.say, "script")
    said = turns_of(before, step, heard, script, kind=TurnKind.SPEECH, at=at)
    return Change(before, step, tuple(said))
