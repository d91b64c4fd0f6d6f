"""How Russian says how many people there are without giving a number, or with several that add up."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["COLLECTIVE", "party"]

_FORMS = {
    2: "двое двоих вдвоем",
    3: "трое троих втроем",
    4: "четверо четверых вчетвером",
    5: "пятеро пятерых впятером",
    6: "шестеро шестерых вшестером",
    7: "семеро семерых всемером",
}
COLLECTIVE = {form: value for value, forms in _FORMS.items() for form in forms.split()}
"""Numbers of people that are one word."""
_COUNT = rf"(?:\d{{1,2}}|{'|'.join(COLLECTIVE)})"

_PERSON = (
    r"(?:жен\w+|муж\w*|сын\w*|доч\w+|дочерью|мам\w+|пап\w+|брат\w*|сестр\w+|сестро\w+|друг\w*|подруг\w+|парень|парнем"
    r"|девушк\w+|ребен\w+|ребенк\w+|малыш\w*|супруг\w*|бабушк\w+|дедушк\w+|сосед\w*|коллег\w+)"
)
_OWN = r"(?:мо\w+ |сво\w+ |наш\w* )?"
_ALONE = re.compile(
    r"\b(?:только|лишь) я\b(?! не)(?: 1)?|^(?:ну |да |я )*(?:сам|сама|буду (?:сам|сама)|без никого|самостоятельно)$"
)
_TOGETHER = re.compile(
    rf"\b(?:я|мы) (?:и|с|со|плюс) (?P<others>{_OWN}{_PERSON}(?:(?: ,)?(?: и| с)? {_OWN}{_PERSON})*)\b"
)
_FAMILY = re.compile(
    rf"\b(?P<adults>{_COUNT}) взросл\w+(?: ,)?(?: и| плюс)? (?:(?P<children>{_COUNT}) (?:дет\w+|ребен\w+|малыш\w*"
    rf"|подрост\w+)"
    r"|(?P<child>ребен\w+|малыш|подросток|младенец))"
)
_US = re.compile(
    rf"\bнас (?:(?:всего|будет|ровно|тут|здесь|в семье|человек) )*(?P<count>{_COUNT})\b(?![\d°.,:]| "
    rf"тысяч)(?P<child> (?:и|плюс) (?:1 )?(?:ребен\w+|малыш))?"
)


@lru_cache(maxsize=256)
def party(canon: str) -> tuple[int, int, int] | None:
    """Start and end in canon and the number of people; None when nothing of the kind was said."""
    if (match := _US.search(canon)) is not None:
        return match.start("count"), match.end(), _number(match["count"]) + (match["child"] is not None)
    if (match := _FAMILY.search(canon)) is not None:
        return *match.span(), _number(match["adults"]) + _number(match["children"] or "1")
    if (match := _TOGETHER.search(canon)) is not None:
        return *match.span(), 1 + len(re.findall(_PERSON, match["others"]))
    if (match := _ALONE.search(canon)) is not None:
        return *match.span(), 1
    return None


def _number(said: str) -> int:
    return COLLECTIVE[said] if said in COLLECTIVE else int(said)
