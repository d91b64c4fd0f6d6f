"""Dates, times, numbers and phones as people of a language and a company's zone write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

import phonenumbers
from babel import dates, numbers

from app.i18n import translate

_DATE_LOCALES = {"ru": "ru", "en": "en_GB"}
_YEAR_MARK = re.compile(r"\s*г\.$")
"""Russian dates end in "г." where the year is meant; in a line of facts it is noise."""


@dataclass(frozen=True)
class Formats:
    """Formats for one reader. `now` decides what is called today."""

    lang: str
    zone: str
    now: datetime
    masked: bool = False
    """Whether phone numbers show only their country and last digits: for readers without need of them."""

    def local(self, at: datetime) -> datetime:
        """`at` on the company's clock."""
        return at.astimezone(ZoneInfo(self.zone))

    def iso(self, at: datetime) -> str:
        """UTC for machines: the `datetime` of a <time>."""
        return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def clock(self, at: datetime) -> str:
        """14:32."""
        return self.local(at).strftime("%H:%M")

    def seconds(self, at: datetime) -> str:
        """14:32:05."""
        return self.local(at).strftime("%H:%M:%S")

    def day(self, at: datetime) -> str:
        """Today, yesterday, else 24 Nov; another year is named."""
        day, today = self.local(at).date(), self.local(self.now).date()
        if day == today:
            return translate(self.lang, "ui.date.today")
        if day == today - timedelta(days=1):
            return translate(self.lang, "ui.date.yesterday")
        return self.short_date(day, year=day.year != today.year)

    def short_date(self, day: date, *, year: bool = False) -> str:
        """24 Nov / 24 нояб., with the year when asked."""
        return _date("yMMMd" if year else "MMMd", day, self.lang)

    def when(self, at: datetime) -> str:
        """24 Nov, 14:32."""
        local = self.local(at)
        return f"{self.short_date(local.date(), year=local.year != self.local(self.now).year)}, {local:%H:%M}"

    def full(self, at: datetime) -> str:
        """24 Nov 2026, 14:32."""
        local = self.local(at)
        return f"{self.short_date(local.date(), year=True)}, {local:%H:%M}"

    def duration(self, length: timedelta | float) -> str:
        """1 min 54 s; whole seconds."""
        total = round(length.total_seconds() if isinstance(length, timedelta) else length)
        minutes, seconds = divmod(max(total, 0), 60)
        if minutes >= 60:
            hours, minutes = divmod(minutes, 60)
            return translate(self.lang, "ui.duration.hours", hours=hours, minutes=minutes)
        if minutes:
            return translate(self.lang, "ui.duration.minutes", minutes=minutes, seconds=seconds)
        return translate(self.lang, "ui.duration.seconds", seconds=seconds)

    def short_seconds(self, seconds: float) -> str:
        """0,74 с / 0.74 s."""
        return f"{self.number(round(Decimal(seconds), 2))} {translate(self.lang, 'ui.format.s')}"

    def offset(self, length: timedelta) -> str:
        """0:05 from the start of a call."""
        minutes, seconds = divmod(max(int(length.total_seconds()), 0), 60)
        return f"{minutes}:{seconds:02d}"

    def number(self, value: float | Decimal) -> str:
        """1 149 / 1,149."""
        return numbers.format_decimal(value, locale=self.lang)

    def share(self, part: int, whole: int) -> str:
        """24,5 % / 24.5%; a dash when there is nothing to share."""
        if not whole:
            return "—"
        return numbers.format_percent(part / whole, format=None, locale=self.lang, decimal_quantization=True)

    def phone(self, number: str) -> str:
        """+7 926 123-45-67; what is not a number is shown as it is."""
        try:
            parsed = phonenumbers.parse(number, None)
        except phonenumbers.NumberParseException:
            return number
        whole = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        return _mask(whole) if self.masked else whole

    def value(self, value: str, kind: str, *, short: bool = False) -> str:
        """A collected value as a person reads it; `kind` is the field's type. An odd value is shown as it is."""
        try:
            match kind:
                case "phone":
                    return self.phone(value)
                case "yes_no":
                    shown = translate(self.lang, f"ui.value.{value}") if value in ("yes", "no") else value
                case "date":
                    shown = _date("MMMEd" if short else "yMMMEd", date.fromisoformat(value), self.lang)
                case "time":
                    shown = time.fromisoformat(value).strftime("%H:%M")
                case "number":
                    shown = self.number(Decimal(value))
                case _:
                    shown = value
        except (ValueError, InvalidOperation):
            return value
        return shown


def _mask(number: str) -> str:
    """+7 926 123-45-67 as +7 ••• •••-••-67: the country and the last two digits stay."""
    country, _, rest = number.partition(" ")
    return f"{country} {''.join('•' if sign.isdigit() else sign for sign in rest[:-2])}{rest[-2:]}"


def _date(skeleton: str, day: date, lang: str) -> str:
    """A CLDR skeleton; English dates have the day first, as Russian ones do."""
    return _YEAR_MARK.sub("", dates.format_skeleton(skeleton, day, locale=_DATE_LOCALES[lang]))
