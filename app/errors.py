"""Domain errors: facts with a code, a status and translated words. Mapped once, for the API and for pages.

The sentence a person reads is `error.<code>` in the catalogs, formatted with the error's facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from app.i18n import translate


class OtklikError(Exception):
    """Base of every error that a person or a program is told about.

    Subclasses set `code` (stable, snake_case), `status` (HTTP) and `title` (English, for problem+json); the base has
    none, and a test finds a subclass that forgot one. Facts are keyword arguments and stay readable as `error.facts`.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]

    def __init__(self, **facts: object) -> None:
        super().__init__(", ".join([type(self).__name__, *(f"{name}={value!r}" for name, value in facts.items())]))
        self.facts = facts

    def text(self, lang: str) -> str:
        """One sentence in `lang`: what happened and what to do."""
        return translate(lang, f"error.{self.code}", **self.facts)


class NotFound(OtklikError):
    """The thing does not exist, or belongs to another company: the two are never told apart."""

    code, status, title = "not_found", 404, "Not found"


class Forbidden(OtklikError):
    """The person or key is known, the company is theirs, the role or scope does not allow it."""

    code, status, title = "forbidden", 403, "Not allowed"


class SignInFailed(OtklikError):
    """Unknown account and wrong password alike."""

    code, status, title = "sign_in_failed", 401, "Sign-in failed"


class NotAuthenticated(OtklikError):
    """No session or key, or one that expired or was revoked."""

    code, status, title = "not_authenticated", 401, "Sign in first"


class Conflict(OtklikError):
    """A name is taken. Facts: `what`, `value`."""

    code, status, title = "conflict", 409, "Already taken"


class ConfigNotDraft(OtklikError):
    """Facts: `version`."""

    code, status, title = "config_not_draft", 409, "Only a draft can be published"


class BotNotPublished(OtklikError):
    """A call came for a bot without a published version. Facts: `bot`."""

    code, status, title = "bot_not_published", 409, "The bot has no published version"


class InvalidInput(OtklikError):
    """One field of a form or a request is wrong. Facts: `field`, `reason` (a catalog key's last part)."""

    code, status, title = "invalid_input", 422, "Invalid input"

    def text(self, lang: str) -> str:
        return translate(lang, f"error.invalid.{self.facts['reason']}", **self.facts)


class ServiceUnavailable(OtklikError):
    """A server we depend on cannot be reached, so the request is refused. Facts: `part`."""

    code, status, title = "service_unavailable", 503, "Temporarily unavailable"


class SettingsInvalid(OtklikError):
    """The environment or `.env` cannot be read. Facts: `name`, `reason` (a catalog key's last part) and its own."""

    code, status, title = "settings_invalid", 500, "Settings are wrong"

    def said(self, lang: str) -> str:
        """What is wrong, without what to do."""
        return translate(lang, f"error.setting.{self.facts['reason']}", **self.facts)

    def text(self, lang: str) -> str:
        return translate(lang, "error.settings_invalid", said=self.said(lang))


class CsrfFailed(OtklikError):
    """An unsafe request of a page without a token of that browser's session."""

    code, status, title = "csrf_failed", 403, "The form is out of date"


class TooManyRequests(OtklikError):
    """A rate limit is used up. Facts: `seconds` until the next try, `headers` to answer with."""

    code, status, title = "too_many_requests", 429, "Too many requests"


class LimitUnreadable(OtklikError):
    """Redis does not answer, so nobody can say whether the limit is used up: the request is refused."""

    code, status, title = "limit_unreadable", 503, "Temporarily unavailable"


class OutboundRefused(OtklikError):
    """An address we were asked to call is not one we may call. Facts: `reason` (a catalog key's last part), `host`."""

    code, status, title = "outbound_refused", 422, "This address cannot be called"

    def text(self, lang: str) -> str:
        return translate(lang, f"error.outbound.{self.facts['reason']}", **self.facts)


class ScenarioRejected(OtklikError):
    """A scenario with errors; nothing was saved. `problems` are the loader's (`app.scenario.config_loader.Problem`)."""

    code, status, title = "scenario_rejected", 422, "The scenario has errors"

    def __init__(self, problems: Sequence[object]) -> None:
        super().__init__(count=len(problems))
        self.problems = tuple(problems)


class CallEnded(OtklikError):
    """Something was said in a call that is over."""

    code, status, title = "call_ended", 409, "The call has ended"


class CallBusy(OtklikError):
    """Another process carries the call, or has just moved it on: the caller of this may try again."""

    code, status, title = "call_busy", 409, "The call is being carried elsewhere"


class NotStorable(OtklikError):
    """A value that no column takes: a NUL character in a text, a number out of range."""

    code, status, title = "not_storable", 422, "A value cannot be used"


class TooManyCalls(OtklikError):
    """As many calls of the company run as may, and one more was to begin. Facts: `limit`."""

    code, status, title = "too_many_calls", 429, "Too many calls at once"


class NoVoice(OtklikError):
    """A spoken call cannot begin: nothing is configured to hear or to speak with. Facts: `missing` ("stt", "tts")."""

    code, status, title = "no_voice", 409, "No voice is configured"


class FetchFailed(OtklikError):
    """A model of the local voice did not come. Facts: `file`, `reason` (a catalog key's last part), `said`."""

    code, status, title = "fetch_failed", 502, "A model could not be fetched"

    def text(self, lang: str) -> str:
        return translate(lang, f"error.fetch.{self.facts['reason']}", **self.facts)
