"""How Russian dictates phone numbers and e-mail addresses."""

from __future__ import annotations

import re
from functools import lru_cache

from app.scenario.extraction.emails import EmailWords
from app.scenario.extraction.phones import PhoneWords
from app.scenario.extraction.wording import words

__all__ = ["EMAIL", "PHONE", "latin"]

PHONE = PhoneWords(
    between=r"записал\w*|сейчас|щас|секунд\w+|минут\w+|там|еще|это|э+|эм+|ну|так|значит|потом|затем|далее|дальше|тире"
    r"|дефис|пробел|скобк\w+|минус|и|код|вот|черточка",
    plus=r"плюс",
    zero=r"нолик|нуль",
    correction=r"нет|ой|точнее|вернее|то есть|извините|простите|виноват|ошиб\w+|не так|поправлюсь|наоборот|не",
    preposition=r"в|во|на|к|с|до|после|около|нас|нам|для",
    hundred=r"(?!)",
    telephone=re.compile(r"\b(?:телефон\w*|мобильн\w+|сотов\w+)\b"),
    named=re.compile(r"\b(?:телефон\w*|номер\w*|мобильн\w+|сотов\w+|звон\w+|перезвон\w+|ватсап\w*|вотсап\w*)\b"),
)

_LETTERS = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya".replace("_", "-").split(),
        strict=True,
    )
) | {"ъ": "", "ь": "", "і": "i", "ї": "i", "є": "e", "ґ": "g"}


@lru_cache(maxsize=8192)
def latin(word: str) -> str:
    """A Russian word in Latin letters, as most people spell it in an address."""
    known = _LATIN_WORDS.get(word)
    return known or "".join(_LETTERS.get(letter, letter) for letter in word)


_LATIN_WORDS = {
    "инфо": "info", "офис": "office", "сейлс": "sales", "сэйлс": "sales", "админ": "admin", "саппорт": "support",
    "алекс": "alex", "макс": "max", "александр": "alexander", "алексей": "alexey", "шоп": "shop", "груп": "group",
    "групп": "group", "бест": "best", "тревел": "travel", "стар": "star", "лайф": "life", "плюс": "plus",
}  # fmt: skip

EMAIL = EmailWords(
    at=frozenset({"собака", "собачка", "собаку", "собачку", "эт", "собакой", "at"}),
    sure_at=True,
    signs={
        "точка": ".",
        "точку": ".",
        "дот": ".",
        "тире": "-",
        "дефис": "-",
        "минус": "-",
        "черточка": "-",
        "подчеркивание": "_",
        "подчерк": "_",
        "андерскор": "_",
        "плюс": "+",
    },
    domains={
        "мейл": "mail",
        "мэйл": "mail",
        "мэил": "mail",
        "майл": "mail",
        "меил": "mail",
        "маил": "mail",
        "емейл": "email",
        "жмейл": "gmail",
        "джимейл": "gmail",
        "джимэйл": "gmail",
        "джмейл": "gmail",
        "гмейл": "gmail",
        "гмайл": "gmail",
        "гмаил": "gmail",
        "жмэйл": "gmail",
        "джимеил": "gmail",
        "яндекс": "yandex",
        "яндексе": "yandex",
        "рамблер": "rambler",
        "рэмблер": "rambler",
        "инбокс": "inbox",
        "бк": "bk",
        "лист": "list",
        "хотмейл": "hotmail",
        "хотмэйл": "hotmail",
        "аутлук": "outlook",
        "айклауд": "icloud",
        "яху": "yahoo",
        "йаху": "yahoo",
        "протон": "proton",
        "протонмейл": "protonmail",
        "я": "ya",
        "ру": "ru",
        "ком": "com",
        "орг": "org",
        "нет": "net",
        "инфо": "info",
        "рф": "рф",
        "бай": "by",
        "кз": "kz",
        "юа": "ua",
        "су": "su",
        "про": "pro",
        "ио": "io",
        "ми": "me",
        "онлайн": "online",
    },
    letters={
        "би": "b",
        "бэ": "b",
        "бе": "b",
        "си": "c",
        "цэ": "c",
        "це": "c",
        "ди": "d",
        "дэ": "d",
        "эф": "f",
        "джи": "g",
        "гэ": "g",
        "эйч": "h",
        "аш": "h",
        "ай": "i",
        "джей": "j",
        "йот": "j",
        "кей": "k",
        "кэй": "k",
        "ка": "k",
        "эль": "l",
        "эл": "l",
        "эм": "m",
        "эн": "n",
        "оу": "o",
        "пи": "p",
        "пэ": "p",
        "кью": "q",
        "ку": "q",
        "ар": "r",
        "эр": "r",
        "эс": "s",
        "ти": "t",
        "тэ": "t",
        "ви": "v",
        "вэ": "v",
        "икс": "x",
        "игрек": "y",
        "уай": "y",
        "зет": "z",
        "зэт": "z",
        "зед": "z",
        "эй": "a",
        "и": "i",
        "у": "u",
        "дабл": "",
        "вай": "y",
    },
    stops=frozenset(
        words(
            "почта почту почты почте имейл емейл мейл email e-mail mail адрес адреса электронная электронной "
            "электронную это мой моя мою мне на по пишите напишите записывайте запишите запиши записывай так да вот "
            "ну мыло ящик меня отправьте присылайте пришлите скиньте скидывайте диктую значит хорошо лучше нет а но "
            "или же есть у там тогда сюда будет имя "
            "короче самое типа вообще ладно ага угу хорошо сейчас секунду"
        )
    ),
    joined=frozenset({"слитно", "вместе", "словом", "слово", "подряд"}),
    silent=frozenset({"нижнее", "нижний", "буква", "цифра", "цифры", "знак", "символ", "пишется"}),
    latin=latin,
)
