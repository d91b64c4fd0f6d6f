"""Chains as settings write them."""

from __future__ import annotations

import pytest

from app.bots.voice import Choice
from app.voice.providers.catalogue import Part, full_name, parse, written

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("part", "text", "choice", "name"),
    [
        ("stt", "deepgram/nova-2", Choice(provider="deepgram", model="nova-2"), "deepgram/nova-2"),
        ("stt", "deepgram", Choice(provider="deepgram"), "deepgram/nova-3"),
        ("stt", "local", Choice(provider="local"), "local"),
        (
            "tts",
            "cartesia/sonic-2:olga",
            Choice(provider="cartesia", model="sonic-2", voice="olga"),
            "cartesia/sonic-2",
        ),
        ("tts", "local:ru_RU-irina-medium", Choice(provider="local", voice="ru_RU-irina-medium"), "local"),
        ("tts", "openai/hexgrad/kokoro", Choice(provider="openai", model="hexgrad/kokoro"), "openai/hexgrad/kokoro"),
        ("llm", "ollama/qwen2:1.5b", Choice(provider="ollama", model="qwen2:1.5b"), "ollama/qwen2:1.5b"),
    ],
)
def test_a_choice_is_read_as_it_is_written(part: Part, text: str, choice: Choice, name: str) -> None:
    assert parse(part, text) == choice
    assert written(choice) == text
    assert full_name(part, choice) == name


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("stt", ""),
        ("stt", "nobody"),
        ("stt", "cartesia"),
        ("stt", "deepgram/nova-99"),
        ("tts", "deepgram"),
        ("tts", "a b"),
        ("llm", "deepgram"),
    ],
)
def test_what_nobody_can_do_is_no_choice(part: Part, text: str) -> None:
    assert parse(part, text) is None
