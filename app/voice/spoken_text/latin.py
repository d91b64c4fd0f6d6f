"""Names in Latin letters, as a Russian voice should say them: known ones from a list, others letter by letter or by
the usual reading of their letters."""

from __future__ import annotations

import re

_LISTED = """
whatsapp=вотсап|telegram=телеграм|viber=вайбер|skype=скайп|zoom=зум|google=гугл|gmail=джимейл|yandex=яндекс
iphone=айфон|ipad=айпад|apple=эпл|android=андроид|samsung=самсунг|xiaomi=сяоми|huawei=хуавей|honor=хонор
youtube=ютуб|instagram=инстаграм|facebook=фейсбук|tiktok=тикток|twitter=твиттер|linkedin=линкедин
microsoft=майкрософт|windows=виндоус|excel=эксель|word=ворд|office=офис|outlook=аутлук|adobe=адоби
wi-fi=вай-фай|wifi=вай-фай|bluetooth=блютус|online=онлайн|offline=офлайн|email=имейл|e-mail=имейл|mail=мейл
internet=интернет|web=веб|site=сайт|chat=чат|bot=бот|premium=премиум|vip=вип|express=экспресс|plus=плюс
visa=виза|mastercard=мастеркард|paypal=пэйпал|sberbank=сбербанк|ozon=озон|wildberries=вайлдберриз|avito=авито
bmw=бэ эм вэ|mercedes=мерседес|toyota=тойота|hyundai=хёндай|kia=киа|ford=форд|lada=лада|renault=рено|audi=ауди
volkswagen=фольксваген|skoda=шкода|nissan=ниссан|mazda=мазда|lexus=лексус|honda=хонда|peugeot=пежо
dhl=дэ ха эл|ups=ю пи эс|fedex=федекс|ikea=икея|bosch=бош|siemens=сименс|philips=филипс|sony=сони|lg=эл джи
hp=эйч пи|dell=делл|lenovo=леново|asus=асус|acer=эйсер|intel=интел|nvidia=энвидиа|amazon=амазон|netflix=нетфликс
botox=ботокс|invisalign=инвизилайн|nobel=нобель|straumann=штрауман|osstem=осстем|airflow=эйрфлоу|all-on-4=ол он фор
light=лайт|smile=смайл|studio=студио|dental=дентал|clinic=клиник|standard=стандарт|business=бизнес|smart=смарт|pro=про|max=макс|mini=мини|club=клуб|hotel=отель
spa=спа|fitness=фитнес|city=сити|house=хаус|park=парк|mall=молл|plaza=плаза|otklik=отклик|gps=джи пи эс
"""

NAMES = dict(pair.split("=") for pair in re.split(r"[|\n]", _LISTED.strip()))
"""Lower case -> how it is said."""

_LETTERS = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        [
            "эй",
            "би",
            "си",
            "ди",
            "и",
            "эф",
            "джи",
            "эйч",
            "ай",
            "джей",
            "кей",
            "эл",
            "эм",
            "эн",
            "о",
            "пи",
            "кью",
            "ар",
            "эс",
            "ти",
            "ю",
            "ви",
            "дабл-ю",
            "икс",
            "уай",
            "зет",
        ],
        strict=True,
    )
)
_PAIRS = {
    "sch": "ш",
    "tch": "ч",
    "sh": "ш",
    "ch": "ч",
    "ph": "ф",
    "th": "т",
    "zh": "ж",
    "kh": "х",
    "ck": "к",
    "qu": "кв",
    "oo": "у",
    "ee": "и",
    "ea": "и",
    "ou": "ау",
    "ow": "оу",
    "ai": "эй",
    "ay": "эй",
    "ey": "эй",
    "ya": "я",
    "yu": "ю",
    "yo": "ё",
    "ye": "е",
    "ce": "це",
    "ci": "ци",
    "wh": "в",
    "ll": "лл",
    "x": "кс",
}
_SINGLE = {
    "a": "а",
    "b": "б",
    "c": "к",
    "d": "д",
    "e": "е",
    "f": "ф",
    "g": "г",
    "h": "х",
    "i": "и",
    "j": "дж",
    "k": "к",
    "l": "л",
    "m": "м",
    "n": "н",
    "o": "о",
    "p": "п",
    "q": "к",
    "r": "р",
    "s": "с",
    "t": "т",
    "u": "у",
    "v": "в",
    "w": "в",
    "y": "и",
    "z": "з",
}
_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*(?:-[A-Za-z0-9]+)*")
_VOWELS = set("aeiouy")
_PAIR = re.compile("|".join(sorted(map(re.escape, _PAIRS), key=len, reverse=True)) + "|.", re.DOTALL)


def in_russian(text: str) -> str:
    """Every Latin word of `text` in Russian letters."""
    return _WORD.sub(lambda match: _spoken(match[0]), text)


def spelled(word: str) -> str:
    """The English names of its letters: "CRM", "си ар эм"."""
    return " ".join(_LETTERS[letter] for letter in word.lower() if letter in _LETTERS)


def _spoken(word: str) -> str:
    known = NAMES.get(word.casefold())
    if known is not None:
        return known
    if "-" in word:
        return "-".join(_spoken(part) if part[:1].isalpha() else part for part in word.split("-"))
    letters = word.replace("'", "").replace("’", "")
    if len(letters) == 1 or (letters.isupper() and len(letters) <= 4) or not _VOWELS & set(letters.lower()):
        return spelled(letters)
    lower = letters.lower()
    if len(lower) > 3 and lower.endswith("e") and lower[-2] not in _VOWELS:
        lower = lower[:-1]  # mute: "Smile", "Orange"
    said = _PAIR.sub(lambda match: _PAIRS.get(match[0]) or _SINGLE.get(match[0], match[0]), lower)
    return said.capitalize() if word[0].isupper() else said
