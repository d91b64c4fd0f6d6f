"""Russian."""

from __future__ import annotations

import re
from functools import lru_cache

import Stemmer

from app.scenario.extraction.choices import ChoiceWords
from app.scenario.extraction.wording import words
from app.scenario.languages.language import Language
from app.scenario.languages.ru import calendar, clock, morphology
from app.scenario.languages.ru.answers import ANSWERS, CORRECTIONS, NUMBERS
from app.scenario.languages.ru.contact import EMAIL, PHONE
from app.scenario.languages.ru.detection import DETECTION
from app.scenario.languages.ru.listening import LISTENING
from app.scenario.languages.ru.names import names
from app.scenario.languages.ru.numerals import NUMERALS
from app.scenario.languages.ru.speaking import SPEAKING
from app.scenario.languages.ru.unfinished import UNFINISHED

__all__ = ["LANGUAGE"]

_STEMMER = Stemmer.Stemmer("russian")
_NOUN_IN_EN = re.compile(r"(.{2,}ен)(?:а|ы|е|у|ой)?")
"""The stemmer takes "замена" for a participle and cuts it to "зам", but "замену" to "замен"."""


@lru_cache(maxsize=32768)
def _stem(word: str) -> str:
    noun = _NOUN_IN_EN.fullmatch(word)
    return noun[1] if noun else str(_STEMMER.stemWord(word))


_CHOICES = ChoiceWords(
    stem=_stem,
    ignored=frozenset(words("в во на по для с со и от до из у к услуга услугу услуги")),
    weak=frozenset(words("да нет любой любая любое все другой другая другое не иное прочее можно нужно хочу")),
    prefixes=("по", "от", "вы", "за", "с", "про"),
    place=re.compile(
        r"(?:(?:ну|давайте|тогда|пожалуй|а|мне) )*(?:(?P<n>\d{1,2}[°^])|(?P<last>последн(?:ий|яя|ее|юю)))(?: "
        r"(?:вариант|вариантом|пункт|услуга|услугу|пожалуйста|давайте))*"
    ),
)

LANGUAGE = Language(
    code="ru",
    numerals=NUMERALS,
    dates=calendar.mentions,
    date_gap=re.compile(
        r" ?(?:(?:,|-|в|на|это|то есть|числа|где то|примерно|утром|днем|вечером|утра|к|часов|часиков|около|ровно) ?)*"
    ),
    closed_talk=re.compile(
        r"\b(?:работаете|работает|открыт\w*|закрыт\w*|график|режим|выходной|до завтра|до свидания)\b"
    ),
    other_day=re.compile(
        r"\b(?:перезвон\w+|созвон\w+|позвон(?:ю|им|ите)|перезвонить|набер(?:у|ите)|отмен\w+|подума\w+|был\w* у "
        r"вас|заказывал\w*"
        r"|уезжа\w+|улета\w+|приезжал\w*|звонил\w*)\b(?! на)"
    ),
    later=re.compile(r"\b(?:перезвоню|позвоню|наберу|созвонимся|перезвоним)\b"),
    wish=re.compile(
        r"\b(?:можно|можете|хочу|хотел\w* бы|хотелось бы|запиш\w+|записать\w*|давайте|приеду|приедем|подойду"
        r"|подъеду|смогу"
        r"|удобно|посмотреть|доставьте|привезите)\b(?! ли узнать)"
    ),
    times=clock.mentions,
    part_of_day=clock.part_of_day,
    either=re.compile(r" (?:или|либо|-|,) (?:в )?"),
    at_hour=re.compile(r"(?:в|во|к|ко) "),
    lead_in=re.compile(
        r"(?:(?:ну|э+|эм+|так|вот|да|хорошо|сейчас|значит|короче|записывайте|запишите|пишите|диктую)[ ,]+)*"
        r"(?:(?:у меня|у нас|мо[йяеи]|наш[аеи]?)(?: (?:новый|домашний|точный|полный))? (?:адрес|индекс|почтовый "
        r"индекс|комментарий|пожелание"
        r"|вопрос|проблема|компания|организация|город|улица|код|жалоба|место)(?: (?:это|такой|такая|такое"
        r"|следующий))?[ ,:\-]+"
        r"|(?:адрес|индекс|город|код)(?: это| такой)?[ ,:\-]+|это[ ,:\-]+(?!не\b))",
        re.IGNORECASE,
    ),
    beside_bare=frozenset(
        words(
            "ну в на к э эм так да нет не а и или лучше давайте можно наверное наверно пожалуй примерно где то "
            "часов час часа часиков пожалуйста запишите меня мне если подойдет удобно хочу хотелось бы тогда ровно "
            "около утра дня вечера ночи утром днем вечером ой точнее вернее допустим скажем пусть будет хорошо ок "
            "число числа это самое короче значит как нибудь все таки хотя вот сегодня да ладно записывайте "
            "запишем мы приду приедем подойду буду смогу получится"
        )
    ),
    phone=PHONE,
    email=EMAIL,
    names=names,
    numbers=NUMBERS,
    choices=_CHOICES,
    answers=ANSWERS,
    corrections=CORRECTIONS,
    speaking=SPEAKING,
    unfinished=UNFINISHED,
    listening=LISTENING,
    detection=DETECTION,
    warm_up=morphology.warm_up,
)
