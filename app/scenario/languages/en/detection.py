"""By what English is known."""

from __future__ import annotations

import re

from app.scenario.extraction.wording import words
from app.scenario.languages.language import DetectionWords

__all__ = ["DETECTION"]

DETECTION = DetectionWords(
    letters=re.compile(r"[a-z]+(?:['’-][a-z]+)*"),
    function=frozenset(
        words(
            "the and you that it is are was were be been have has had i i'm i'd i'll i've my me we our your they he "
            "she his her this these those with for from of to at by would could should can do does did don't "
            "doesn't what when where who why how which there here not but if or because about like want need please "
            "hello hi thanks thank it's that's what's let's can't won't isn't know think get got just speak english "
            "help looking calling then am any some more anything something"
        )
    ),
    vocabulary=frozenset(
        words(
            "today tomorrow monday tuesday wednesday thursday friday saturday sunday zero one two three four five "
            "six seven eight nine ten eleven twelve twenty thirty forty fifty hundred half past quarter name phone "
            "number call book appointment time day week morning afternoon evening good right correct wrong sorry "
            "yeah yep nope make much many any some more apartment flat house parcel order delivery price cost "
            "sixty seventy eighty "
            "ninety thousand million month months year years room rooms bedroom people person pets pet dog cat "
            "allowed next "
            "last parking address change cancel repeat again slowly late early open closed free"
        )
    ),
    neutral=frozenset(
        words(
            "ok okay yes no hi hello hey bye sorry wow email e-mail mail gmail yandex com ru net www http https dot "
            "iphone samsung android google apple whatsapp telegram viber skype zoom instagram facebook vk youtube "
            "wifi wi-fi online offline vip sms pdf id pin usb bmw audi toyota kia lada mercedes ozon wildberries "
            "avito booking airbnb premium lux standard business sale thanks please stop super cool the"
        )
    ),
    foreign=re.compile(r"[áàâäãåæçéèêëíìîïñóòôöõøœßúùûüýÿčďěňřšťůžąćęłńśźżőűșțăâîğış]"),
    wanted=re.compile(
        r"(?<!not )(?<!don't )\b(?:speak english|in english|english please|po angliyski)\b"
        r"|(?<!не говорю )(?<!не понимаю )\b(?:по[ -]английски|на английском|английский язык)\b"
    ),
)
