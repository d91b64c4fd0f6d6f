"""Recording one call: caller left, agent right, each where it was heard, into one Ogg/Opus file."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from livekit.agents import AgentSession
from livekit.agents.voice.recorder_io import RecorderIO

from app.calls import recordings
from app.db.session import Database
from app.files import FileStore

log = logging.getLogger(__name__)

RATE = 24_000
"""Samples a second: what voices are synthesised at; Opus gains nothing from more."""


class Tape:
    """The recording of one call under way. A disk that refuses costs the recording, never the call."""

    def __init__(self, database: Database, files: FileStore, company_id: UUID, call_id: UUID) -> None:
        self._database = database
        self._files = files
        self._company_id = company_id
        self._call_id = call_id
        self._recorder: RecorderIO | None = None
        self._path: Path | None = None

    async def start(self, session: AgentSession[None], at: datetime) -> None:
        """Listens in on both sides of a session that has started."""
        heard, spoken = session.input.audio, session.output.audio
        if heard is None or spoken is None:
            return
        self._path = recordings.tape_path(self._files, self._company_id, self._call_id, at)
        recorder = RecorderIO(agent_session=session, sample_rate=RATE)
        session.input.audio = recorder.record_input(heard)
        session.output.audio = recorder.record_output(spoken)
        await recorder.start(output_path=self._path)
        self._recorder = recorder

    async def stop(self, at: datetime) -> None:
        """Ends the recording and keeps it with the call. Never raises for a disk: what is lost is logged."""
        recorder, self._recorder = self._recorder, None
        path = self._path
        if recorder is None or path is None:
            return
        began = recorder.recording_started_at
        await recorder.aclose()
        try:
            if not path.exists() or not path.stat().st_size:
                log.error("call %s: nothing was recorded", self._call_id)
                return
            stored = await self._files.take(self._company_id, path)
        except OSError as error:
            log.error("call %s: the recording was not kept: %s", self._call_id, error.strerror)  # noqa: TRY400
            return
        started_at = datetime.fromtimestamp(began, UTC) if began is not None else at
        async with self._database.tenant(self._company_id) as db:
            await recordings.keep(
                db,
                self._call_id,
                stored,
                started_at=started_at,
                seconds=max((at - started_at).total_seconds(), 0.0),
                at=at,
            )
