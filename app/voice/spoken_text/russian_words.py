"""Russian abbreviations, units, currencies and signs in full."""

from __future__ import annotations

import re

from app.scenario.languages.ru.morphology import inflected
from app.voice.spoken_text.russian_numbers import GENITIVE, NOMINATIVE, form, gender_of

_OPENCORPORA = {"g": "gent", "d": "datv", "a": "accs", "i": "ablt", "p": "loct"}

TODAY = frozenset(
    {
        "сегодня",
        "завтра",
        "послезавтра",
        "это",
        "понедельник",
        "вторник",
        "среда",
        "четверг",
        "пятница",
        "суббота",
        "воскресенье",
    }
)
"""Words after which a day stands in the nominative."""

NAMED_BY_NUMBER = frozenset(
    {
        "дом",
        "квартира",
        "кабинет",
        "офис",
        "корпус",
        "строение",
        "подъезд",
        "номер",
        "заказ",
        "палата",
        "вагон",
        "место",
        "рейс",
        "автобус",
        "маршрут",
        "код",
        "добавочный",
        "павильон",
        "бокс",
        "окно",
        "зал",
        "доме",
        "квартире",
        "кабинете",
        "офисе",
        "корпусе",
        "дома",
        "квартиры",
        "кабинета",
    }
)
"""What stands before a number that names it: the number keeps its first form."""

Forms = tuple[str, str, str]

UNITS: dict[str, Forms] = {
    "кг": ("килограмм", "килограмма", "килограммов"),
    "г": ("грамм", "грамма", "граммов"),
    "гр": ("грамм", "грамма", "граммов"),
    "мг": ("миллиграмм", "миллиграмма", "миллиграммов"),
    "т": ("тонна", "тонны", "тонн"),
    "км": ("километр", "километра", "километров"),
    "м": ("метр", "метра", "метров"),
    "см": ("сантиметр", "сантиметра", "сантиметров"),
    "мм": ("миллиметр", "миллиметра", "миллиметров"),
    "л": ("литр", "литра", "литров"),
    "мл": ("миллилитр", "миллилитра", "миллилитров"),
    "ч": ("час", "часа", "часов"),
    "час": ("час", "часа", "часов"),
    "мин": ("минута", "минуты", "минут"),
    "сек": ("секунда", "секунды", "секунд"),
    "с": ("секунда", "секунды", "секунд"),
    "шт": ("штука", "штуки", "штук"),
    "чел": ("человек", "человека", "человек"),
    "га": ("гектар", "гектара", "гектаров"),
    "гб": ("гигабайт", "гигабайта", "гигабайт"),
    "мб": ("мегабайт", "мегабайта", "мегабайт"),
    "мбит/с": ("мегабит в секунду", "мегабита в секунду", "мегабит в секунду"),
    "км/ч": ("километр в час", "километра в час", "километров в час"),
    "м²": ("квадратный метр", "квадратных метра", "квадратных метров"),
    "кв.м": ("квадратный метр", "квадратных метра", "квадратных метров"),
    "м2": ("квадратный метр", "квадратных метра", "квадратных метров"),
    "м³": ("кубический метр", "кубических метра", "кубических метров"),
    "%": ("процент", "процента", "процентов"),
    "°c": ("градус", "градуса", "градусов"),
    "°": ("градус", "градуса", "градусов"),
    "°с": ("градус", "градуса", "градусов"),
    "л.с": ("лошадиная сила", "лошадиные силы", "лошадиных сил"),
}


def _written(unit: str) -> str:
    """The unit as people write it, with the stop of an abbreviation."""
    pattern = re.escape(unit).replace(r"кв\.", r"кв\. ?")
    return rf"{pattern}(?:\.(?= ?[а-яё]))?" if unit[-1].isalpha() else pattern


UNIT_PATTERN = "|".join(_written(unit) for unit in sorted(UNITS, key=len, reverse=True) if unit != "час")

_CURRENCIES: dict[str, tuple[Forms, Forms]] = {
    "₽": (("рубль", "рубля", "рублей"), ("копейка", "копейки", "копеек")),
    "$": (("доллар", "доллара", "долларов"), ("цент", "цента", "центов")),
    "€": (("евро", "евро", "евро"), ("цент", "цента", "центов")),
    "£": (("фунт", "фунта", "фунтов"), ("пенс", "пенса", "пенсов")),
    "₸": (("тенге", "тенге", "тенге"), ("тиын", "тиына", "тиынов")),
    "₴": (("гривна", "гривны", "гривен"), ("копейка", "копейки", "копеек")),
}


def _forms(sign: str) -> tuple[Forms, Forms]:
    return _CURRENCIES.get(sign, _CURRENCIES["₽"])


def currency(sign: str, number: int, case: str) -> str:
    """ "Рублей", as the number and the case ask for."""
    return declined(_forms(sign)[0], number, case)


def currency_gender(sign: str) -> str:
    return gender_of(_forms(sign)[0][0])


def small(sign: str) -> Forms:
    """Its hundredth part."""
    return _forms(sign)[1]


def declined(forms: Forms, number: int, case: str) -> str:
    """The noun after a cardinal in `case`: "пять рублей", "к пяти рублям"."""
    single = number % 10 == 1 and number % 100 != 11
    if case in (NOMINATIVE, "a") and not (single and case == "a"):
        return form(number, *forms)
    if " " in forms[0]:
        return forms[2] if case == GENITIVE and not single else form(number, *forms)
    return inflected(forms[0], _OPENCORPORA[case], plural=not single)


def of_part(forms: Forms) -> str:
    """The noun after a fraction: "два с половиной килограмма"."""
    return forms[1]


def hours(hour: int, case: str) -> str:
    return declined(UNITS["час"], hour, case)


SUFFIXES = {
    "ый": ("n", "m"),
    "ий": ("n", "m"),
    "ой": ("g", "f"),
    "й": ("n", "m"),
    "ая": ("n", "f"),
    "я": ("n", "f"),
    "ое": ("n", "n"),
    "е": ("n", "n"),
    "ого": ("g", "m"),
    "го": ("g", "m"),
    "ому": ("d", "m"),
    "му": ("d", "m"),
    "ым": ("i", "m"),
    "м": ("p", "m"),
    "ом": ("p", "m"),
    "ую": ("a", "f"),
    "ю": ("a", "f"),
    "их": ("g", "p"),
    "х": ("g", "p"),
    "ых": ("g", "p"),
    "ми": ("i", "p"),
    "ыми": ("i", "p"),
}
"""Ending written after a number -> case and gender of the ordinal."""

_SHORT = (
    (r"т\. ?е\.", "то есть"),
    (r"т\. ?к\.", "так как"),
    (r"т\. ?д\.", "так далее"),
    (r"т\. ?п\.", "тому подобное"),
    (r"т\. ?ч\.", "том числе"),
    (r"т\. ?н\.", "так называемый"),
    (r"др\.", "другие"),
    (r"пр\.(?= ?[А-ЯЁ])", "проспект"),
    (r"ул\.", "улица"),
    (r"пер\.", "переулок"),
    (r"пл\.(?= ?[А-ЯЁ])", "площадь"),
    (r"наб\.", "набережная"),
    (r"бул\.|б-р", "бульвар"),
    (r"пр-т|просп\.|пр-кт", "проспект"),
    (r"ш\.(?= |$)", "шоссе"),
    (r"пр-д", "проезд"),
    (r"мкр\.|мкрн\.?", "микрорайон"),
    (r"обл\.", "область"),
    (r"р-н", "район"),
    (r"пос\.", "посёлок"),
    (r"г\.(?= ?[А-ЯЁ])", "город"),
    (r"ст\. ?м\.|м\.(?= ?[«А-ЯЁ])", "метро"),
    (r"д\.(?= ?\d)", "дом"),
    (r"кв\.(?= ?\d)", "квартира"),
    (r"корп\.|к\.(?= ?\d)", "корпус"),
    (r"стр\.(?= ?\d)", "строение"),
    (r"каб\.", "кабинет"),
    (r"оф\.(?= ?\d)", "офис"),
    (r"эт\.(?= |$|,)", "этаж"),
    (r"под\.(?= ?\d)", "подъезд"),
    (r"тел\.", "телефон"),
    (r"доб\.", "добавочный"),
    (r"им\.", "имени"),
    (r"см\.(?= [а-яё])", "смотрите"),
    (r"напр\.", "например"),
    (r"руб\.", "рублей"),
    (r"тыс\.", "тысяч"),
    (r"млн\.?", "миллионов"),
    (r"млрд\.?", "миллиардов"),
    (r"мин\.", "минут"),
    (r"сек\.", "секунд"),
    (r"пн\.?", "понедельник"),
    (r"вт\.?", "вторник"),
    (r"ср\.", "среда"),
    (r"чт\.?", "четверг"),
    (r"пт\.?", "пятница"),
    (r"сб\.?", "суббота"),
    (r"вс\.", "воскресенье"),
    (r"проф\.", "профессор"),
    (r"акад\.", "академик"),
    (r"г-н", "господин"),
    (r"г-жа", "госпожа"),
    (r"кв\. ?м\.?", "квадратных метров"),
    (r"№", "номер"),
)
_ABBREVIATIONS = tuple(
    (re.compile(rf"(?<![\w])(?:{short})(?![а-яёА-ЯЁ])", re.IGNORECASE if short[0] not in "гмшк" else 0), full)
    for short, full in _SHORT
)
_SENTENCE_END = re.compile(r"\.\s*$")


def abbreviations(text: str) -> str:
    """The text with its short forms in full; the stop of a sentence stays."""
    ends = bool(_SENTENCE_END.search(text))
    for pattern, full in _ABBREVIATIONS:
        text = pattern.sub(f"{full} ", text)
    text = " ".join(text.split()) if text.strip() else text
    return f"{text}." if ends and text and text[-1].isalpha() else text


_LETTERS = dict(
    zip(
        "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЫЭЮЯ",
        [
            "а",
            "бэ",
            "вэ",
            "гэ",
            "дэ",
            "е",
            "ё",
            "жэ",
            "зэ",
            "и",
            "й",
            "ка",
            "эл",
            "эм",
            "эн",
            "о",
            "пэ",
            "эр",
            "эс",
            "тэ",
            "у",
            "эф",
            "ха",
            "цэ",
            "че",
            "ша",
            "ща",
            "ы",
            "э",
            "ю",
            "я",
        ],
        strict=True,
    )
)
_AS_WORDS = frozenset(
    [
        "УЗИ",
        "СПА",
        "ВУЗ",
        "ЗАГС",
        "МИД",
        "ФИО",
        "ГОСТ",
        "ЛОР",
        "ТАСС",
        "ВИЧ",
        "СПИД",
        "КАСКО",
        "ОСАГО",
        "РОНО",
        "МХАТ",
        "БАД",
        "ТЭЦ",
        "МКАД",
        "ЦУМ",
        "ГУМ",
        "ЖЭК",
        "ДЭЗ",
        "СНИЛС",
        "ВИП",
        "ИКЕА",
        "СИЗО",
        "ОМОН",
        "ГАИ",
        "НАТО",
        "ЕГЭ",
        "ОГЭ",
        "АЗС",
    ]
)
_SAID = {"США": "сэ шэ а", "ФСБ": "эф эс бэ", "ЕГЭ": "егэ", "ОГЭ": "огэ", "АЗС": "а зэ эс", "ФНС": "эф эн эс"}
_PLAIN = frozenset(
    [
        "ДА",
        "НЕТ",
        "НЕ",
        "НУ",
        "НО",
        "НА",
        "ПО",
        "ИЗ",
        "ОТ",
        "ДО",
        "ЗА",
        "ЭТО",
        "ЧТО",
        "ГДЕ",
        "КАК",
        "ВЫ",
        "МЫ",
        "ОН",
        "ОНА",
        "ИЛИ",
        "ДЛЯ",
        "ВСЕ",
        "ВСЁ",
        "УЖЕ",
        "ЕЩЁ",
        "ТУТ",
        "ТАМ",
    ]
)


def capitals(word: str) -> str:
    """МРТ: "эм эр тэ"; УЗИ: "узи"; an ordinary word in capitals stays one."""
    if word in _SAID:
        return _SAID[word]
    if word in _AS_WORDS or word in _PLAIN or len(word) > 4:
        return word.lower()
    return " ".join(_LETTERS[letter] for letter in word if letter in _LETTERS)


_SIGNS = (
    (re.compile(r"&"), " и "),
    (re.compile(r"(?<=\w) ?\+ ?"), " плюс "),
    (re.compile(r"(?<![\w])[-−–](?=\w)"), "минус "),
    (re.compile(r"\+(?=\w)"), "плюс "),
    (re.compile(r"(?<=\w) ?= ?(?=\w)"), " равно "),
    (re.compile(r"(?<=[а-яё])/(?=[а-яё])", re.IGNORECASE), " или "),
    (re.compile(r"[*_#~`^|<>{}\[\]\\]"), " "),
    (re.compile(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F]"), " "),
)


def symbols(text: str) -> str:
    """Signs in words; what nobody can say is left out."""
    for pattern, said in _SIGNS:
        text = pattern.sub(said, text)
    return text
