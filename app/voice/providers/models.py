"""A chain of language models: the next one answers when one fails before its first word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from app.voice.providers.chain import Chain, Member
from app.voice.providers.model import Message, Model, ModelFailed


class ModelChain:
    """A `Model` that asks several. One that is slow is cut off by whoever asked, because the script is ready then; the
    next question goes to another."""

    def __init__(self, chain: Chain[Model], *, slow: float) -> None:
        self._chain = chain
        self._slow = slow
        """Seconds without a word after which being cut off is the model's fault."""

    @property
    def name(self) -> str:
        return self._chain.order()[0].name

    async def stream(self, prompt: Sequence[Message]) -> AsyncGenerator[str, None]:
        order = self._chain.order()
        for number, member in enumerate(order):
            then = order[number + 1] if number + 1 < len(order) else None
            began, started = asyncio.get_running_loop().time(), False
            try:
                async with aclosing(member.plugin.stream(prompt)) as pieces:
                    async for piece in pieces:
                        started = True
                        yield piece
            except ModelFailed as error:
                self._chain.failed(member, error.cause, None if started else then)
                if started or then is None:
                    raise
            except asyncio.CancelledError:
                if not started and asyncio.get_running_loop().time() - began >= self._slow:
                    self._chain.failed(member, "timeout", None)
                raise
            else:
                self._chain.worked(member)
                return

    async def complete(self, prompt: Sequence[Message]) -> str:
        order = self._chain.order()
        for number, member in enumerate(order):
            try:
                return await self._whole(member, prompt)
            except (ModelFailed, TimeoutError):
                if number + 1 == len(order):
                    raise
        raise ModelFailed("broken")  # a chain has a member: never reached

    async def close(self) -> None:
        for member in self._chain.members:
            await member.plugin.close()

    async def _whole(self, member: Member[Model], prompt: Sequence[Message]) -> str:
        text = await member.plugin.complete(prompt)
        self._chain.worked(member)
        return text
