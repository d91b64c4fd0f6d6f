"""What every page has around its content: who looks, at which company, in which language and theme."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.ui.formats import Formats

THEMES: tuple[str, ...] = ("system", "light", "dark")


@dataclass(frozen=True)
class PersonFrame:
    """The person who is signed in."""

    name: str
    email: str


@dataclass(frozen=True)
class CompanyFrame:
    """The company a page belongs to, and what the person may do there."""

    slug: str
    name: str
    role: str
    webhooks_failing: bool = False

    @property
    def may_edit(self) -> bool:
        return self.role in ("owner", "editor")

    @property
    def may_own(self) -> bool:
        return self.role == "owner"


@dataclass(frozen=True)
class CompanyChoice:
    """A company the person may switch to."""

    slug: str
    name: str
    role: str


@dataclass(frozen=True)
class Frame:
    """The frame of one rendering."""

    lang: str
    theme: str
    csrf: str
    path: str
    """Path and query of this page: where a change of language or theme returns to."""
    formats: Formats
    person: PersonFrame | None = None
    company: CompanyFrame | None = None
    companies: tuple[CompanyChoice, ...] = ()
    section: str = ""
    """Section that the sidebar marks, and that a switch of company keeps."""
    flash: tuple[str, str] | None = None
    """Tone and text of a message shown once: the result of what the person did on the page before."""
    shortcuts: bool = field(default=True)

    def url(self, path: str = "") -> str:
        """Address inside the company: url("calls") is /c/{slug}/calls."""
        if self.company is None:
            raise ValueError("this page belongs to no company")
        return f"/c/{self.company.slug}/{path}"
